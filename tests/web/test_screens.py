"""Runs, new run, jobs, spreading, training, report, images."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from labeler import words
from labeler.datasets.base import Dataset
from labeler.storage import jobs as job_rows
from labeler.storage import runs as run_rows
from labeler.storage.rows import GivenAnswer, Verdict
from labeler.web import WebSettings, create_app
from labeler.workflow import labeling, runs
from labeler.workflow.inline import finish_job
from labeler.workflow.run import open_run
from labeler.workflow.spread import spreading
from labeler.workflow.training import results
from labeler.workflow.workspace import Workspace
from tests.web.conftest import N_QUESTIONS, ON_SQLITE, answer_all, job_of, logged_in, make_run


@pytest.fixture
def trained(client: FlaskClient, ws: Workspace, bars: Dataset) -> str:
    run_id = make_run(ws, bars, answerer="oracle")
    form = {"fraction": "0.7", "classifier": "logistic", "comparisons": "yes"}
    reply = client.post(f"/runs/{run_id}/train", data=form)
    finish_job(ws, job_of(reply.headers["Location"]))
    return run_id


def test_without_a_run_the_start_page_leads_to_the_first(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    assert "No run yet" in page
    assert 'href="/runs/new"' in page


def test_a_card_says_how_far_its_run_is(client: FlaskClient, ws: Workspace, run_id: str) -> None:
    question = labeling.questions(open_run(ws, run_id))[0]
    labeling.record_answers(ws, run_id, "a", "me", [GivenAnswer(question.id, Verdict.SKIP)])
    page = client.get("/").get_data(as_text=True)
    assert f'<span class="figure">1</span> of {N_QUESTIONS} answered' in page
    assert "/sprite.png" in page


def test_a_run_is_renamed_duplicated_deleted_and_taken_back(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    client.post(f"/runs/{run_id}/rename", data={"name": "stripes"})
    client.post(f"/runs/{run_id}/duplicate")
    assert {one.run.name for one in runs.list_runs(ws)} == {"stripes", "stripes (copy)"}
    assert b"Delete" in client.get(f"/runs/{run_id}/delete").data
    assert len(runs.list_runs(ws)) == 2
    gone = client.post(f"/runs/{run_id}/delete")
    assert len(runs.list_runs(ws)) == 1
    assert b"Take it back" in client.get(gone.headers["Location"]).data
    client.post(f"/runs/{run_id}/restore")
    assert len(runs.list_runs(ws)) == 2


@ON_SQLITE
def test_one_click_makes_a_run_of_the_digits(client: FlaskClient, ws: Workspace) -> None:
    job = client.post("/runs/new", data={"dataset": "known:digits"}).headers["Location"]
    assert client.get(job).status_code == 200
    finish_job(ws, job_of(job))
    target = client.get(job, follow_redirects=True)
    assert target.request.path.endswith("/label")
    (run,) = runs.list_runs(ws)
    assert (run.run.preset, run.run.budget, run.n_questions) == ("best", 50, 25)
    assert b"First half" in target.data


@pytest.mark.parametrize(
    "form",
    [
        {"dataset": "known:nothing"},
        {"dataset": "known:/etc"},
        {"dataset": "dataset:x"},
        {"dataset": "known:digits", "budget": "many"},
        {"dataset": "known:digits", "error_rate": "lots"},
        {"dataset": "known:digits", "classifier": "magic"},
        {"dataset": "known:digits", "preset": "worst"},
        {"dataset": "upload"},
        {"dataset": "path", "path": "/etc/passwd"},
        {"dataset": "path", "path": "/does/not/exist"},
        {"dataset": "path", "path": "a\0b"},
        {"dataset": "path"},
        {},
    ],
)
def test_a_mistake_in_the_form_brings_it_back_with_the_reason(
    client: FlaskClient, ws: Workspace, form: dict[str, str]
) -> None:
    reply = client.post("/runs/new", data={"name": "kept name", **form})
    assert reply.status_code == 400
    page = reply.get_data(as_text=True)
    assert 'class="note error"' in page
    assert 'value="kept name"' in page
    assert not runs.list_runs(ws)


def test_a_forbidden_folder_reads_the_same_whether_it_exists_or_not(client: FlaskClient) -> None:
    def reason(path: str) -> str:
        reply = client.post("/runs/new", data={"dataset": "path", "path": path})
        page = reply.get_data(as_text=True)
        return page.split('role="status">')[1].split("</p>")[0].replace(path, "PATH")

    assert reason("/etc") == reason("/not-here")


def test_a_folder_under_an_allowed_root_is_read_and_a_link_out_of_it_is_not(
    ws: Workspace, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    root.mkdir()
    np.savez(root / "bars.npz", x=np.zeros((20, 8, 8), np.uint8), y=np.arange(20) % 2)
    (root / "out").symlink_to("/etc")
    settings = WebSettings(secret_key=b"k" * 32, data_roots=(root,))
    client = logged_in(create_app(ws, settings))
    inside = {"dataset": "path", "path": str(root / "bars.npz"), "budget": "2"}
    assert client.post("/runs/new", data=inside).status_code == 303
    outside = {"dataset": "path", "path": str(root / "out")}
    assert client.post("/runs/new", data=outside).status_code == 400


def npz() -> io.BytesIO:
    file = io.BytesIO()
    rng = np.random.default_rng(0)
    np.savez(file, x=rng.integers(0, 255, (40, 8, 8), np.uint8), y=np.arange(40) % 2)
    file.seek(0)
    return file


def test_an_upload_becomes_a_run_and_leaves_nothing_in_staging(
    client: FlaskClient, ws: Workspace
) -> None:
    form = {"dataset": "upload", "file": (npz(), "../<b>.npz"), "budget": "4", "preset": "classic"}
    reply = client.post("/runs/new", data=form)
    assert reply.status_code == 303
    finish_job(ws, job_of(reply.headers["Location"]))
    assert not list(ws.uploads.iterdir())
    assert runs.list_runs(ws)[0].run.name == "<b>"


@pytest.mark.parametrize("name", ["notes.txt", "page.html", "model.h5", "noending", ""])
def test_a_file_that_is_no_data_set_is_refused_before_a_job(
    client: FlaskClient, ws: Workspace, name: str
) -> None:
    form = {"dataset": "upload", "file": (io.BytesIO(b"text"), name)}
    assert client.post("/runs/new", data=form).status_code == 400
    assert not ws.uploads.exists() or not list(ws.uploads.iterdir())


def test_an_upload_beyond_the_limit_is_a_413(ws: Workspace) -> None:
    app = create_app(ws, WebSettings(secret_key=b"k" * 32, max_upload_bytes=1000))
    body, kind = b"x" * 1_200_000, "multipart/form-data; boundary=x"
    reply = logged_in(app).post("/runs/new", data=body, content_type=kind)
    assert reply.status_code == 413


def test_a_damaged_upload_ends_its_job_with_the_reason(client: FlaskClient, ws: Workspace) -> None:
    form = {"dataset": "upload", "file": (io.BytesIO(b"not a zip"), "images.zip")}
    location = client.post("/runs/new", data=form).headers["Location"]
    with pytest.raises(Exception, match="ZIP-1"):
        finish_job(ws, job_of(location))
    page = client.get(location).get_data(as_text=True)
    assert "ZIP-1" in page
    assert "Upload it again" in page
    assert "Try again" not in page


def test_a_waiting_job_is_cancelled_and_started_again(client: FlaskClient, ws: Workspace) -> None:
    location = client.post("/runs/new", data={"dataset": "known:digits"}).headers["Location"]
    client.post(f"/jobs/{job_of(location)}/cancel")
    assert b"was stopped" in client.get(location).data
    again = client.post(f"/jobs/{job_of(location)}/retry").headers["Location"]
    assert again != location
    assert b"about to start" in client.get(again).data


@ON_SQLITE
def test_a_job_in_the_queue_says_what_it_waits_for(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    client.post("/runs/new", data={"dataset": "known:digits"})
    location = client.post(f"/runs/{run_id}/review/order").headers["Location"]
    page = client.get(location).text
    waits = "waiting until this is done: Getting the images ready (another run)"
    assert waits in page
    assert "name images" in page
    told = client.get(f"/api/v1/jobs/{job_of(location)}").get_json()
    assert told["waiting"].startswith(waits)
    answer_all(ws, run_id)
    assert "name images" not in client.get(location).text


def test_a_job_that_is_of_no_run_and_no_data_set_leads_to_the_start(
    client: FlaskClient, ws: Workspace
) -> None:
    with ws.database.writing() as session:
        job = job_rows.enqueue(session, "tally", {})
    finish_job(ws, job.id, handlers={"tally": lambda _context: lambda _session: {"n_runs": 0}})
    assert client.get(f"/jobs/{job.id}").headers["Location"] == "/"


def test_a_seventh_job_is_refused_politely(client: FlaskClient) -> None:
    codes = [
        client.post("/runs/new", data={"dataset": "known:digits", "seed": str(n)}).status_code
        for n in range(8)
    ]
    assert codes[:5] == [303] * 5
    assert codes[-1] == 429


def test_the_slider_shows_what_a_fraction_labels(
    client: FlaskClient, ws: Workspace, run_id: str
) -> None:
    answer_all(ws, run_id)
    expected = spreading.spread(open_run(ws, run_id), 0.5)
    reply = client.get(f"/api/v1/runs/{run_id}/spread?fraction=0.5").get_json()
    assert reply["n_labeled"] == expected.n_labeled
    assert reply["label_accuracy"] == expected.label_accuracy
    assert len(reply["borderline"]) == reply["sprite"]["count"]
    page = client.get(f"/runs/{run_id}/train?fraction=0.5").get_data(as_text=True)
    assert f"<span data-labeled>{expected.n_labeled}</span>" in page


def test_labels_taken_as_answers_are_not_said_to_be_right(
    client: FlaskClient, taken_run_id: str, run_id: str
) -> None:
    page = client.get(f"/runs/{taken_run_id}/train").get_data(as_text=True)
    assert "<span>not known</span> <small>no true labels beside the answers</small>" in page
    for untrue in ("data-accuracy", "with all true labels", "by the true labels"):
        assert untrue not in page
    page = client.get(f"/runs/{run_id}/train").get_data(as_text=True)
    for true in ("data-accuracy", "with all true labels"):
        assert true in page
    assert "data-marked hidden" in page  # nothing is spread, so nothing is marked


def test_every_page_counts_the_same_questions(
    client: FlaskClient, ws: Workspace, bars_in_part: Dataset
) -> None:
    options = {"preset": "best", "features": "pixels", "budget": 20, "use_labels": True}
    run_id = make_run(ws, bars_in_part, **options)
    progress = client.get(f"/api/v1/runs/{run_id}/questions").get_json()["progress"]
    summary = client.get(f"/api/v1/runs/{run_id}").get_json()["run"]
    n_given, beside = 10 - progress["n_open"], f"{progress['n_imported']} labels taken from the"
    assert (summary["n_questions"], summary["n_imported"]) == (10, progress["n_imported"])
    assert (progress["n_total"], summary["n_answered"]) == (20, n_given)
    assert n_given + progress["n_imported"] == 24
    pages = (
        "/",
        f"/runs/{run_id}/label",
        f"/runs/{run_id}/train?fraction=1",
        f"/runs/{run_id}/sheet",
    )
    start, label, train, sheet = (client.get(one).get_data(as_text=True) for one in pages)
    assert [beside in page for page in (start, label, train, sheet)] == [True] * 4
    assert f'<span class="figure">{n_given}</span> of 20 answered' in start
    assert f"data-given>{n_given}</span> of <span data-total>20</span> answered" in label
    assert f"{20 - n_given} questions of 20 still open, beside {beside}" in train
    assert f'Unanswered <span class="muted" data-n>{10 - n_given}<' in sheet


@pytest.mark.parametrize("fraction", ["x", "-1", "2", "nan", "inf", "1e999"])
def test_an_impossible_fraction_is_a_400(client: FlaskClient, run_id: str, fraction: str) -> None:
    assert client.get(f"/api/v1/runs/{run_id}/spread?fraction={fraction}").status_code == 400
    assert client.get(f"/runs/{run_id}/train?fraction={fraction}").status_code == 400
    form = {"fraction": fraction}
    assert client.post(f"/runs/{run_id}/train", data=form).status_code == 400


def test_training_waits_for_an_answer(client: FlaskClient, run_id: str) -> None:
    assert client.post(f"/runs/{run_id}/train", data={"fraction": "1"}).status_code == 400
    assert b"No image is named yet" in client.get(f"/runs/{run_id}/train").data


def test_the_report_shows_the_figures_of_the_training(
    client: FlaskClient, ws: Workspace, trained: str
) -> None:
    page = client.get(f"/runs/{trained}/report").get_data(as_text=True)
    found = results.run_report(open_run(ws, trained))
    assert found.simulation is not None
    for stage in found.simulation.stages:
        assert f'data-accuracy="{stage.test_accuracy.mean}"' in page
        assert f'<th scope="row">{words.stage_name(stage)}</th>' in page
    assert page.count("<circle") == len(found.simulation.stages)
    assert page.count('<a href="/runs/') >= N_QUESTIONS


def test_a_cell_of_the_confusion_matrix_opens_its_images(
    client: FlaskClient, ws: Workspace, trained: str
) -> None:
    found = results.run_report(open_run(ws, trained))
    assert found.result is not None
    confusion = np.array(found.result.metrics.stages[0].confusion)
    true, predicted = (int(one) for one in np.argwhere(confusion)[0])
    cell = f"/runs/{trained}/report/cell?result={found.result.id}&stage=0"
    page = client.get(f"{cell}&true={true}&predicted={predicted}").get_data(as_text=True)
    assert page.partition("<main")[2].count('role="img"') == confusion[true, predicted]
    assert client.get(f"{cell}&true=0&predicted=99").status_code == 404
    assert client.get(f"{cell}&true=x&predicted=0").status_code == 400


def test_the_report_says_when_answers_changed_since(
    client: FlaskClient, ws: Workspace, trained: str
) -> None:
    assert b"changed since" not in client.get(f"/runs/{trained}/report").data
    question = labeling.questions(open_run(ws, trained))[0]
    labeling.record_answers(ws, trained, "new", "me", [GivenAnswer(question.id, Verdict.SKIP)])
    assert b"changed since" in client.get(f"/runs/{trained}/report").data


def test_without_ground_truth_the_report_says_what_cannot_be_known(
    client: FlaskClient, ws: Workspace, blind_run_id: str
) -> None:
    answer_all(ws, blind_run_id)
    reply = client.post(f"/runs/{blind_run_id}/train", data={"fraction": "1"})
    finish_job(ws, job_of(reply.headers["Location"]))
    page = client.get(f"/runs/{blind_run_id}/report").get_data(as_text=True)
    assert "no accuracy was measured" in page
    assert "Mean confidence" in page
    assert "Test accuracy" not in page
    assert "not known" in client.get(f"/runs/{blind_run_id}/train").get_data(as_text=True)


def test_an_image_is_a_png_made_here_and_never_changes(
    client: FlaskClient, ws: Workspace, run_id: str, bars: Dataset
) -> None:
    dataset = runs.get_run(ws, run_id).dataset
    target = f"/images/{dataset.id}/3.png"
    reply = client.get(f"{target}?v={dataset.content_hash[:12]}")
    pixels = np.asarray(Image.open(io.BytesIO(reply.data)))
    assert (pixels == bars.train.images[3]).all()
    assert reply.mimetype == "image/png"
    assert "immutable" in reply.headers["Cache-Control"]
    assert "sandbox" in reply.headers["Content-Security-Policy"]
    assert client.get(target).headers["Cache-Control"] == "private, no-store"


def test_a_sprite_holds_the_images_side_by_side(
    client: FlaskClient, ws: Workspace, run_id: str, bars: Dataset
) -> None:
    dataset = runs.get_run(ws, run_id).dataset
    reply = client.get(f"/images/{dataset.id}/sprite.png?i=5,1")
    pixels = np.asarray(Image.open(io.BytesIO(reply.data)))
    assert (pixels == np.hstack([bars.train.images[5], bars.train.images[1]])).all()


@pytest.mark.parametrize("asked", ["", "x", "1,,2", "-1", "1" * 30, ",".join(["1"] * 500)])
def test_a_sprite_of_nonsense_is_a_400(client: FlaskClient, run_id: str, asked: str) -> None:
    assert client.get(f"/images/1/sprite.png?i={asked}").status_code == 400


def test_the_api_document_names_every_route_of_the_api(app: Flask, client: FlaskClient) -> None:
    document = json.loads(client.get("/api/v1/openapi.json").data)
    described = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    there = {
        (method, rule.rule.replace("<int:", "{").replace("<", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == there


def test_a_defect_is_a_drawn_page_without_particulars(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(session: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(run_rows, "count", fail)
    for target in ("/", "/api/v1/runs"):
        reply = client.get(target)
        assert reply.status_code == 500
        assert b"secret detail" not in reply.data
        assert b"Try once more" in reply.data
    assert client.get("/api/v1/runs").get_json()["error"]["code"] == "defect"


def test_the_labels_of_an_upload_are_taken_where_the_box_says_so(
    client: FlaskClient, ws: Workspace
) -> None:
    assert b'type="checkbox" name="use_labels"' in client.get("/runs/new").data
    form = {"dataset": "upload", "file": (npz(), "set.npz"), "budget": "4", "preset": "classic"}
    reply = client.post("/runs/new", data={**form, "use_labels": "yes"})
    finish_job(ws, job_of(reply.headers["Location"]))
    run_id = runs.list_runs(ws)[0].run.id
    told = "40 of 40 images have a label already: 8 held out to test on, 32 taken as answers"
    assert told in client.get(f"/runs/{run_id}/train").get_data(as_text=True)
    assert "40 with a label already" in client.get("/runs/new").get_data(as_text=True)


def test_labels_are_for_no_oracle(client: FlaskClient) -> None:
    form = {"dataset": "known:digits", "answerer": "oracle", "use_labels": "yes"}
    reply = client.post("/runs/new", data=form)
    assert reply.status_code >= 400
    assert "An oracle answers from the labels" in reply.get_data(as_text=True)
    body = {"name": "x", "source": "digits", "answerer": "oracle", "use_labels": True}
    assert client.post("/api/v1/runs", json=body).status_code == reply.status_code
