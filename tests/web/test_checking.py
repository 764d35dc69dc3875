"""Check: begun, named without a suggestion, counted at checkpoints, certified, released."""

import csv
import io
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from labeler.storage.rows import GivenAnswer, Verdict
from labeler.workflow import runs
from labeler.workflow.audit.answers import answer_by_oracle, asking
from labeler.workflow.audit.figures import newest_figures
from labeler.workflow.audit.kept import RunAudit, audit_of
from labeler.workflow.labeling import questions, record_answers
from labeler.workflow.run import open_run
from labeler.workflow.workspace import Workspace
from tests.web.conftest import ON_SQLITE

N_ASKED = 52
"""Fifty images, two of them twice."""


@pytest.fixture
def named_run_id(ws: Workspace, run_id: str) -> str:
    """A run whose every question was answered, rightly."""
    run = open_run(ws, run_id)
    class_of = {label: class_id for class_id, label in run.labels.label_of.items()}
    truth = run.true_labels_of([question.image for question in questions(run)])  # type: ignore[arg-type]
    given = [
        GivenAnswer(question.id, Verdict.CLASS, class_of[label])
        for question, label in zip(questions(run), truth.tolist(), strict=True)
    ]
    record_answers(ws, run_id, "all", "me", given)
    return run_id


@pytest.fixture
def check(client: FlaskClient, named_run_id: str) -> str:
    """The address of a check that began."""
    begun = client.post(f"/runs/{named_run_id}/check")
    assert begun.status_code == 303
    return str(begun.headers["Location"])


def audit_now(ws: Workspace, run_id: str) -> RunAudit:
    audit = audit_of(open_run(ws, run_id))
    assert audit is not None
    return audit


def api_of(check: str) -> str:
    return re.sub("/runs/(.*)/check/", r"/api/v1/runs/\1/audits/", check)


def operate(client: FlaskClient, check: str, **operation: Any) -> Any:
    return client.post(f"{api_of(check)}/operations", json=operation)


def test_before_it_begins_the_page_says_what_it_is(client: FlaskClient, named_run_id: str) -> None:
    page = client.get(f"/runs/{named_run_id}/check").get_data(as_text=True)
    assert "Begin with 50 images" in page
    assert 'aria-current="page">Check' in page


def test_the_page_names_nothing_that_could_sway_the_answer(client: FlaskClient, check: str) -> None:
    page = client.get(check).get_data(as_text=True)
    assert page.count('data-key="1"') == 1
    for told in ("data-suggestion", "In the same cluster", "this answer labels", 'value="mixed"'):
        assert told not in page
    assert f"of <span data-total>{N_ASKED}" in page


@ON_SQLITE
def test_the_api_asks_and_records_as_it_does_for_a_run(
    client: FlaskClient, ws: Workspace, named_run_id: str, check: str
) -> None:
    asked = client.get(f"{api_of(check)}/questions").get_json()
    assert len(asked["questions"]) == N_ASKED
    question, class_id = asked["questions"][0], asked["classes"][0]["id"]
    assert (question["id"], question["cluster"], question["suggestion"]) == (1, None, None)
    given = [{"question_id": 1, "verdict": "class", "class_id": class_id}]
    first = operate(client, check, op_id="a", answers=given, expected={"1": None})
    again = operate(client, check, op_id="a", answers=given, expected={"1": None})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() | {"is_replay": True} == again.get_json()
    crossing = operate(client, check, op_id="b", answers=given, expected={"1": None})
    assert crossing.status_code == 409
    assert operate(client, check, op_id="u", kind="undo", target="a").status_code == 201
    assert client.get(f"{api_of(check)}/operations").get_json()["operations"] == []
    mixed = [{"question_id": 1, "verdict": "mixed"}]
    assert operate(client, check, op_id="m", answers=mixed).status_code == 400
    far = [{"question_id": N_ASKED + 1, "verdict": "skip"}]
    assert operate(client, check, op_id="f", answers=far).status_code == 404
    assert runs.get_run(ws, named_run_id).summary.n_open == 0


def test_forms_do_without_script(client: FlaskClient, ws: Workspace, check: str) -> None:
    run_id = check.split("/")[2]
    client.post(check, data={"question_id": 1, "answer": "skip", "op_id": "a"})
    assert audit_now(ws, run_id).standing[0].verdict is Verdict.SKIP
    undone = client.post(f"{check}/undo", data={"op_id": "u"})
    assert undone.headers["Location"].endswith(f"{check}?q=1")
    assert not audit_now(ws, run_id).standing


def test_figures_come_at_checkpoints(client: FlaskClient, ws: Workspace, check: str) -> None:
    run_id = check.split("/")[2]
    page = client.get(f"/runs/{run_id}/check").get_data(as_text=True)
    assert "until the first figure" in page
    assert client.get(api_of(check)).status_code == 404
    answer_by_oracle(ws, run_id, 1)
    figures = newest_figures(audit_now(ws, run_id))
    assert figures is not None
    page = client.get(f"/runs/{run_id}/check").get_data(as_text=True)
    assert f"{100 * figures.right.estimate:.1f} %" in page
    assert "Go on to 100" in page
    assert client.get(api_of(check)).get_json()["estimate"] == figures.right.estimate
    assert client.get(check).headers["Location"] == f"/runs/{run_id}/check"
    further = client.post(f"{check}/further")
    assert further.headers["Location"] == check
    assert len(asking(audit_now(ws, run_id)).questions) > N_ASKED


def test_the_paper_is_downloaded(client: FlaskClient, ws: Workspace, check: str) -> None:
    run_id = check.split("/")[2]
    paper = f"/runs/{run_id}/check/certificate"
    assert client.get(f"{paper}.html").status_code == 404
    answer_by_oracle(ws, run_id, 1)
    told = client.get(f"{paper}.json").get_json()
    rows = list(csv.DictReader(io.StringIO(client.get(f"{paper}.csv").get_data(as_text=True))))
    assert (told["n"], len(rows)) == (50, 50)
    assert told["label_set"] in client.get(f"{paper}.html").get_data(as_text=True)
    report = client.get(f"/runs/{run_id}/report").get_data(as_text=True)
    assert "Audit: " in report


def test_released_answers_are_those_of_the_run(
    client: FlaskClient, ws: Workspace, check: str
) -> None:
    run_id = check.split("/")[2]
    answer_by_oracle(ws, run_id, 1)
    released = client.post(f"{check}/release")
    assert released.status_code == 303
    assert open_run(ws, run_id).n_imported == 50
    page = client.get(f"/runs/{run_id}/check").get_data(as_text=True)
    assert "may have learned from them" in page
    assert "50 answers released" in page
    assert client.get(f"{check}?q=1").status_code == 303
    assert client.post(f"{check}/release").status_code == 400


def test_another_check_takes_no_answers_to_the_one_before(
    client: FlaskClient, ws: Workspace, check: str
) -> None:
    run_id = check.split("/")[2]
    answer_by_oracle(ws, run_id, 1)
    second = client.post(f"/runs/{run_id}/check").headers["Location"]
    assert second.endswith("/check/2")
    skip = [{"question_id": 1, "verdict": "skip"}]
    assert operate(client, check, op_id="late", answers=skip).status_code == 404
    assert client.get(check).status_code == 404


def test_a_class_with_markup_in_its_name_is_shown_as_text(
    client: FlaskClient, ws: Workspace, check: str
) -> None:
    run_id = check.split("/")[2]
    evil = "<img src=x onerror=alert(1)>\"'"
    client.post(
        f"/runs/{run_id}/classes",
        data={"action": "rename", "class_id": open_run(ws, run_id).classes[0].id, "name": evil},
    )
    answer_by_oracle(ws, run_id, 1)
    client.post(f"{check}/further")
    for path in (f"/runs/{run_id}/check", check, f"/runs/{run_id}/check/certificate.html"):
        page = client.get(path).get_data(as_text=True)
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page
