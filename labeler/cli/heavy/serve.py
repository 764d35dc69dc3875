"""``serve``, done."""

from typing import Any

from labeler.web import serve
from labeler.workflow.upkeep import open_to_serve


def serve_pages(**settings: Any) -> None:
    """Serve the pages of this installation, until it is stopped.

    Parameters
    ----------
    **settings
        As of ``labeler.web.serve``.
    """
    workspace = open_to_serve()
    try:
        serve(workspace, **settings)
    finally:
        workspace.close()
