"""Another program holds the database while answers are posted, and then lets go of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from labeler.datasets.base import Dataset
from labeler.storage import doctor
from labeler.storage import engine as engines
from labeler.storage.engine import DATABASE_FILE
from labeler.web import WebSettings, create_app
from labeler.workflow.workspace import Workspace, open_workspace
from tests.commands import run_here
from tests.web.conftest import logged_in, make_run


@pytest.fixture(params=["delete", "wal"])
def impatient(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    monkeypatch.setattr(engines, "_BUSY_TIMEOUT_MS", 100)
    for module in (engines, doctor):
        monkeypatch.setattr(module, "has_wal_reset_fix", lambda: request.param == "wal")
    with closing(open_workspace(tmp_path / "instance")) as workspace:
        yield workspace


def test_after_a_reader_left_everything_works_at_once(
    impatient: Workspace, bars: Dataset, tmp_path: Path
) -> None:
    run_id = make_run(impatient, bars)
    client = logged_in(create_app(impatient, WebSettings(secret_key=b"k" * 32)))
    asked = client.get(f"/api/v1/runs/{run_id}/questions").get_json()["questions"]
    file = impatient.instance / DATABASE_FILE
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM question").fetchall()
        statuses = [skip(client, run_id, one["id"]) for one in asked[:3]]
        reader.execute("ROLLBACK")
    assert set(statuses) <= {201, 503}
    pages = [client.get(f"/api/v1/runs/{run_id}").status_code for _ in range(6)]
    instance = str(impatient.instance)
    for command in (["runs"], ["backup", str(tmp_path / "b.zip")], ["doctor"]):
        assert run_here(*command, LABELER_INSTANCE=instance).returncode == 0
    assert pages == [200] * 6
    again = [skip(client, run_id, one["id"]) for one in asked[:3]]
    assert again == [200 if status == 201 else 201 for status in statuses]


def skip(client: FlaskClient, run_id: str, question: int) -> int:
    answer = {"question_id": question, "verdict": "skip"}
    body = {"op_id": f"op-{question}", "answers": [answer]}
    return client.post(f"/api/v1/runs/{run_id}/operations", json=body).status_code
