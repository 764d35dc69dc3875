"""Add images on the page and by the API: from an allowed folder or uploaded, and taken back."""

import io
import re
import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from labeler.jobs.worker import Worker
from labeler.storage.rows import JobStatus
from labeler.web import WebSettings, create_app
from labeler.workflow.adding.history import undo_addition
from labeler.workflow.datasets import import_dataset
from labeler.workflow.handlers import HANDLERS
from labeler.workflow.inline import finish_job
from labeler.workflow.run import open_run
from labeler.workflow.runs import NewRun, start_run
from labeler.workflow.workspace import Workspace
from tests.bar_pictures import lay, picture
from tests.web.conftest import ON_SQLITE, logged_in

pytestmark = ON_SQLITE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return lay(tmp_path / "allowed" / "photos", range(8))


@pytest.fixture
def client(ws: Workspace, folder: Path) -> FlaskClient:
    settings = WebSettings(secret_key=b"k" * 32, data_roots=(folder.parent,))
    return logged_in(create_app(ws, settings))


@pytest.fixture
def run_id(ws: Workspace, folder: Path) -> str:
    new = NewRun("r", dataset_id=import_dataset(ws, str(folder)).id, budget=4, preset="classic")
    job = start_run(ws, new)
    finish_job(ws, job.id)
    assert job.run_id is not None
    return job.run_id


def work_off(ws: Workspace, run_id: str) -> JobStatus:
    """Do what is in the queue; how the newest job of the run ended."""
    while Worker(ws.database, HANDLERS).run_one():
        pass
    return open_run(ws, run_id).jobs[0].status


def listed(client: FlaskClient) -> list[int]:
    """The ids of the data sets that the page for a new run lists."""
    return [
        int(number) for number in re.findall(r'value="dataset:(\d+)"', client.get("/runs/new").text)
    ]


def test_a_new_run_begins_with_the_images_as_they_are_now(
    ws: Workspace, client: FlaskClient, run_id: str, folder: Path
) -> None:
    first = open_run(ws, run_id).dataset.id
    assert listed(client) == [first]
    lay(folder, range(20, 22))
    client.post(f"/runs/{run_id}/images", data={"from": "path", "path": str(folder)})
    work_off(ws, run_id)
    grown = open_run(ws, run_id).dataset.id
    assert listed(client) == [grown] != [first]
    job = start_run(ws, NewRun("older", dataset_id=first, budget=4, preset="classic"))
    finish_job(ws, job.id)
    assert listed(client) == [grown]
    undo_addition(ws, run_id)
    assert listed(client) == [first]


def test_what_is_new_in_the_folder_is_added_told_and_taken_back(
    ws: Workspace, client: FlaskClient, run_id: str, folder: Path
) -> None:
    page = f"/runs/{run_id}/images"
    assert str(folder) in client.get(page).text
    lay(folder, range(20, 22))
    begun = client.post(page, data={"from": "path", "path": str(folder)})
    assert begun.status_code == 303
    assert client.get(begun.location).status_code == 200
    assert work_off(ws, run_id) is JobStatus.DONE
    led_to = client.get(begun.location)
    assert led_to.location == f"{page}#added"
    text = client.get(page).text
    assert "<strong>6 new images</strong>" in text
    assert "24 files known already, not read" in text
    assert client.get(f"/runs/{run_id}").location == f"/runs/{run_id}/label"
    assert "Read last" in client.get(page).text
    taken_back = client.post(f"{page}/undo", follow_redirects=True).text
    assert "Read last" not in taken_back
    assert "6 images of" in taken_back
    assert "Take back" not in taken_back
    assert "left to take back" in client.post(f"{page}/undo", follow_redirects=True).text


def test_an_uploaded_archive_is_added_and_let_go(
    ws: Workspace, client: FlaskClient, run_id: str, tmp_path: Path
) -> None:
    packed = shutil.make_archive(str(tmp_path / "more"), "zip", lay(tmp_path / "m", range(30, 32)))
    upload = (io.BytesIO(Path(packed).read_bytes()), "more.zip")
    begun = client.post(f"/runs/{run_id}/images", data={"from": "upload", "file": upload})
    assert begun.status_code == 303
    assert work_off(ws, run_id) is JobStatus.DONE
    assert not list(ws.uploads.iterdir())
    assert "more.zip" in client.get(f"/runs/{run_id}/images").text
    assert open_run(ws, run_id).dataset.counts["pool"] == 30


def test_pictures_as_they_are_are_added_and_let_go(
    ws: Workspace, client: FlaskClient, run_id: str
) -> None:
    page = f"/runs/{run_id}/images"
    basket = client.post("/api/v1/baskets").get_json()["id"]
    address = f"/api/v1/baskets/{basket}/files?name=holiday/cat/1.png"
    assert client.put(address, data=picture(1, 77)).status_code == 201
    assert basket in client.get(f"{page}?basket={basket}").text
    sent = (io.BytesIO(picture(2, 78)), "holiday/dog/2.png")
    begun = client.post(page, data={"from": "basket", "basket": basket, "pictures": sent})
    assert begun.status_code == 303
    assert work_off(ws, run_id) is JobStatus.DONE
    assert not list(ws.uploads.iterdir())
    dataset = open_run(ws, run_id).dataset
    assert (dataset.counts["pool"], dataset.counts["known"]) == (26, 26)
    assert "holiday" in client.get(page).text
    assert "Choose pictures" in client.post(page, data={"from": "basket"}).text


def test_folders_are_browsed_to_be_added(
    ws: Workspace, client: FlaskClient, run_id: str, folder: Path
) -> None:
    page = f"/runs/{run_id}/images"
    assert f'href="/browse?run={run_id}"' in client.get(page).text
    text = client.get(f"/browse?at={folder}&run={run_id}").text
    assert f'action="{page}"' in text
    assert '<input type="hidden" name="from" value="path">' in text
    assert f"run={run_id}" in text.split("cat/")[0].rsplit("href=", 1)[1]


def test_a_path_outside_the_allowed_folders_is_refused_by_page_and_api(
    client: FlaskClient, run_id: str, tmp_path: Path
) -> None:
    outside = str(lay(tmp_path / "outside", range(2)))
    answer = client.post(f"/runs/{run_id}/images", data={"from": "path", "path": outside})
    assert (answer.status_code, "nothing that Labeler may read" in answer.text) == (400, True)
    by_api = client.post(f"/api/v1/runs/{run_id}/images", json={"path": outside})
    assert by_api.status_code == 400
    assert by_api.get_json()["error"]["code"] == "DIR-1"


def test_the_api_adds_lists_and_takes_back(
    ws: Workspace, client: FlaskClient, run_id: str, folder: Path
) -> None:
    lay(folder, range(20, 22))
    address = f"/api/v1/runs/{run_id}/images"
    begun = client.post(address, json={"path": str(folder)})
    assert begun.status_code == 202
    work_off(ws, run_id)
    job = client.get(f"/api/v1/jobs/{begun.get_json()['job']['id']}").get_json()["job"]
    assert (job["result"]["n_images"], job["result"]["n_known"]) == (6, 24)
    (listed,) = client.get(address).get_json()["additions"]
    assert (listed["number"], listed["n_images"], listed["is_undone"]) == (1, 6, False)
    undone = client.post(f"{address}/undo", json={})
    assert undone.get_json()["undone"]["is_undone"]
    assert client.post(f"{address}/undo", json={}).status_code == 409
