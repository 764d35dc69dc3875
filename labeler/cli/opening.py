"""What every command about a run begins with: its workspace, its name, a bar to watch."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from labeler.terminal import TerminalProgress
    from labeler.workflow.workspace import Workspace

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
def opened_workspace() -> Iterator["Workspace"]:
    """The folder and database of this installation, closed again afterwards."""
    from labeler.workflow.workspace import open_workspace

    workspace = open_workspace()
    try:
        yield workspace
    finally:
        workspace.close()


def terminal_progress() -> "TerminalProgress":
    """Bars on standard error."""
    from labeler.terminal import TerminalProgress

    return TerminalProgress()
