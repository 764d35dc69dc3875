"""One image, large, and the queue of odd pictures: the pages, without a script too."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from labeler.datasets.base import Dataset
from labeler.workflow.inline import finish_job
from labeler.workflow.reviewing.labels_now import labels_now
from labeler.workflow.run import open_run
from labeler.workflow.training.request import request_training
from labeler.workflow.workspace import Workspace
from tests.web.conftest import ON_SQLITE, answer_all, make_run


@pytest.fixture
def named_id(ws: Workspace, bars: Dataset) -> str:
    run_id = make_run(ws, bars)
    answer_all(ws, run_id)
    return run_id


def unasked(ws: Workspace, run_id: str) -> list[int]:
    run = open_run(ws, run_id)
    asked = {question.image for question in run.questions}
    return [image for image in run.pool.tolist() if image not in asked]


def test_an_answer_by_the_form_leads_to_the_next_image_and_can_be_taken_back(
    client: FlaskClient, ws: Workspace, named_id: str
) -> None:
    first, second = unasked(ws, named_id)[:2]
    address = f"/runs/{named_id}/images/{first}?of={first},{second}&back=/runs/{named_id}/train"
    page = client.get(address).text
    assert f"/runs/{named_id}/train" in page
    assert "1 of 2" in page
    (label,) = labels_now(open_run(ws, named_id), [first])
    assert f'name="shown" value="{label.class_id}"' in page
    sent = {"op_id": "form-1", "shown": label.class_id, "answer": "confirm"}
    gone = client.post(address, data=sent).headers["Location"]
    assert f"/images/{second}?" in gone
    assert labels_now(open_run(ws, named_id), [first])[0].source == "reviewed"
    assert 'name="target" value="form-1"' in client.get(gone).text
    undo = f"/runs/{named_id}/images/{first}/undo"
    client.post(undo, data={"op_id": "undo-1", "target": "form-1"})
    assert labels_now(open_run(ws, named_id), [first]) == [label]


@ON_SQLITE
@pytest.mark.parametrize(
    ("query", "status"),
    [("?of=1,x", 400), ("?of=" + ",".join(map(str, range(300))), 400), ("?of=1,2", 200)],
)
def test_a_list_in_the_address_is_checked(
    client: FlaskClient, named_id: str, query: str, status: int
) -> None:
    assert client.get(f"/runs/{named_id}/images/0{query}").status_code == status
    assert client.get(f"/runs/{named_id}/images/999999").status_code == 404
    page = client.get(f"/runs/{named_id}/images/0?back=https://elsewhere.example/").text
    assert 'data-back="/"' in page
    assert 'href="https://elsewhere' not in page


@ON_SQLITE
def test_single_images_are_answered_over_the_api(
    client: FlaskClient, ws: Workspace, named_id: str
) -> None:
    image = unasked(ws, named_id)[0]
    (label,) = labels_now(open_run(ws, named_id), [image])
    address = f"/api/v1/runs/{named_id}/reviews"
    sent: dict[str, Any] = {"op_id": "one", "kind": "image", "image": image}
    sent |= {"shown": label.class_id, "class_id": None}
    assert client.post(address, json=sent).status_code == 201
    assert client.post(address, json=sent).status_code == 200
    assert labels_now(open_run(ws, named_id), [image])[0].class_id is None
    undo = {"op_id": "two", "kind": "undo", "target": "one"}
    assert client.post(address, json=undo).status_code == 201
    assert labels_now(open_run(ws, named_id), [image]) == [label]
    unknown = {**sent, "op_id": "three", "shown": 10**6}
    assert client.post(address, json=unknown).status_code == 404
    nothing = {**sent, "op_id": "four", "shown": None}
    assert client.post(address, json=nothing).status_code == 400


@ON_SQLITE
def test_each_list_of_images_opens_them_large(
    client: FlaskClient, ws: Workspace, named_id: str
) -> None:
    finish_job(ws, request_training(ws, named_id, 1.0, "logistic").id)
    run = open_run(ws, named_id)
    for screen in ("train", "clusters"):
        page = client.get(f"/runs/{named_id}/{screen}").text
        assert page.count('class="opening" href="/runs/') > 5
        assert f"back=/runs/{named_id}/{screen}" in page.replace("%2F", "/")
    cells = f"/runs/{named_id}/report/cell?result={run.results[0].id}&stage=0&true=0&predicted=0"
    assert f'href="/runs/{named_id}/images/' in client.get(cells).text
    assert run.held_out is not None
    page = client.get(f"/runs/{named_id}/images/{run.held_out[0]}").text
    assert "This is a test image" in page
    assert "data-answers" not in page


def test_odd_pictures_are_looked_for_when_asked(
    client: FlaskClient, ws: Workspace, named_id: str
) -> None:
    address = f"/runs/{named_id}/review/odd"
    assert "Look for them" in client.get(address).text
    assert "/jobs/" in client.post(address).headers["Location"]
    finish_job(ws, open_run(ws, named_id).jobs[0].id)
    assert "Look for them" not in client.get(address).text
    assert client.get(f"{address}?kind=nothing&page=9").status_code == 200
