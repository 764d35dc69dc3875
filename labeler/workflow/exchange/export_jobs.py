"""Large sets, written by a job and kept for a while to be downloaded."""

import re
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import convert

from labeler.formats import Images, format_named
from labeler.formats.writing import manifest_path
from labeler.progress import SILENT, Progress
from labeler.storage import jobs as job_rows
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import Job, JobStatus
from labeler.workflow.exchange.export import export_file
from labeler.workflow.exchange.export_request import ExportRequest, suffix_of
from labeler.workflow.job_kinds import EXPORT
from labeler.workflow.run import Run, open_run
from labeler.workflow.workspace import Workspace

KEPT = 5
"""Sets of one run that are kept; older ones make room."""
MANY_IMAGES, MANY_ROWS = 2_000, 100_000
"""From here on, nobody should wait for a page."""
LOOKED_THROUGH = 200
"""Jobs of a run among which its sets are."""
_LONGEST_NAME = 60


@dataclass(frozen=True)
class ReadySet:
    """A set that a job wrote.

    Attributes
    ----------
    path : Path
        Its one file, or a zip.
    manifest : Path or None
        Beside it; None where it is in the zip.
    """

    job_id: int
    format: str
    path: Path
    manifest: Path | None
    n_rows: int
    n_bytes: int
    made_at: datetime


def is_large(request: ExportRequest, n_rows: int) -> bool:
    """Whether a set takes longer to write than a page may take to load."""
    format = format_named(request.format)
    if format.with_predictions:
        return True
    with_images = format.images is not Images.NEVER and format.holds_images(request.wants_images)
    return n_rows > (MANY_IMAGES if with_images else MANY_ROWS)


def set_name(name: str) -> str:
    """What the files of a run of that name are called: the same, as plain letters."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:_LONGEST_NAME] or "labels"


def request_export(ws: Workspace, request: ExportRequest) -> Job:
    """Put the writing of a set in the queue.

    Raises
    ------
    ConfigError
        What writes the format is not installed.
    NotPreparedError, NotFoundError, QueueFullError
    """
    format_named(request.format).require_available()
    run = open_run(ws, request.run_id)
    run.require_prepared()
    inputs = {"request": request.as_dict(), "revision": run.revision}
    with ws.database.writing() as session:
        return job_rows.enqueue(session, EXPORT, inputs, run_id=request.run_id)


def write_export(ws: Workspace, job: Job, progress: Progress = SILENT) -> dict[str, Any]:
    """Write the set that a job is for; gives what the job's row is to say of it.

    What a worker that was killed left behind is thrown away first.
    """
    request = convert(job.inputs["request"], ExportRequest)
    folder = job_rows.export_folder(ws.instance, job.id)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run = open_run(ws, request.run_id, n_jobs=LOOKED_THROUGH)
    path = folder / f"{set_name(run.name)}{suffix_of(request.format)}"
    count = export_file(run, request, path, progress)
    _make_room(run, job.id)
    return {"file": path.name, "n_rows": count.n_rows, "n_bytes": path.stat().st_size}


def ready_sets(run: Run) -> tuple[ReadySet, ...]:
    """What can be downloaded, the newest first; ``run`` has ``LOOKED_THROUGH`` jobs."""
    return tuple(ready for job in _done(run) if (ready := _ready(run.ws, job)) is not None)


def ready_set(run: Run, job_id: int) -> ReadySet:
    """One set that can be downloaded.

    Raises
    ------
    NotFoundError
        There is none, or it had to make room.
    """
    for ready in ready_sets(run):
        if ready.job_id == job_id:
            return ready
    raise NotFoundError("This export is not kept any more; make it again.")


def _done(run: Run) -> list[Job]:
    return [job for job in run.jobs if job.kind == EXPORT and job.status is JobStatus.DONE]


def _ready(ws: Workspace, job: Job) -> ReadySet | None:
    if job.result is None or job.finished_at is None:
        return None
    path = job_rows.export_folder(ws.instance, job.id) / Path(job.result["file"]).name
    if not path.is_file():
        return None
    beside = manifest_path(path)
    return ReadySet(
        job_id=job.id,
        format=job.inputs["request"]["format"],
        path=path,
        manifest=beside if beside.is_file() else None,
        n_rows=job.result["n_rows"],
        n_bytes=job.result["n_bytes"],
        made_at=job.finished_at,
    )


def _make_room(run: Run, job_id: int) -> None:
    for old in [job for job in _done(run) if job.id != job_id][KEPT - 1 :]:
        shutil.rmtree(job_rows.export_folder(run.ws.instance, old.id), ignore_errors=True)
