"""``serve`` and ``serve-model``, done."""

import os
from pathlib import Path
from typing import Any

from labeler import web
from labeler.workflow.upkeep import open_to_serve

TOKEN = "LABEL_STUDIO_API_KEY"
"""In the environment alone: others can read what a command was started with."""


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


def serve_model(model_file: Path, networks: tuple[Path, ...], **settings: Any) -> None:
    """Serve a model to Label Studio, until it is stopped.

    Parameters
    ----------
    model_file : Path
    networks : tuple of Path
        Files of networks that it looks with.
    **settings
        As of ``labeler.web.label_studio.server.serve_model``.
    """
    # What names pictures takes seconds to import, which the pages do without.
    from labeler.prediction.file import read_model
    from labeler.web.label_studio import server

    token = os.environ.get(TOKEN, "")
    server.serve_model(read_model(model_file, networks), token=token, **settings)
