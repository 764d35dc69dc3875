"""``serve``, done."""

from pathlib import Path
from typing import Any

from labeler import web
from labeler.workflow.upkeep import open_to_serve


def serve(**settings: Any) -> None:
    """Serve the pages of this installation, until it is stopped.

    Parameters
    ----------
    **settings
        As of ``labeler.web.serve``.
    """
    workspace = open_to_serve()
    try:
        web.serve(workspace, started_in=Path.cwd(), **settings)
    finally:
        workspace.close()
