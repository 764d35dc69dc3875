"""What every command about a run begins with: its workspace, and a bar to watch."""

from collections.abc import Iterator
from contextlib import contextmanager

from labeler.cli.heavy.progress_bars import TerminalProgress
from labeler.exceptions import LabelerError
from labeler.storage.rows import Job
from labeler.workflow.inline import finish_job
from labeler.workflow.workspace import Workspace, open_workspace


class StoppedError(LabelerError):
    """Ctrl+C, where what was done so far is kept for the next time."""

    exit_status = 130


@contextmanager
def going_on_next_time() -> Iterator[None]:
    """Tell somebody who stops an import that it is not lost."""
    try:
        yield
    except KeyboardInterrupt:
        raise StoppedError(
            "stopped. The same command goes on where it was: images that were read are not read "
            "again."
        ) from None


@contextmanager
def opened_workspace() -> Iterator[Workspace]:
    """The folder and database of this installation, closed again afterwards."""
    workspace = open_workspace()
    try:
        yield workspace
    finally:
        workspace.close()


def finish(ws: Workspace, job: Job) -> None:
    """Wait for a job, or do it here, with a bar to watch."""
    with TerminalProgress() as progress:
        finish_job(ws, job.id, progress)
