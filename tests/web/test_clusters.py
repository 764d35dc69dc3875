"""The Clusters screens: what they show, and that splitting and merging go through them."""

import re

import pytest
from flask.testing import FlaskClient

from labeler.datasets.base import Dataset
from labeler.storage.rows import GivenAnswer, Verdict
from labeler.workflow import labeling, runs
from labeler.workflow.clusters.lineage import standing_changes
from labeler.workflow.clusters.views import run_clusters
from labeler.workflow.exploration.request import request_exploration
from labeler.workflow.inline import finish_job
from labeler.workflow.run import open_run
from labeler.workflow.views import QuestionView
from labeler.workflow.workspace import Workspace


def page_of(client: FlaskClient, path: str, status: int = 200) -> str:
    reply = client.get(path)
    assert reply.status_code == status
    return reply.get_data(as_text=True)


def name_first(ws: Workspace, run_id: str, *class_places: int) -> list[QuestionView]:
    """Give the first questions the classes at these places, in one operation each."""
    classes = runs.get_run(ws, run_id).classes
    asked = labeling.questions(open_run(ws, run_id))
    for question, place in zip(asked, class_places, strict=False):
        given = [GivenAnswer(question.id, Verdict.CLASS, classes[place].id)]
        labeling.record_answers(ws, run_id, f"op-{question.id}", "ada", given)
    return list(asked)


def mark_mixed(ws: Workspace, run_id: str) -> QuestionView:
    question = labeling.questions(open_run(ws, run_id))[0]
    given = [GivenAnswer(question.id, Verdict.MIXED)]
    labeling.record_answers(ws, run_id, "mixed", "ada", given)
    return question


def test_every_cluster_has_a_card_with_its_figures_and_images(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    page = page_of(client, f"/runs/{run_id}/clusters?all=1")
    found = run_clusters(open_run(ws, run_id)).view
    assert len(found.cards) == 8
    for card in found.cards:
        assert f'id="cluster-{card.name}"' in page
        assert sum(one.n_images for one in card.classes) == card.size
        assert len(set(card.nearest) | set(card.farthest)) <= card.size
    assert sum(card.n_test for card in found.cards) == 80
    assert page.count("<circle") == 200  # the whole pool on the map; nothing measured over k yet
    assert "Not measured yet" in page
    assert 'aria-current="page">Clusters' in page


def test_the_worst_clusters_come_first_and_the_others_are_asked_for(
    client: FlaskClient, ws: Workspace, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeler.web.screens.clusters.FIRST_CARDS", 3)
    page = page_of(client, f"/runs/{run_id}/clusters")
    worst = [card.name for card in run_clusters(open_run(ws, run_id)).view.worst_first]
    assert re.findall(r'id="cluster-(\d+)"', page) == [str(name) for name in worst[:3]]
    assert 'href="?all=1#cards">Show 5 more clusters' in page
    page = page_of(client, f"/runs/{run_id}/clusters?all=1")
    assert re.findall(r'id="cluster-(\d+)"', page) == [str(name) for name in worst]


def test_a_mixed_cluster_comes_first_and_is_split_into_questions(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    question = mark_mixed(ws, run_id)
    page = page_of(client, f"/runs/{run_id}/clusters")
    first = re.search(r'id="cluster-(\d+)"', page)
    assert first is not None
    assert int(first.group(1)) == question.cluster
    assert "answered “mixed”" in page
    form = {"cluster": str(question.cluster), "k": "2", "op_id": "one"}

    client.post(f"/runs/{run_id}/clusters/split", data=form)
    page = page_of(client, f"/runs/{run_id}/clusters")
    assert "the budget is 8. Raise the budget to 10 first." in page
    assert runs.get_run(ws, run_id).summary.n_questions == 8

    form |= {"raise_budget": "yes"}
    for _ in range(2):  # the second is the same again, as after a lost reply
        reply = client.post(f"/runs/{run_id}/clusters/split", data=form)
        assert reply.status_code == 303
    page = page_of(client, f"/runs/{run_id}/clusters")
    assert f"Cluster {question.cluster} is split into 8, 9: 2 new questions." in page
    assert f"Part of {question.cluster}" in page
    summary = runs.get_run(ws, run_id).summary
    assert (summary.n_questions, summary.run.budget) == (10, 10)
    label = page_of(client, f"/runs/{run_id}/label")
    assert "Question" in label

    reply = client.post(f"/runs/{run_id}/clusters/split", data=form | {"op_id": "two"})
    page = page_of(client, f"/runs/{run_id}/clusters")
    assert "was split by me into 8, 9" in page

    client.post(f"/runs/{run_id}/clusters/undo", data={"op_id": "three"})
    page = page_of(client, f"/runs/{run_id}/clusters")
    assert f"there is cluster {question.cluster} again" in page
    assert runs.get_run(ws, run_id).summary.n_questions == 8


def test_clusters_named_the_same_are_offered_for_merging(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    asked = name_first(ws, run_id, 0, 1, 0)
    page = page_of(client, f"/runs/{run_id}/clusters")
    assert "Named the same" in page
    same = [str(asked[0].cluster), str(asked[2].cluster)]
    client.post(f"/runs/{run_id}/clusters/merge", data={"cluster": same, "op_id": "m"})
    assert "are one cluster now: 8" in page_of(client, f"/runs/{run_id}/clusters")
    wrong = ["8", str(asked[1].cluster)]
    client.post(f"/runs/{run_id}/clusters/merge", data={"cluster": wrong, "op_id": "n"})
    assert "Only clusters with the same answer" in page_of(client, f"/runs/{run_id}/clusters")


def test_the_budget_is_raised_and_never_lowered(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    client.post(f"/runs/{run_id}/budget", data={"budget": "20"})
    client.post(f"/runs/{run_id}/budget", data={"budget": "9"})
    page = page_of(client, f"/runs/{run_id}/clusters")
    assert "can only be raised" in page
    assert runs.get_run(ws, run_id).run.budget == 20
    assert client.post(f"/runs/{run_id}/budget", data={"budget": "x"}).status_code == 400


def test_the_indices_are_measured_by_a_job_and_then_shown(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    reply = client.post(f"/runs/{run_id}/clusters/explore", data={"first": "2", "last": "6"})
    assert reply.status_code == 303
    job = runs.get_run(ws, run_id).active_job
    assert job is not None
    assert "how many clusters" in page_of(client, reply.headers["Location"])
    finish_job(ws, job.id)
    leads = client.get(reply.headers["Location"])
    assert leads.headers["Location"].endswith(f"/runs/{run_id}/clusters#indices")
    page = page_of(client, f"/runs/{run_id}/clusters")
    assert page.count('class="chart index-chart"') == 5
    for title in ("Inertia", "Silhouette", "Calinski", "Davies", "Stability"):
        assert title in page
    for first, last in (("1", "5"), ("6", "2"), ("2", "900")):
        client.post(f"/runs/{run_id}/clusters/explore", data={"first": first, "last": last})
        assert "it can go from 2 to 100" in page_of(client, f"/runs/{run_id}/clusters")


def test_a_data_set_is_explored_split_and_looked_at_without_any_run(
    client: FlaskClient, ws: Workspace, run_id: str, bars: Dataset
) -> None:
    dataset = runs.get_run(ws, run_id).dataset
    path = f"/datasets/{dataset.id}/clusters"
    assert path in page_of(client, "/datasets")
    assert "Not measured yet" in page_of(client, path)
    reply = client.post(path, data={"first": "2", "last": "5"})
    finish_job(ws, int(reply.headers["Location"].rsplit("/", 1)[1]))
    assert client.get(reply.headers["Location"]).headers["Location"].startswith(path)
    page = page_of(client, f"{path}?k=4")
    assert page.count('class="cluster-card"') == 4
    assert page.count('class="chart index-chart"') == 5
    page = page_of(client, f"{path}?k=3&split=0:2&cluster=0.1&parts=2")
    assert re.findall(r'id="cluster-([\d.]+)"', page) == ["0.0", "0.1.0", "0.1.1", "1", "2"]
    assert "Take the last back" in page
    for wrong in ("k=77", "k=3&split=9:2", "k=3&split=0:2&split=0:2"):
        assert client.get(f"{path}?{wrong}").status_code == 303
    for wrong in ("k=x", "split=1:x", "features=nothing"):
        page_of(client, f"{path}?{wrong}", 400)
    page_of(client, "/datasets/999/clusters", 404)


def test_without_ground_truth_the_screens_say_what_cannot_be_known(
    client: FlaskClient, ws: Workspace, blind_run_id: str
) -> None:
    name_first(ws, blind_run_id, 0, 1)
    page = page_of(client, f"/runs/{blind_run_id}/clusters")
    assert "no true labels" in page
    assert "its true class" not in page
    assert "histogram" not in page
    dataset = runs.get_run(ws, blind_run_id).dataset
    finish_job(ws, request_exploration(ws, (2, 4), dataset_id=dataset.id).id)
    assert "no true labels" in page_of(client, f"/datasets/{dataset.id}/clusters")


def test_programs_split_merge_and_take_back_too(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    path = f"/api/v1/runs/{run_id}/clusters"
    mark_mixed(ws, run_id)
    found = client.get(path).get_json()
    assert (found["budget"], found["n_asked"], len(found["clusters"])) == (8, 8, 8)
    worst = found["clusters"][0]
    assert worst["verdict"] == "mixed"
    body = {"op_id": "s", "kind": "split", "cluster": worst["cluster"], "k": 3}
    refused = client.post(f"{path}/changes", json=body)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (409, "budget")
    assert client.post(f"/api/v1/runs/{run_id}/budget", json={"budget": 11}).status_code == 200
    made = client.post(f"{path}/changes", json=body)
    assert (made.status_code, made.get_json()["n_questions"]) == (201, 3)
    again = client.post(f"{path}/changes", json=body)
    assert (again.status_code, again.get_json()["is_replay"]) == (200, True)
    late = client.post(f"{path}/changes", json=body | {"op_id": "t"})
    assert (late.status_code, late.get_json()["error"]["code"]) == (409, "clusters_changed")
    undone = client.post(f"{path}/changes", json={"op_id": "u", "kind": "undo"})
    assert undone.get_json()["children"] == [worst["cluster"]]
    assert [one["kind"] for one in client.get(path).get_json()["changes"]] == ["split", "undo"]
    assert client.post(f"{path}/changes", json={"op_id": "v", "kind": "x"}).status_code == 400
    with pytest.raises(StopIteration):
        next(iter(standing_changes(open_run(ws, run_id).changes)))


def test_a_class_named_by_markup_is_shown_as_it_is(
    client: FlaskClient, ws: Workspace, blind_run_id: str
) -> None:
    evil = "<img src=x onerror=alert(1)></template><script>"
    labeling.add_class(ws, blind_run_id, evil)
    name_first(ws, blind_run_id, 2, 2)
    page = page_of(client, f"/runs/{blind_run_id}/clusters")
    assert evil not in page
    assert page.count("&lt;img src=x onerror=alert(1)&gt;") >= 3
