"""A job done here and now, for who waits in a terminal.

It goes through the queue like any other: where a server's worker has it already, that one does
it, and this process only watches. So nothing is ever done twice.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from typing import Any

from labeler.exceptions import LabelerError, NoRoomError
from labeler.jobs.reporting import Pace
from labeler.jobs.worker import Handler, Worker
from labeler.progress import SILENT, Progress, Task
from labeler.storage import runs as run_rows
from labeler.storage.rows import Job, JobStatus, RunRow
from labeler.workflow.jobs import cancel_job, get_job
from labeler.workflow.workspace import Workspace

LOOK_SECONDS = 0.1
_PACE = Pace(tells_speed=False)


class JobFailedError(LabelerError):
    """A job that was waited for did not come to its end; the message says why."""

    def __init__(self, message: str, exit_status: int = LabelerError.exit_status) -> None:
        super().__init__(message)
        self.exit_status = exit_status


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
    NoRoomError
        The disk is full, so that not even its failure could be noted.
    """
    with _working(ws, handlers) as worker:
        try:
            job = _watch(ws, job_id, progress, worker)
        except BaseException:
            cancel_job(ws, job_id)
            raise
    if job.status is not JobStatus.DONE:
        message = job.error or f"The {job.kind} job was cancelled."
        failure = worker.failure
        reason = None if failure is None or failure[0] != job.id else failure[1]
        raise JobFailedError(message, _exit_status(reason)) from reason
    return job


def finish_new_run(ws: Workspace, run: RunRow, job_id: int, progress: Progress = SILENT) -> None:
    """Prepare a run that was just made; it is taken back if that is refused or stopped (Ctrl+C).

    What ended by a defect stays, so that it can be looked at.

    Raises
    ------
    JobFailedError, NoRoomError
        As ``finish_job``; the message names the run where not even that could be done.
    """
    try:
        finish_job(ws, job_id, progress)
    except (JobFailedError, NoRoomError) as error:
        if isinstance(error, NoRoomError) or isinstance(error.__cause__, LabelerError):
            _take_back(ws, run)
        raise
    except KeyboardInterrupt:
        _take_back(ws, run)
        raise


def _take_back(ws: Workspace, run: RunRow) -> None:
    try:
        ws.database.write(lambda session: run_rows.discard(session, run.id))
    except LabelerError as error:
        raise JobFailedError(
            f"The run {run.id} ({run.name}) could be neither prepared nor taken back: {error} "
            "Start `labeler serve` when that is mended, and prepare or delete it there.",
            exit_status=NoRoomError.exit_status,
        ) from error


def _exit_status(reason: Exception | None) -> int:
    """That of what made it fail, where it was this process that tried; 1 for a defect."""
    if reason is None:
        return LabelerError.exit_status
    return reason.exit_status if isinstance(reason, LabelerError) else 1


@contextmanager
def _working(ws: Workspace, handlers: Mapping[str, Handler] | None) -> Iterator["_InlineWorker"]:
    """A worker in a thread of this process, for as long as the block lasts."""
    if handlers is None:
        # All that jobs can need: a command that asks for none does without.
        from labeler.workflow.handlers import HANDLERS

        handlers = HANDLERS
    worker = _InlineWorker(ws.database, handlers, pace=_PACE, patient=False)
    thread = Thread(target=worker.run, name="inline worker", daemon=True)
    thread.start()
    try:
        yield worker
    finally:
        worker.shut_down.set()
        thread.join()


class _InlineWorker(Worker):
    """One that says when it has ended a job, and why it had to give up."""

    gave_up: Exception | None = None

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.has_ended_one = Event()

    def run_one(self) -> bool:
        worked = super().run_one()
        if worked:
            self.has_ended_one.set()
        return worked

    def run(self) -> None:
        try:
            super().run()
        except Exception as error:  # noqa: BLE001 - raised again where the job is waited for
            self.gave_up = error


def _watch(ws: Workspace, job_id: int, progress: Progress, worker: _InlineWorker) -> Job:
    """Draw the job's row as it changes: a bar for each of its steps."""
    shown: tuple[str, int | None] | None = None
    drawn = 0
    with ExitStack() as bars:
        bar: Task | None = None
        while not (job := get_job(ws, job_id)).status.is_final:
            if worker.gave_up is not None:
                raise worker.gave_up
            step = (job.message, job.total)
            if job.message and step != shown:
                bars.close()
                bar = bars.enter_context(progress.task(*step))
                shown, drawn = step, 0
            if bar is not None and (job.done > drawn or job.detail):
                bar.advance(max(0, job.done - drawn), job.detail)
                drawn = max(drawn, job.done)
            if worker.has_ended_one.wait(LOOK_SECONDS):
                worker.has_ended_one.clear()
    return job
