"""A job done here and now, for who waits in a terminal.

It goes through the queue like any other: where a server's worker has it already, that one does
it, and this process only watches. So nothing is ever done twice.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from threading import Thread

from labeler.exceptions import LabelerError
from labeler.jobs.worker import Handler, Worker
from labeler.progress import SILENT, Progress, Task
from labeler.storage.rows import Job, JobStatus
from labeler.workflow.jobs import cancel_job, get_job
from labeler.workflow.workspace import Workspace

LOOK_SECONDS = 0.1


class JobFailedError(LabelerError):
    """A job that was waited for did not come to its end; the message says why."""


def finish_job(
    ws: Workspace,
    job_id: int,
    progress: Progress = SILENT,
    handlers: Mapping[str, Handler] | None = None,
) -> Job:
    """Work through the queue until the job is done, showing how far it is.

    Interrupted (Ctrl+C), the job is cancelled.

    Raises
    ------
    JobFailedError
        It failed or was cancelled.
    NotFoundError
        There is no such job.
    """
    with _working(ws, handlers):
        try:
            job = _watch(ws, job_id, progress)
        except BaseException:
            cancel_job(ws, job_id)
            raise
    if job.status is not JobStatus.DONE:
        raise JobFailedError(job.error or f"The {job.kind} job was cancelled.")
    return job


@contextmanager
def _working(ws: Workspace, handlers: Mapping[str, Handler] | None) -> Iterator[None]:
    """A worker in a thread of this process, for as long as the block lasts."""
    if handlers is None:
        from labeler.workflow.handlers import HANDLERS

        handlers = HANDLERS
    worker = Worker(ws.database, handlers)
    thread = Thread(target=worker.run, name="inline worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        worker.shut_down.set()
        thread.join()


def _watch(ws: Workspace, job_id: int, progress: Progress) -> Job:
    """Draw the job's row as it changes: a bar for each of its steps."""
    shown: tuple[str, int | None] | None = None
    drawn = 0
    with ExitStack() as bars:
        bar: Task | None = None
        while not (job := get_job(ws, job_id)).status.is_final:
            step = (job.message, job.total)
            if job.message and step != shown:
                bars.close()
                bar = bars.enter_context(progress.task(*step))
                shown, drawn = step, 0
            if bar is not None and (job.done > drawn or job.detail):
                bar.advance(max(0, job.done - drawn), job.detail)
                drawn = max(drawn, job.done)
            time.sleep(LOOK_SECONDS)
    return job
