"""What every view needs: the workspace, the settings, the doorkeeper, and who is asking."""

from dataclasses import dataclass

from flask import current_app, session

from labeler.web.http.access import Access
from labeler.web.settings import WebSettings
from labeler.workflow.workspace import Workspace

DEFAULT_ANNOTATOR = "me"


@dataclass(frozen=True)
class Web:
    """The parts of one app."""

    workspace: Workspace
    settings: WebSettings
    access: Access


def web() -> Web:
    """The parts of the app that serves this request."""
    parts = current_app.config["LABELER"]
    assert isinstance(parts, Web)
    return parts


def workspace() -> Workspace:
    return web().workspace


def annotator() -> str:
    """The name that this browser's answers are recorded under."""
    return str(session.get("annotator", DEFAULT_ANNOTATOR))
