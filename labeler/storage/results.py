"""Training results of runs."""

import math
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from labeler.storage import rows, tables
from labeler.storage.session import get_row, now


def add(
    session: Session,
    run_id: str,
    *,
    revision: int,
    config: Mapping[str, Any],
    metrics: Mapping[str, Any],
    test_accuracy: float | None = None,
    artefacts: Mapping[str, str] | None = None,
    job_id: int | None = None,
) -> rows.Result:
    """Add a result; a second one from the same job gives the first.

    Numbers in ``metrics`` that are not finite (a precision without predictions) become null:
    JSON has no word for them.
    """
    existing = None if job_id is None else find_of_job(session, job_id)
    if existing is not None:
        return existing
    row = tables.Result(
        run_id=run_id,
        job_id=job_id,
        revision=revision,
        config=dict(config),
        metrics=_without_nan(dict(metrics)),
        test_accuracy=test_accuracy,
        artefacts=dict(artefacts or {}),
        created_at=now(session),
    )
    session.add(row)
    session.flush()
    return rows.freeze(rows.Result, row)


def get(session: Session, result_id: int) -> rows.Result:
    """The result of that id.

    Raises
    ------
    NotFoundError
    """
    return rows.freeze(rows.Result, get_row(session, tables.Result, result_id, "result"))


def find_of_job(session: Session, job_id: int) -> rows.Result | None:
    """What the job delivered, if it did."""
    row = session.scalar(select(tables.Result).where(tables.Result.job_id == job_id))
    return None if row is None else rows.freeze(rows.Result, row)


def list_of_run(session: Session, run_id: str) -> tuple[rows.Result, ...]:
    """The run's results, the newest first."""
    statement = (
        select(tables.Result)
        .where(tables.Result.run_id == run_id)
        .order_by(tables.Result.id.desc())
    )
    return tuple(rows.freeze(rows.Result, row) for row in session.scalars(statement))


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return value
