"""A real workspace with a small run, and a client that is logged in."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from labeler.datasets.base import Dataset
from labeler.records import UNLABELED
from labeler.storage.rows import GivenAnswer, Verdict
from labeler.web import WebSettings, create_app
from labeler.web.http.access import Access
from labeler.web.http.context import Web
from labeler.workflow import datasets, labeling, runs
from labeler.workflow.inline import finish_job
from labeler.workflow.run import open_run
from labeler.workflow.runs import NewRun
from labeler.workflow.workspace import Workspace, open_workspace
from tests.conftest import URLS
from tests.datasets.conftest import idx, png  # noqa: F401 - fixtures

N_QUESTIONS = 8
HOST = "127.0.0.1:5175"
ON_SQLITE = pytest.mark.parametrize("ws", ["sqlite"], indirect=True)
"""For what shows nothing more on PostgreSQL, such as what is refused before it is asked."""


@pytest.fixture(params=["sqlite", "postgresql"])
def ws(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """On both databases; see ``postgres_url`` for a machine that has but one."""
    url = request.getfixturevalue(URLS[request.param])
    workspace = open_workspace(tmp_path / "instance", url)
    yield workspace
    workspace.close()


@pytest.fixture
def settings() -> WebSettings:
    return WebSettings(secret_key=b"k" * 32)


@pytest.fixture(scope="session")
def apps() -> dict[WebSettings, Flask]:
    """By their settings: to compile the addresses of one takes longer than most tests."""
    return {}


@pytest.fixture
def app(ws: Workspace, settings: WebSettings, apps: dict[WebSettings, Flask]) -> Flask:
    """The app of this workspace, into which nobody has logged in yet."""
    if settings not in apps:
        apps[settings] = create_app(ws, settings)
    apps[settings].config["LABELER"] = Web(ws, settings, Access(settings, ws.instance))
    return apps[settings]


@pytest.fixture(scope="session")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An app for tests that are refused, and so leave nothing behind."""
    workspace = open_workspace(tmp_path_factory.mktemp("shared"))
    yield create_app(workspace, WebSettings(secret_key=b"k" * 32))
    workspace.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that opened the login address."""
    return logged_in(app)


@pytest.fixture
def run_id(ws: Workspace, bars: Dataset) -> str:
    """A run of eight questions about bars, prepared, without answers."""
    return make_run(ws, bars)


@pytest.fixture
def blind_run_id(ws: Workspace, bars: Dataset) -> str:
    """The same images without any ground truth."""
    import numpy as np

    from labeler.datasets.base import Split

    unknown = np.full(len(bars.train), -1, dtype=np.int64)
    dataset = Dataset("unknown", (), Split(bars.train.images, unknown))
    return make_run(ws, dataset, classes=("a", "b"))


def client_of(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_HOST"] = HOST
    return client


def logged_in(app: Flask) -> FlaskClient:
    client = client_of(app)
    address = app.config["LABELER"].access.new_address()
    answer = client.get(address.removeprefix(f"http://{HOST}"))
    assert answer.status_code == 303
    return client


def make_run(ws: Workspace, dataset: Dataset, **settings: object) -> str:
    row = datasets.keep(ws, dataset, kind="path", source="bars")
    asked = {
        "name": "bars",
        "dataset_id": row.id,
        "budget": N_QUESTIONS,
        "preset": "classic",
        **settings,
    }
    job = runs.start_run(ws, NewRun(**asked))  # type: ignore[arg-type]
    finish_job(ws, job.id)
    assert job.run_id is not None
    return job.run_id


@pytest.fixture
def bars_in_part(bars: Dataset) -> Dataset:
    """Bars of which thirty have a label: a run holds six of them out."""
    labels = bars.train.labels.copy()
    labels[30:] = UNLABELED
    return Dataset("bars in part", bars.classes, replace(bars.train, labels=labels))


@pytest.fixture
def taken_run_id(ws: Workspace, bars_in_part: Dataset) -> str:
    """A run that took the others' labels as answers."""
    return make_run(ws, bars_in_part, use_labels=True)


def answer_all(ws: Workspace, run_id: str) -> None:
    classes = runs.get_run(ws, run_id).classes
    given = [
        GivenAnswer(one.id, Verdict.CLASS, classes[place % 2].id)
        for place, one in enumerate(labeling.questions(open_run(ws, run_id)))
    ]
    labeling.record_answers(ws, run_id, "all", "me", given)


def job_of(location: str) -> int:
    return int(location.rsplit("/", 1)[1])
