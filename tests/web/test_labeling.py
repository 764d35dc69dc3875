"""Questions, answers, undo and classes, by form and by JSON."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from labeler.workflow import labeling, runs
from labeler.workflow.run import open_run
from labeler.workflow.workspace import Workspace
from tests.web.conftest import N_QUESTIONS, logged_in


def asked(client: FlaskClient, run_id: str) -> dict[str, Any]:
    return client.get(f"/api/v1/runs/{run_id}/questions").get_json()


def operate(client: FlaskClient, run_id: str, **operation: Any) -> Any:
    return client.post(f"/api/v1/runs/{run_id}/operations", json=operation)


def answer(client: FlaskClient, run_id: str, op_id: str, question: int, class_id: int) -> Any:
    given = {"question_id": question, "verdict": "class", "class_id": class_id}
    return operate(client, run_id, op_id=op_id, answers=[given])


@pytest.fixture
def question(client: FlaskClient, run_id: str) -> int:
    return asked(client, run_id)["questions"][0]["id"]


@pytest.fixture
def class_ids(client: FlaskClient, run_id: str) -> list[int]:
    return [one["id"] for one in asked(client, run_id)["classes"]]


def test_the_label_page_shows_the_first_open_question_with_its_keys(
    client: FlaskClient, run_id: str, question: int
) -> None:
    page = client.get(f"/runs/{run_id}/label").get_data(as_text=True)
    assert f'name="question_id" value="{question}"' in page
    assert page.count('data-key="1"') == 1
    assert "this answer labels" in page
    assert f"of <span data-total>{N_QUESTIONS}" in page


def test_an_answer_by_form_is_recorded_and_leads_to_the_next(
    client: FlaskClient, ws: Workspace, run_id: str, question: int, class_ids: list[int]
) -> None:
    form = {"question_id": question, "answer": f"class:{class_ids[1]}", "op_id": "form-1"}
    reply = client.post(f"/runs/{run_id}/label", data=form)
    assert reply.status_code == 303
    assert labeling.questions(open_run(ws, run_id))[0].class_id == class_ids[1]
    next_page = client.get(f"/runs/{run_id}/label").get_data(as_text=True)
    assert f'name="question_id" value="{question}"' not in next_page


def test_an_undo_by_form_shows_its_question_again(
    client: FlaskClient, run_id: str, question: int, class_ids: list[int]
) -> None:
    answer(client, run_id, "a", question, class_ids[0])
    reply = client.post(f"/runs/{run_id}/undo", data={"op_id": "u"})
    assert reply.headers["Location"].endswith(f"/label?q={question}")
    assert asked(client, run_id)["progress"]["n_open"] == N_QUESTIONS


def test_the_same_operation_sent_again_changes_nothing(
    client: FlaskClient, run_id: str, question: int, class_ids: list[int]
) -> None:
    first = answer(client, run_id, "a", question, class_ids[0])
    again = answer(client, run_id, "a", question, class_ids[0])
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() | {"is_replay": True} == again.get_json()
    assert len(client.get(f"/api/v1/runs/{run_id}/operations").get_json()["operations"]) == 1


def test_an_op_id_with_another_body_is_refused(
    client: FlaskClient, run_id: str, question: int, class_ids: list[int]
) -> None:
    answer(client, run_id, "a", question, class_ids[0])
    reply = answer(client, run_id, "a", question, class_ids[1])
    assert reply.status_code == 422
    assert reply.get_json()["error"]["code"] == "op_id_reused"


def test_an_answer_that_crosses_another_is_told_what_stands(
    app: Flask, client: FlaskClient, run_id: str, question: int, class_ids: list[int]
) -> None:
    answer(logged_in(app), run_id, "theirs", question, class_ids[0])
    given = {"question_id": question, "verdict": "skip"}
    reply = operate(client, run_id, op_id="ours", answers=[given], expected={str(question): None})
    assert reply.status_code == 409
    standing = reply.get_json()["error"]["answers"]
    assert [one["op_id"] for one in standing] == ["theirs"]


def test_undo_takes_back_step_by_step_the_named_operation_too(
    client: FlaskClient, run_id: str, question: int, class_ids: list[int]
) -> None:
    for number in (0, 1):
        answer(client, run_id, f"a{number}", question, class_ids[number])
    assert operate(client, run_id, op_id="u1", kind="undo", target="a1").status_code == 201
    assert asked(client, run_id)["questions"][0]["class_id"] == class_ids[0]
    assert operate(client, run_id, op_id="u2", kind="undo").status_code == 201
    assert asked(client, run_id)["questions"][0]["verdict"] is None
    assert operate(client, run_id, op_id="u3", kind="undo").status_code == 409


def test_a_selection_on_the_contact_sheet_gets_one_answer(
    client: FlaskClient, run_id: str, class_ids: list[int]
) -> None:
    ids = [one["id"] for one in asked(client, run_id)["questions"]][:3]
    form = {"question": ids, "answer": f"class:{class_ids[2]}", "op_id": "sheet-1"}
    assert client.post(f"/runs/{run_id}/sheet", data=form).status_code == 303
    named = [one for one in asked(client, run_id)["questions"] if one["class_id"] == class_ids[2]]
    assert [one["id"] for one in named] == ids


def test_the_contact_sheet_has_every_question_in_the_order_of_likeness(
    client: FlaskClient, run_id: str
) -> None:
    page = client.get(f"/runs/{run_id}/sheet").get_data(as_text=True)
    in_order = sorted(asked(client, run_id)["questions"], key=lambda one: one["order"])
    places = [page.index(f'data-question="{one["id"]}"') for one in in_order]
    assert places == sorted(places)


def test_a_filter_hides_what_does_not_pass(client: FlaskClient, run_id: str, question: int) -> None:
    operate(client, run_id, op_id="s", answers=[{"question_id": question, "verdict": "skip"}])
    page = client.get(f"/runs/{run_id}/sheet?show=skipped").get_data(as_text=True)
    assert page.count('data-state="unanswered" hidden') == N_QUESTIONS - 1
    assert 'data-state="skipped">' in page


def test_classes_are_added_renamed_and_merged_without_losing_an_answer(
    client: FlaskClient, run_id: str, question: int, class_ids: list[int]
) -> None:
    def change(**form: Any) -> None:
        assert client.post(f"/runs/{run_id}/classes", data=form).status_code == 303

    answer(client, run_id, "a", question, class_ids[0])
    change(action="add", name="boots", key="b")
    change(action="rename", class_id=class_ids[0], name="shoes", key="1")
    added = asked(client, run_id)["classes"][-1]
    assert (added["name"], added["key"]) == ("boots", "b")
    change(action="merge", class_id=class_ids[0], into=added["id"])
    assert asked(client, run_id)["questions"][0]["class_id"] == added["id"]
    change(action="unmerge", class_id=class_ids[0])
    now = asked(client, run_id)
    assert now["questions"][0]["class_id"] == class_ids[0]
    assert now["classes"][0]["name"] == "shoes"


@pytest.mark.parametrize("key", ["x", "g", "?", "S"])
def test_a_class_cannot_take_the_key_of_a_command(
    client: FlaskClient, run_id: str, key: str
) -> None:
    reply = client.post(f"/api/v1/runs/{run_id}/classes", json={"name": "new", "key": key})
    assert reply.status_code == 409


def test_a_class_beyond_the_tenth_gets_shift_and_a_digit(client: FlaskClient, run_id: str) -> None:
    for number in range(8):
        client.post(f"/api/v1/runs/{run_id}/classes", json={"name": f"more {number}"})
    page = client.get(f"/runs/{run_id}/label").get_data(as_text=True)
    assert 'data-key="0"' in page
    assert 'data-key="shift+1"' in page
    assert 'data-key="shift+2"' in page
    assert 'data-key="shift+3"' not in page


def test_names_with_markup_are_shown_as_text(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    evil = "<img src=x onerror=alert(1)>\"'"
    runs.rename_run(ws, run_id, evil)
    labeling.add_class(ws, run_id, evil)
    for path in ("/", *(f"/runs/{run_id}/{one}" for one in ("label", "sheet", "train", "export"))):
        page = client.get(path).get_data(as_text=True)
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"text"',
        b"{",
        b"[" * 100_000,
        b'{"op_id": NaN}',
        b'{"op_id": 7, "answers": []}',
        b'{"op_id": "a", "answers": {}}',
        b'{"op_id": "a", "answers": [7]}',
        b'{"op_id": "a", "answers": []}',
        b'{"op_id": "", "answers": [{"question_id": 1, "verdict": "skip"}]}',
        b'{"op_id": "a", "answers": [{"question_id": 9223372036854775808, "verdict": "skip"}]}',
        b'{"op_id": "a", "answers": [{"question_id": -1, "verdict": "skip"}]}',
        b'{"op_id": "a", "answers": [{"question_id": true, "verdict": "skip"}]}',
        b'{"op_id": "a", "answers": [{"question_id": 1.5, "verdict": "skip"}]}',
        b'{"op_id": "a", "answers": [{"question_id": 1, "verdict": "perhaps"}]}',
        b'{"op_id": "a", "answers": [{"question_id": 1, "verdict": "class"}]}',
        b'{"op_id": "\\ud800", "answers": [{"question_id": 1, "verdict": "skip"}]}',
        b'{"op_id": "\\u0000", "answers": [{"question_id": 1, "verdict": "skip"}]}',
        b'{"op_id": "a", "kind": "delete"}',
        b'{"op_id": "a", "answers": [{"question_id": 1, "verdict": "skip"}], "expected": {"x": 1}}',
        b"\xff\xfe",
    ],
)
def test_a_bad_body_is_a_400_that_says_so(client: FlaskClient, run_id: str, body: bytes) -> None:
    target = f"/api/v1/runs/{run_id}/operations"
    reply = client.post(target, data=body, content_type="application/json")
    assert reply.status_code == 400
    assert reply.get_json()["error"]["message"]


def test_json_under_another_type_is_refused(client: FlaskClient, run_id: str) -> None:
    reply = client.post(f"/api/v1/runs/{run_id}/operations", data="{}", content_type="text/plain")
    assert reply.status_code == 415


@pytest.mark.parametrize("path", ["label", "sheet", "train", "report", "export", "export.csv"])
def test_a_run_that_is_not_there_is_a_drawn_404(client: FlaskClient, path: str) -> None:
    reply = client.get(f"/runs/nothing/{path}")
    assert reply.status_code == 404
    assert b"<h1>Not here</h1>" in reply.data
