"""Jobs as front ends see them: looked at, cancelled, asked for again."""

from pathlib import Path

from labeler.exceptions import LabelerError
from labeler.storage import jobs as job_rows
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import Job, JobStatus
from labeler.workflow.baskets import UPLOAD, WAITING
from labeler.workflow.job_kinds import IMPORT, kind_named
from labeler.workflow.run import Run, run_within
from labeler.workflow.workspace import Workspace


def get_job(ws: Workspace, job_id: int) -> Job:
    """The job of that id.

    Raises
    ------
    NotFoundError
    """
    with ws.database.reading() as session:
        return job_rows.get(session, job_id)


def waiting_for(ws: Workspace, job: Job) -> str | None:
    """What a job in the queue waits for, in words; None if it does not wait."""
    if job.status is not JobStatus.QUEUED:
        return None
    with ws.database.reading() as session:
        active = job_rows.list_active(session)
    ahead = [other for other in active if _is_before(other, job)]
    if not ahead:
        return "about to start"
    titles = [_titled(other, job) for other in ahead]
    return f"waiting until this is done: {'; '.join(titles)}"


def _is_before(other: Job, job: Job) -> bool:
    return other.status is JobStatus.RUNNING or other.id < job.id


def _titled(other: Job, job: Job) -> str:
    title = kind_named(other.kind).title
    return title if other.run_id == job.run_id else f"{title} (another run)"


def run_with_job(ws: Workspace, run_id: str, job_id: int) -> tuple[Run, Job]:
    """A run and one of its jobs, at one moment.

    Raises
    ------
    NotFoundError
        There is no such run, or it has no such job.
    """
    with ws.database.reading() as session:
        run, job = run_within(ws, session, run_id), job_rows.get(session, job_id)
    if job.run_id != run_id:
        raise NotFoundError("This run has no such job.")
    return run, job


def cancel_job(ws: Workspace, job_id: int) -> Job:
    """End a waiting job; ask a running one to stop at its next step.

    Raises
    ------
    NotFoundError
    """
    with ws.database.writing() as session:
        job = job_rows.cancel(session, job_id)
    upload = _upload_of(job) if job.kind == IMPORT else None
    if upload is not None and job.inputs["kind"] == UPLOAD and job.status.is_final:
        upload.unlink(missing_ok=True)
    return job


def retry_job(ws: Workspace, job_id: int) -> Job:
    """Put a job that failed or was cancelled in the queue again, as a new one.

    Returns
    -------
    Job
        The new one; the same one where it waits, runs or is done.

    Raises
    ------
    NotFoundError, QueueFullError
    LabelerError
        It was the import of an uploaded file, which is not kept once its import has ended.
    """
    with ws.database.writing() as session:
        job = job_rows.get(session, job_id)
        if job.status not in (JobStatus.FAILED, JobStatus.CANCELLED):
            return job
        if not can_retry(job):
            raise LabelerError(f"{job.inputs['filename']} was not kept; upload it again.")
        return job_rows.enqueue(session, job.kind, job.inputs, run_id=job.run_id)


def can_retry(job: Job) -> bool:
    """Whether what the job needs is still there: an uploaded file is imported once only."""
    upload = _upload_of(job)
    return upload is None or upload.exists()


def _upload_of(job: Job) -> Path | None:
    """Where the upload waits that this job is to look at or to import."""
    return Path(job.inputs["source"]) if job.inputs.get("kind") in WAITING else None
