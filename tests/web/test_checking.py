"""Check: begun, named without a suggestion, counted at checkpoints, certified, released."""

import csv
import io
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from labeler.datasets.base import Dataset
from labeler.storage.rows import GivenAnswer, Verdict
from labeler.workflow import runs
from labeler.workflow.audit.answers import answer_by_oracle, asking
from labeler.workflow.audit.figures import newest_figures
from labeler.workflow.audit.kept import RunAudit, audit_of
from labeler.workflow.inline import finish_job
from labeler.workflow.labeling import questions, record_answers
from labeler.workflow.pictures.originals import OriginalFile
from labeler.workflow.run import open_run
from labeler.workflow.training.request import request_training
from labeler.workflow.workspace import Workspace
from tests.web.conftest import ON_SQLITE, answer_all, job_of, make_run
from tests.web.test_reads import MOST_STATEMENTS, counting

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
    assert "How right are the labels?" in page
    assert "Begin with 50 images, 2 of them twice" in page


@ON_SQLITE
def test_where_nothing_is_spread_no_check_can_begin(client: FlaskClient, run_id: str) -> None:
    page = client.get(f"/runs/{run_id}/check").text
    assert "No label is spread yet" in page
    assert "Begin with" not in page


@ON_SQLITE
def test_skips_alone_are_no_figure_to_stop_at(
    client: FlaskClient, ws: Workspace, check: str
) -> None:
    run_id = check.split("/")[2]
    finish_job(ws, request_training(ws, run_id).id)
    for place in range(1, N_ASKED + 1):
        client.post(check, data={"question_id": place, "answer": "skip", "op_id": f"skip-{place}"})
    page = client.get(f"/runs/{run_id}/check").text
    assert "nothing is known of the labels" in page
    assert "this figure stands" not in page
    assert "The classifier that was trained last" not in page


@ON_SQLITE
def test_how_many_come_twice_is_said_wherever_they_are_counted(
    client: FlaskClient, ws: Workspace, check: str
) -> None:
    run_id = check.split("/")[2]
    overview, naming = (client.get(url).text for url in (f"/runs/{run_id}/check", check))
    assert f"{N_ASKED} answers of {N_ASKED} are missing" in overview
    assert "at 50 images; 2 of them come twice" in overview
    assert "2 come twice" in naming
    assert audit_now(ws, run_id).n_twice == N_ASKED - 50


def test_labels_are_spread_over_the_graph_before_they_are_checked(
    client: FlaskClient, ws: Workspace, bars: Dataset
) -> None:
    run_id = make_run(ws, bars, preset="best", features="pixels")
    answer_all(ws, run_id)
    page = client.get(f"/runs/{run_id}/check").get_data(as_text=True)
    assert "data-send-now" in page
    assert 'name="then" value="check"' in page
    asked = client.post(f"/runs/{run_id}/spread", data={"then": "check"})
    assert asked.headers["Location"].endswith("?then=check")
    finish_job(ws, job_of(asked.headers["Location"].partition("?")[0]))
    assert "Begin with 50 images" in client.get(f"/runs/{run_id}/check").get_data(as_text=True)
    check = client.post(f"/runs/{run_id}/check").headers["Location"]
    answer_by_oracle(ws, run_id, 1)
    told = client.get(api_of(check)).get_json()
    assert told["spread"]["method"] == "graph"
    assert "guessed spread" in told["design"]
    answer_again(ws, run_id)  # the labels of now wait until somebody spreads them
    page = client.get(f"/runs/{run_id}/check").get_data(as_text=True)
    assert f"{100 * told['estimate']:.1f} %" in page


def answer_again(ws: Workspace, run_id: str) -> None:
    run = open_run(ws, run_id)
    given = GivenAnswer(run.asked[0].id, Verdict.CLASS, run.classes[-1].id)
    record_answers(ws, run_id, "again", "me", [given])


def test_the_page_names_nothing_that_could_sway_the_answer(client: FlaskClient, check: str) -> None:
    page = client.get(check).get_data(as_text=True)
    assert page.count('data-key="1"') == 1
    for told in ("data-suggestion", "In the same cluster", "this answer labels", 'value="mixed"'):
        assert told not in page
    assert f"of <span data-total>{N_ASKED}" in page


@ON_SQLITE
def test_a_folder_named_after_its_class_is_not_told(
    client: FlaskClient, check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = OriginalFile("sandal/1.jpg", "/home/ada/sandal/1.jpg", 8, 8, "0" * 64)
    for module in ("labeler.web.screens.checking.check", "labeler.web.api.pictures"):
        monkeypatch.setattr(f"{module}.original_of", lambda *_: file)
    page = client.get(check).get_data(as_text=True)
    assert "data-original=" in page
    assert "sandal/" not in page
    asked = client.get(f"{api_of(check)}/questions").get_json()["questions"]
    assert {(q["original"]["path"], q["original"]["place"]) for q in asked} == {("", None)}


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


def test_an_answer_is_one_transaction(client: FlaskClient, ws: Workspace, check: str) -> None:
    skip = [{"question_id": 1, "verdict": "skip"}]
    with counting(ws) as cost:
        assert operate(client, check, op_id="a", answers=skip).status_code == 201
    assert (cost.reads, cost.writes) == (0, 1)
    assert len(cost.statements) <= MOST_STATEMENTS
    for address in (check, f"{api_of(check)}/questions", f"{api_of(check)}/operations"):
        with counting(ws) as cost:
            assert client.get(address).status_code == 200
        assert (cost.reads, cost.writes) == (1, 0)
        assert len(cost.statements) <= MOST_STATEMENTS


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
    assert "Asked twice, the same answer: 2 of 2." in page
    assert page.count("With what was named before") == 1
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
    finish_job(ws, request_training(ws, run_id, 1.0, "logistic").id)
    report = client.get(f"/runs/{run_id}/report").get_data(as_text=True)
    assert "an audit of 50 images says so" in report


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


@ON_SQLITE
def test_none_of_these_is_told_beside_its_class(
    client: FlaskClient, ws: Workspace, check: str
) -> None:
    run_id = check.split("/")[2]
    assert 'value="none" data-key="x"' in client.get(check).get_data(as_text=True)
    client.post(check, data={"question_id": 1, "answer": "none", "op_id": "a"})
    nothing = [{"question_id": 2, "verdict": "none"}]
    assert operate(client, check, op_id="b", answers=nothing).status_code == 201
    in_run = client.post(
        f"/api/v1/runs/{run_id}/operations", json={"op_id": "c", "answers": nothing}
    )
    assert in_run.status_code == 400
    answer_by_oracle(ws, run_id, 1)
    told = client.get(api_of(check)).get_json()
    assert (told["none_of_these"], told["skipped"]) == (2, 0)
    assert sum(part["none_of_these"] for part in told["by_class"]) == 2
    for path in (f"/runs/{run_id}/check", f"/runs/{run_id}/check/certificate.html"):
        page = client.get(path).get_data(as_text=True)
        assert "Of no class" in page
        assert f"{100 * told['without_class']['estimate']:.1f} %" in page


@ON_SQLITE
def test_more_of_a_class_is_asked_for(client: FlaskClient, ws: Workspace, check: str) -> None:
    run_id = check.split("/")[2]
    answer_by_oracle(ws, run_id, 1)
    page = client.get(f"/runs/{run_id}/check").get_data(as_text=True)
    assert "name 30 more images" in page
    class_id = open_run(ws, run_id).classes[0].id
    before = client.get(api_of(check)).get_json()
    asked = client.post(f"{check}/more", data={"class_id": class_id})
    assert asked.headers["Location"] == check
    assert "name 30 more images" not in client.get(f"/runs/{run_id}/check").get_data(as_text=True)
    assert client.get(check).status_code == 200
    answer_by_oracle(ws, run_id, 1)
    after = client.get(api_of(check)).get_json()
    assert after["beside"] > 0
    assert [after[name] for name in ("n", "low", "high")] == [
        before[name] for name in ("n", "low", "high")
    ]
    assert after["by_class"][0]["n"] == before["by_class"][0]["n"] + after["beside"]
    assert client.post(f"{check}/more", data={"class_id": 10**9}).status_code == 404


@ON_SQLITE
def test_earlier_checks_are_listed(client: FlaskClient, ws: Workspace, check: str) -> None:
    run_id = check.split("/")[2]
    answer_by_oracle(ws, run_id, 1)
    first = client.get(f"/runs/{run_id}/check/certificate.json").get_json()
    assert "Earlier checks" not in client.get(f"/runs/{run_id}/check").get_data(as_text=True)
    client.post(f"/runs/{run_id}/check")
    with counting(ws) as cost:
        page = client.get(f"/runs/{run_id}/check").get_data(as_text=True)
    assert (cost.reads, cost.writes) == (1, 0)
    assert len(cost.statements) <= MOST_STATEMENTS
    assert "Earlier checks" in page
    assert first["label_set"] in page
    assert f"{100 * first['low']:.1f} to {100 * first['high']:.1f} %" in page
    kept = f"{check}/certificate"
    assert f"{kept}.html" in page
    assert client.get(f"{kept}.json").get_json() == first
    assert first["label_set"] in client.get(f"{kept}.html").get_data(as_text=True)
    assert client.get(f"/runs/{run_id}/check/2/certificate.csv").status_code == 404
    assert client.get(f"/runs/{run_id}/check/3/certificate.csv").status_code == 404


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
