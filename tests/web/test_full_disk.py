"""A full disk is said as such, nothing is kept in part, and the same request works later."""

import errno
import gc
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from labeler.datasets.base import Dataset
from labeler.exceptions import NoRoomError
from labeler.storage import jobs
from labeler.storage.folder import artefacts
from labeler.storage.rows import JobStatus, RunRow
from labeler.web import WebSettings, create_app
from labeler.workflow import datasets
from labeler.workflow.datasets import keep
from labeler.workflow.exchange.export_jobs import request_export
from labeler.workflow.exchange.export_request import ExportRequest
from labeler.workflow.inline import JobFailedError, finish_job, finish_new_run
from labeler.workflow.runs import NewRun, create_run, find_run, get_run, list_runs
from labeler.workflow.workspace import Workspace, open_workspace
from tests.disks import fill, mounted
from tests.web.conftest import make_run


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with closing(open_workspace(tmp_path / "instance")) as workspace:
        yield workspace


@pytest.fixture
def app(ws: Workspace) -> Flask:
    return create_app(ws, WebSettings(secret_key=b"k" * 32))


def full_database(ws: Workspace) -> Callable[[], None]:
    """From now on, SQLite may not make its file larger; gives the way back."""

    def limit(connection: Any, record: object) -> None:
        connection.execute("PRAGMA max_page_count=1")  # that is, as many as there are

    ws.database.engine.dispose()
    event.listen(ws.database.engine, "connect", limit)

    def make_room() -> None:
        event.remove(ws.database.engine, "connect", limit)
        ws.database.engine.dispose()

    return make_room


def no_space(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_answers_on_a_full_disk_are_refused_and_can_be_sent_again(
    ws: Workspace, client: FlaskClient, run_id: str
) -> None:
    asked = client.get(f"/api/v1/runs/{run_id}/questions").get_json()["questions"]
    make_room = full_database(ws)
    accepted: list[tuple[Any, TestResponse]] = []
    refused: list[tuple[Any, TestResponse]] = []
    for number in range(2000):
        body = {"op_id": f"op-{number}", "answers": [skipped(asked[number % len(asked)])]}
        reply = client.post(f"/api/v1/runs/{run_id}/operations", json=body)
        (accepted if reply.status_code == 201 else refused).append((body, reply))
        if refused:
            break
    body, reply = refused[0]
    assert reply.status_code == 507
    assert reply.get_json()["error"]["code"] == "no_room"
    assert "no room left" in reply.get_json()["error"]["message"]
    form = {"question_id": asked[0]["id"], "answer": "skip", "op_id": "form-1"}
    page = client.post(f"/runs/{run_id}/label", data=form)
    assert page.status_code == 507
    assert "The disk is full" in page.get_data(as_text=True)
    make_room()
    again = client.post(f"/api/v1/runs/{run_id}/operations", json=body)
    assert again.status_code == 201
    replayed = client.post(f"/api/v1/runs/{run_id}/operations", json=accepted[-1][0])
    assert replayed.status_code == 200


def skipped(question: dict[str, Any]) -> dict[str, Any]:
    return {"question_id": question["id"], "verdict": "skip"}


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # Werkzeug leaves its file to be collected
def test_an_upload_that_fills_the_temporary_folder_leaves_nothing(
    ws: Workspace, client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mounted(tmp_path / "disk", "size=1m") as disk:
        monkeypatch.setattr(tempfile, "tempdir", str(disk))
        assert upload(client, bytes(3_000_000)) == 507
        assert list(disk.iterdir()) == []
        fill(disk)
        assert upload(client, bytes(3_000_000)) == 507
        gc.collect()
    assert not ws.uploads.exists() or not list(ws.uploads.iterdir())


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT])
def test_an_upload_that_cannot_be_staged_leaves_nothing(
    ws: Workspace, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    def half(_: object, target: Path, *__: object) -> None:
        Path(target).write_bytes(b"half")
        raise OSError(error, "No space left on device")

    monkeypatch.setattr("werkzeug.datastructures.FileStorage.save", half)
    assert upload(client, b"PK") == 507
    assert list(ws.uploads.iterdir()) == []


def upload(client: FlaskClient, content: bytes) -> int:
    head = (
        b'--x\r\nContent-Disposition: form-data; name="dataset"\r\n\r\nupload\r\n'
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="mine.zip"\r\n\r\n'
    )
    body = head + content + b"\r\n--x--\r\n"  # by hand: the client would use the disk, too
    kind = "multipart/form-data; boundary=x"
    return client.post("/runs/new", data=body, content_type=kind).status_code


def test_a_set_that_does_not_fit_is_said_before_anything_is_sent(
    client: FlaskClient, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/runs/{run_id}/export.csv"
    with monkeypatch.context() as patched:
        patched.setattr("labeler.files.os.fsync", no_space)
        assert client.get(address).status_code == 507
    assert client.get(address).status_code == 200


def test_a_job_that_fills_the_disk_fails_with_the_sentence_and_works_later(
    ws: Workspace, bars: Dataset, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("labeler.files.os.fsync", no_space)
        job = request_export(ws, ExportRequest(run_id, "csv"))
        with pytest.raises(JobFailedError, match="no room left") as caught:
            finish_job(ws, job.id)
    assert caught.value.exit_status == 1
    with ws.database.reading() as session:
        assert "no room left" in (jobs.get(session, job.id).error or "")
    again = request_export(ws, ExportRequest(run_id, "csv"))
    assert finish_job(ws, again.id).status is JobStatus.DONE


def test_a_job_on_a_database_that_is_full_ends_and_does_not_hang(
    ws: Workspace, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = request_export(ws, ExportRequest(run_id, "csv"))

    def full(*_: object, **__: object) -> None:
        raise NoRoomError("the disk of the database")

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "claim", full)
        with pytest.raises(NoRoomError):
            finish_job(ws, job.id)
    with ws.database.reading() as session:
        assert jobs.get(session, job.id).status is JobStatus.CANCELLED


def test_a_new_run_that_there_is_no_room_to_prepare_is_taken_back(
    ws: Workspace, bars: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = keep(ws, bars, kind="path", source="bars")
    new = NewRun("demo", dataset_id=row.id, budget=5, preset="classic")
    run, job_id = new_run(ws, new)
    with monkeypatch.context() as patched:
        patched.setattr("labeler.files.os.fsync", no_space)
        with pytest.raises(JobFailedError, match="no room left"):
            finish_new_run(ws, run, job_id)
    assert list_runs(ws) == list_runs(ws, deleted=True) == ()
    finish_new_run(ws, *new_run(ws, new))
    assert find_run(ws, "demo").artefacts


def test_a_new_run_that_cannot_be_taken_back_is_named(
    ws: Workspace, bars: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = keep(ws, bars, kind="path", source="bars")
    new = NewRun("demo", dataset_id=row.id, budget=5, preset="classic")
    run, job_id = new_run(ws, new)

    def full(*_: object, **__: object) -> None:
        raise NoRoomError("the disk of the database")

    monkeypatch.setattr(jobs, "claim", full)
    monkeypatch.setattr("labeler.storage.runs.discard", full)
    with pytest.raises(JobFailedError, match=f"{run.id}.*`labeler serve`") as caught:
        finish_new_run(ws, run, job_id)
    assert caught.value.exit_status == 1


def new_run(ws: Workspace, new: NewRun) -> tuple[RunRow, int]:
    run = create_run(ws, new)
    return run, get_run(ws, run.id).jobs[0].id


def test_an_import_that_fills_the_disk_leaves_no_data_set(
    ws: Workspace, bars: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(artefacts, "write_atomically", no_space)
        with pytest.raises(OSError, match="No space"):
            datasets.keep(ws, bars, kind="path", source="bars")
    assert datasets.list_datasets(ws) == ()
    make_run(ws, bars)
