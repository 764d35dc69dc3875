"""A model asked for, made by a job, and kept to be downloaded and to name pictures on a page."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from labeler.exceptions import ConfigError
from labeler.prediction.contents import About
from labeler.prediction.file import read_contents, write_model
from labeler.progress import SILENT, Progress
from labeler.storage import jobs as job_rows
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import Job, JobStatus
from labeler.workflow.exchange.export_jobs import LOOKED_THROUGH, set_name
from labeler.workflow.job_kinds import MODEL
from labeler.workflow.models.run_model import is_trained, model_of_run, require_model
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
    """

    path: Path
    job_id: int
    about: About
    is_current: bool
    n_bytes: int
    made_at: datetime


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


def make_model(ws: Workspace, job: Job, progress: Progress = SILENT) -> dict[str, Any]:
    """Write the model that a job is for; gives what the job's row is to say of it."""
    folder = job_rows.export_folder(ws.instance, job.id)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run = open_run(ws, job.inputs["run_id"], n_jobs=LOOKED_THROUGH)
    path = folder / f"{set_name(run.name)}-model.zip"
    write_model(model_of_run(run, progress), path)
    for old in _done(run):  # one is enough: it can be made anew
        if old.id != job.id:
            shutil.rmtree(job_rows.export_folder(ws.instance, old.id), ignore_errors=True)
    return {"file": path.name, "n_bytes": path.stat().st_size, "revision": run.revision}


def ready_model(run: Run) -> ReadyModel | None:
    """The model that was made last, if it is kept; ``run`` has ``LOOKED_THROUGH`` jobs."""
    for job in _done(run):
        if job.result is None or job.finished_at is None:
            continue
        path = job_rows.export_folder(run.ws.instance, job.id) / Path(job.result["file"]).name
        if path.is_file():
            return ReadyModel(
                path=path,
                job_id=job.id,
                about=read_contents(path).about,
                is_current=job.result["revision"] == run.revision,
                n_bytes=job.result["n_bytes"],
                made_at=job.finished_at,
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


def _done(run: Run) -> list[Job]:
    return [job for job in run.jobs if job.kind == MODEL and job.status is JobStatus.DONE]
