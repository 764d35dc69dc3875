"""Training results of runs."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from labeler.records.results import Results
from labeler.storage import rows, tables
from labeler.storage.session import now


def add(
    session: Session,
    run_id: str,
    *,
    revision: int,
    metrics: Results,
    test_accuracy: float | None = None,
    artefacts: Mapping[str, str] | None = None,
    job_id: int | None = None,
) -> rows.Result:
    """Add a result; a second one from the same job gives the first."""
    existing = None if job_id is None else find_of_job(session, job_id)
    if existing is not None:
        return existing
    row = tables.Result(
        run_id=run_id,
        job_id=job_id,
        revision=revision,
        config=metrics.config,
        metrics=metrics.as_json(),
        test_accuracy=test_accuracy,
        artefacts=dict(artefacts or {}),
        created_at=now(session),
    )
    session.add(row)
    session.flush()
    return _read(row)


def find_of_job(session: Session, job_id: int) -> rows.Result | None:
    """What the job delivered, if it did."""
    row = session.scalar(select(tables.Result).where(tables.Result.job_id == job_id))
    return None if row is None else _read(row)


def list_of_run(session: Session, run_id: str) -> tuple[rows.Result, ...]:
    """The run's results, the newest first."""
    statement = (
        select(tables.Result)
        .where(tables.Result.run_id == run_id)
        .order_by(tables.Result.id.desc())
    )
    return tuple(map(_read, session.scalars(statement)))


def _read(row: tables.Result) -> rows.Result:
    return rows.freeze(rows.Result, row, metrics=Results.read(row.metrics))
