"""The screen and the address for labels that are looked at page by page."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from labeler.storage.rows import GivenAnswer, Verdict
from labeler.workflow import labeling, runs
from labeler.workflow.inline import finish_job
from labeler.workflow.reviewing.pages import Review, open_review
from labeler.workflow.reviewing.queue import request_order
from labeler.workflow.run import open_run
from labeler.workflow.workspace import Workspace


@pytest.fixture
def ordered_id(ws: Workspace, run_id: str) -> str:
    """A run whose questions are answered, with its labels in order."""
    classes = runs.get_run(ws, run_id).classes
    given = [
        GivenAnswer(question.id, Verdict.CLASS, classes[number % 2].id)
        for number, question in enumerate(labeling.questions(open_run(ws, run_id)))
    ]
    labeling.record_answers(ws, run_id, "answers", "me", given)
    finish_job(ws, request_order(ws, run_id).id)
    return run_id


def operation(review: Review, **changes: Any) -> dict[str, Any]:
    return {
        "op_id": "page-1",
        "kind": "page",
        "queue": review.queue,
        "page": review.left[0],
        "marks": {},
        "duration_ms": 3000,
        **changes,
    }


def test_a_run_without_an_order_offers_to_make_one(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    page = client.get(f"/runs/{run_id}/review")
    assert "Begin" in page.text
    assert "data-leaf" not in page.text
    asked = client.post(f"/runs/{run_id}/review/order")
    assert "/jobs/" in asked.headers["Location"]
    assert open_run(ws, run_id).jobs[0].kind == "review"


def test_a_page_does_not_tell_which_labels_are_known_errors(
    client: FlaskClient, ws: Workspace, ordered_id: str
) -> None:
    review = open_review(ws, ordered_id)
    page = client.get(f"/runs/{ordered_id}/review").text
    view = review.page(review.left[0])
    assert page.count('class="tile"') == len(view.images)
    assert f"are called <em>{view.run_class.name}</em>" in page
    assert review.order is not None
    assert review.order.is_planted.any()
    assert page.count("planted") == 1, "the figure, which is hidden until there is one"


def test_a_page_is_recorded_by_the_api_and_taken_back(
    client: FlaskClient, ws: Workspace, ordered_id: str
) -> None:
    review = open_review(ws, ordered_id)
    address = f"/api/v1/runs/{ordered_id}/reviews"
    image = review.page(review.left[0]).images[0]
    sent = operation(review, marks={str(image): None})
    first, again = client.post(address, json=sent), client.post(address, json=sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json is not None
    assert (first.json["op_id"], first.json["n_done"]) == ("page-1", 1)
    assert again.json == {**first.json, "is_replay": True}
    undone = client.post(address, json={"op_id": "undo-1", "kind": "undo", "target": "page-1"})
    assert undone.status_code == 201
    assert open_review(ws, ordered_id).left == review.left
    refused = client.post(address, json={"op_id": "undo-2", "kind": "undo", "target": "page-1"})
    assert refused.status_code == 409


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"queue": 7}, 409),
        ({"page": 10_000}, 404),
        ({"marks": {"no": None}}, 400),
        ({"marks": {"199999": None}}, 400),
        ({"marks": None}, 400),
    ],
)
def test_what_is_no_page_is_refused(
    client: FlaskClient, ws: Workspace, ordered_id: str, changes: dict[str, Any], status: int
) -> None:
    sent = operation(open_review(ws, ordered_id), **changes)
    assert client.post(f"/api/v1/runs/{ordered_id}/reviews", json=sent).status_code == status
    assert not open_review(ws, ordered_id).done


def test_a_page_by_form_and_back(client: FlaskClient, ws: Workspace, ordered_id: str) -> None:
    review = open_review(ws, ordered_id)
    number = review.left[0]
    form = {"op_id": "form-1", "queue": review.queue, "page": number, "class": ""}
    marks = [str(image) for image in review.page(number).images[:2]]
    sent = client.post(f"/runs/{ordered_id}/review", data={**form, "mark": marks})
    assert sent.status_code == 303
    assert open_review(ws, ordered_id).left == review.left[1:]
    back = {"op_id": "form-2", "target": "form-1", "page": number}
    sent = client.post(f"/runs/{ordered_id}/review/undo", data=back)
    assert sent.headers["Location"].endswith(f"/review?page={number}")
    assert open_review(ws, ordered_id).left == review.left


def test_all_pages_looked_at_leads_on(client: FlaskClient, ws: Workspace, ordered_id: str) -> None:
    review = open_review(ws, ordered_id)
    for number in review.left:
        sent = operation(review, page=number, op_id=f"page-{number}")
        assert client.post(f"/api/v1/runs/{ordered_id}/reviews", json=sent).status_code == 201
    page = client.get(f"/runs/{ordered_id}/review").text
    assert "All of these pages are looked at" in page
    assert ">Spread and train</a> with what you said" in page
    assert "Take the last page back" in page


def test_pages_of_one_class_lead_to_others_of_it(
    client: FlaskClient, ws: Workspace, ordered_id: str
) -> None:
    review = open_review(ws, ordered_id)
    class_id = review.page(review.left[0]).run_class.id
    page = client.get(f"/runs/{ordered_id}/review?class={class_id}").text
    of_class = review.left_of(class_id)
    follows = f"?class={class_id}&amp;page={of_class[1]}" if len(of_class) > 1 else "data-leaf"
    assert follows in page
    for number in of_class:
        client.post(
            f"/api/v1/runs/{ordered_id}/reviews",
            json=operation(review, page=number, op_id=f"of-class-{number}"),
        )
    page = client.get(f"/runs/{ordered_id}/review?class={class_id}").text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    sent = client.post(f"/runs/{ordered_id}/review/undo", data=fields)
    assert sent.headers["Location"].endswith(f"/review?page={of_class[-1]}&class={class_id}")
    assert client.get(f"/runs/{ordered_id}/review?class=999999").status_code == 200
    assert client.get(f"/runs/{ordered_id}/review?page=999999").status_code == 404
