"""What every command about a run begins with: its workspace, its name, a bar to watch."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from labeler.storage.rows import Job
from labeler.terminal import TerminalProgress
from labeler.workflow.inline import finish_job
from labeler.workflow.workspace import Workspace, open_workspace

run_argument = click.argument("run_name", metavar="RUN")
fraction_option = click.option(
    "--fraction",
    type=click.FloatRange(0, 1, min_open=True),
    help="Spread inside clusters: share of each, nearest first, that gets its representative's "
    "label.  [default: as chosen last]",
)
threshold_option = click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    help="Spread over the graph: leave out labels of less confidence.  [default: as chosen last]",
)


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
