"""What every view needs: the workspace, the settings, the doorkeeper, and who is asking."""

from dataclasses import dataclass, field

from flask import current_app, session

from labeler.storage.rows import Dataset
from labeler.web.http.access import Access
from labeler.web.settings import WebSettings
from labeler.workflow import runs
from labeler.workflow.workspace import Workspace

DEFAULT_ANNOTATOR = "me"


@dataclass(frozen=True)
class Web:
    """The parts of one app."""

    workspace: Workspace
    settings: WebSettings
    access: Access
    datasets_of_runs: dict[str, Dataset] = field(default_factory=dict)


def web() -> Web:
    """The parts of the app that serves this request."""
    parts = current_app.config["LABELER"]
    assert isinstance(parts, Web)
    return parts


def workspace() -> Workspace:
    return web().workspace


def dataset_of(run_id: str) -> Dataset:
    """The data set of a run: never another, so it is looked up once."""
    known = web().datasets_of_runs
    if run_id not in known:
        known[run_id] = runs.get_run(workspace(), run_id).dataset
    return known[run_id]


def annotator() -> str:
    """The name that this browser's answers are recorded under."""
    return str(session.get("annotator", DEFAULT_ANNOTATOR))
