"""Both halves of the questions, and labels spread over the graph, by form and by JSON."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient

from labeler import words
from labeler.datasets.base import Dataset
from labeler.storage.rows import GivenAnswer, Verdict
from labeler.workflow import labeling, runs
from labeler.workflow.inline import finish_job
from labeler.workflow.run import open_run
from labeler.workflow.spread import spreading
from labeler.workflow.training.results import run_report
from labeler.workflow.workspace import Workspace
from tests.web.conftest import N_QUESTIONS, make_run

FIRST = N_QUESTIONS // 2


@pytest.fixture
def best_run_id(ws: Workspace, bars: Dataset) -> str:
    return make_run(ws, bars, preset="best", features="pixels")


def answer_all(ws: Workspace, run_id: str) -> None:
    """Name what is open by its position, as a careless person would."""
    classes = runs.get_run(ws, run_id).classes
    for one in labeling.questions(open_run(ws, run_id)):
        if one.verdict is None:
            given = [GivenAnswer(one.id, Verdict.CLASS, classes[one.position % 4].id)]
            labeling.record_answers(ws, run_id, f"{run_id}-{one.id}", "me", given)


def finish_all(ws: Workspace, run_id: str) -> None:
    job = runs.get_run(ws, run_id).active_job
    while job is not None:
        finish_job(ws, job.id)
        job = runs.get_run(ws, run_id).active_job


@pytest.fixture
def answered(ws: Workspace, best_run_id: str) -> str:
    answer_all(ws, best_run_id)
    finish_all(ws, best_run_id)
    answer_all(ws, best_run_id)
    return best_run_id


def asked(client: FlaskClient, run_id: str) -> dict[str, Any]:
    return client.get(f"/api/v1/runs/{run_id}/questions").get_json()


def test_the_label_page_counts_the_whole_budget(client: FlaskClient, best_run_id: str) -> None:
    page = client.get(f"/runs/{best_run_id}/label").get_data(as_text=True)
    assert f"of <span data-total>{N_QUESTIONS}</span>" in page
    assert "First half: one image" in page
    assert "data-choosing hidden" in page


def test_a_finished_first_half_waits_calmly_until_the_second_is_there(
    client: FlaskClient, ws: Workspace, best_run_id: str
) -> None:
    answer_all(ws, best_run_id)
    page = client.get(f"/runs/{best_run_id}", follow_redirects=True)
    assert page.request.path.endswith("/label")
    assert b"data-choosing>" in page.data
    assert b"data-finished hidden" in page.data
    waiting = asked(client, best_run_id)
    assert (len(waiting["questions"]), waiting["progress"]["n_total"]) == (FIRST, N_QUESTIONS)
    assert waiting["choosing"]["status"] == "queued"
    finish_all(ws, best_run_id)
    there = asked(client, best_run_id)
    assert [one["kind"] for one in there["questions"]] == ["representatives"] * FIRST + [
        "uncertain"
    ] * (N_QUESTIONS - FIRST)
    assert there["choosing"] is None
    page = client.get(f"/runs/{best_run_id}/label")
    assert b"Second half: images whose labels are uncertain" in page.data
    assert b"hard to tell" in page.data


@pytest.mark.parametrize("n_reads", [1, 2, 3])
def test_questions_and_progress_are_of_one_moment(
    client: FlaskClient,
    ws: Workspace,
    best_run_id: str,
    n_reads: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the page would not look for questions that the progress counts as there."""
    answer_all(ws, best_run_id)
    read, left = ws.database.reading, [n_reads]

    @contextmanager
    def reading() -> Iterator[Any]:
        with read() as session:
            yield session
        left[0] -= 1
        if left[0] == 0:
            monkeypatch.undo()
            finish_all(ws, best_run_id)

    monkeypatch.setattr(ws.database, "reading", reading)
    told = asked(client, best_run_id)
    progress = told["progress"]
    assert progress["n_questions"] == len(told["questions"])
    assert (progress["n_ahead"] > 0) == (progress["n_total"] > len(told["questions"]))
    assert (told["choosing"] is not None) == (progress["n_ahead"] > 0)


def test_a_choice_that_failed_is_told_with_a_way_on(
    client: FlaskClient, ws: Workspace, best_run_id: str
) -> None:
    answer_all(ws, best_run_id)
    for _ in range(2):  # an answer came after the first was asked for, so it is tried once more
        client.post(f"/runs/{best_run_id}/choose")
        job = runs.get_run(ws, best_run_id).active_job
        assert job is not None
        client.post(f"/jobs/{job.id}/cancel")
    page = client.get(f"/runs/{best_run_id}/label").get_data(as_text=True)
    assert "could not be chosen" in page
    client.post(f"/jobs/{job.id}/retry")
    finish_all(ws, best_run_id)
    assert len(asked(client, best_run_id)["questions"]) == N_QUESTIONS


def test_spreading_is_a_job_and_leads_back_to_the_screen_that_needs_it(
    client: FlaskClient, ws: Workspace, answered: str
) -> None:
    for screen in ("train", "export"):
        question = labeling.questions(open_run(ws, answered))[0]
        labeling.record_answers(
            ws, answered, f"again for {screen}", "me", [GivenAnswer(question.id, Verdict.SKIP)]
        )
        before = client.get(f"/runs/{answered}/{screen}").get_data(as_text=True)
        assert "data-send-now" in before
        assert f'action="/runs/{answered}/spread"' in before
        reply = client.post(f"/runs/{answered}/spread", data={"then": screen})
        location = reply.headers["Location"]
        assert "/jobs/" in location
        assert client.get(f"/runs/{answered}/{screen}").headers["Location"] == location
        assert b"Spreading the answers" in client.get(location).data
        finish_all(ws, answered)
        page = client.get(location, follow_redirects=True)
        assert page.request.path.endswith(f"/{screen}")
        assert client.get(f"/runs/{answered}/{screen}").status_code == 200


def test_the_slider_shows_what_a_confidence_labels(
    client: FlaskClient, ws: Workspace, answered: str
) -> None:
    target = f"/api/v1/runs/{answered}/spread?threshold=0.5"
    refused = client.get(target)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (409, "conflict")
    begun = client.post(target)
    assert begun.status_code == 202
    assert client.get(target).get_json() == begun.get_json()
    finish_all(ws, answered)
    expected = spreading.spread(open_run(ws, answered), threshold=0.5)
    assert client.post(target).get_json() == {"job": None}
    reply = client.get(target).get_json()
    assert (reply["method"], reply["fraction"], reply["threshold"]) == ("graph", None, 0.5)
    assert reply["n_labeled"] == expected.n_labeled
    assert reply["label_accuracy"] == expected.label_accuracy
    assert len(reply["borderline"]) == reply["sprite"]["count"]
    page = client.get(f"/runs/{answered}/train?threshold=0.5").get_data(as_text=True)
    assert f"<span data-labeled>{expected.n_labeled}</span>" in page
    assert "Least sure" in page
    inside = client.get(f"/runs/{answered}/train?fraction=0.5").get_data(as_text=True)
    assert "Fraction of each cluster" in inside


@pytest.mark.parametrize("threshold", ["x", "-1", "2", "nan", "inf"])
def test_an_impossible_threshold_is_a_400(
    client: FlaskClient, answered: str, threshold: str
) -> None:
    for target in (f"/api/v1/runs/{answered}/spread", f"/runs/{answered}/train"):
        assert client.get(f"{target}?threshold={threshold}").status_code == 400
    form = {"threshold": threshold}
    assert client.post(f"/runs/{answered}/train", data=form).status_code == 400


def test_a_run_without_a_graph_has_no_threshold(client: FlaskClient, run_id: str) -> None:
    reply = client.get(f"/api/v1/runs/{run_id}/spread?threshold=0.5")
    assert reply.status_code == 400
    assert "has no graph" in reply.get_json()["error"]["message"]
    assert "Over the graph" not in client.get(f"/runs/{run_id}/train").get_data(as_text=True)


def test_a_training_by_form_keeps_the_confidence(
    client: FlaskClient, ws: Workspace, answered: str
) -> None:
    reply = client.post(f"/runs/{answered}/train", data={"threshold": "0.4"})
    assert reply.status_code == 303
    finish_all(ws, answered)
    assert runs.get_run(ws, answered).threshold == 0.4
    report, page = run_report(open_run(ws, answered)), client.get(f"/runs/{answered}/report").text
    assert report.simulation is not None
    names = [words.stage_name(stage) for stage in report.simulation.stages]
    assert "spread over the graph" in names
    assert "combined with neighbours" in names
    assert re.findall(r'<th scope="row">(.*?)</th><td class="number">', page)[: len(names)] == names


@pytest.mark.parametrize(
    "features",
    ["/etc/passwd.npy", "a.npy", "smell", "shape+a.npz", "onnx:/net.onnx", "shape+smell"],
)
def test_no_file_is_read_for_somebody_who_only_names_it(
    client: FlaskClient, ws: Workspace, features: str
) -> None:
    body = {"name": "x", "source": "digits", "features": features}
    assert client.post("/api/v1/runs", json=body).status_code == 400
    form = {"dataset": "known:digits", "features": features}
    assert client.post("/runs/new", data=form).status_code == 400
    assert not runs.list_runs(ws)


def test_the_form_offers_the_preset_best_first(client: FlaskClient) -> None:
    page = client.get("/runs/new").get_data(as_text=True)
    assert 'name="preset" value="best" checked' in page
    assert 'name="preset" value="classic">' in page
