"""A model asked for, made by a job, and kept to be downloaded and to name pictures on a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from msgspec import convert

from labeler.exceptions import ConfigError
from labeler.prediction.contents import About
from labeler.storage import jobs as job_rows
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import Job, JobStatus
from labeler.workflow.job_kinds import MODEL
from labeler.workflow.models.state import is_trained, require_model
from labeler.workflow.run import Run, open_run
from labeler.workflow.workspace import Workspace


@dataclass(frozen=True)
class ReadyModel:
    """A model that a job wrote.

    Attributes
    ----------
    path : Path
    job_id : int
    about : About
    is_current : bool
        Whether it learned from the answers and classes of now.
    n_bytes : int
    made_at : datetime
    others : mapping of str to Path
        The same for other programs, by kind: ``onnx``, ``keras``.
    missing : mapping of str to str
        Why there is none of a kind.
    """

    path: Path
    job_id: int
    about: About
    is_current: bool
    n_bytes: int
    made_at: datetime
    others: Mapping[str, Path]
    missing: Mapping[str, str]


def request_model(ws: Workspace, run_id: str) -> Job:
    """Put the making of a run's model in the queue.

    Raises
    ------
    ConfigError
        The run is not trained on the answers of now, or no model can be made of it.
    NotPreparedError, NotFoundError, QueueFullError
    """
    run = open_run(ws, run_id)
    require_model(run)
    if not is_trained(run):
        raise ConfigError("The run is not trained on the answers of now; train it first.")
    inputs = {"run_id": run_id, "revision": run.revision, "result": run.results[0].id}
    with ws.database.writing() as session:
        return job_rows.enqueue(session, MODEL, inputs, run_id=run_id)


def ready_model(run: Run) -> ReadyModel | None:
    """The model that was made last, if it is kept; ``run`` has ``LOOKED_THROUGH`` jobs."""
    for job in models_made(run):
        if job.result is None or job.finished_at is None:
            continue
        path = job_rows.export_folder(run.ws.instance, job.id) / Path(job.result["file"]).name
        if path.is_file():
            return ReadyModel(
                path=path,
                job_id=job.id,
                about=convert(job.result["about"], About),
                is_current=job.result["revision"] == run.revision,
                n_bytes=job.result["n_bytes"],
                made_at=job.finished_at,
                others={
                    kind: path.with_name(Path(name).name)
                    for kind, name in job.result.get("others", {}).items()
                },
                missing=job.result.get("missing", {}),
            )
    return None


def require_ready(run: Run) -> ReadyModel:
    """The same.

    Raises
    ------
    NotFoundError
        There is none.
    """
    ready = ready_model(run)
    if ready is None:
        raise NotFoundError("No model of this run is kept; make it again.")
    return ready


def models_made(run: Run) -> list[Job]:
    """The jobs that made one, the newest first."""
    return [job for job in run.jobs if job.kind == MODEL and job.status is JobStatus.DONE]
