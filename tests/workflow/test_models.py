"""The model of a run: what scored it is what the file says, to the last image."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage

from labeler.datasets.base import Dataset
from labeler.exceptions import ConfigError, InputError, TooBusyError
from labeler.learning.audit import drawn_to_chance
from labeler.learning.graph import PoolIndex
from labeler.prediction.file import read_contents, read_model, write_model
from labeler.prediction.held_out import held_out_by
from labeler.storage.rows import Job, JobStatus
from labeler.web import WebSettings, create_app
from labeler.workflow.array_names import Array, predictions
from labeler.workflow.audit.answers import answer_by_oracle, go_on
from labeler.workflow.audit.begin import begin_audit
from labeler.workflow.audit.telling import line_of_labels
from labeler.workflow.models import naming
from labeler.workflow.models.calibrated import calibration_of
from labeler.workflow.models.naming import MOST_BYTES, name_pictures
from labeler.workflow.models.request import ready_model, request_model
from labeler.workflow.models.run_model import model_of_run
from labeler.workflow.models.state import choice_of, is_trained, own_stage
from labeler.workflow.run import Run, open_run
from labeler.workflow.runs import rename_run
from labeler.workflow.training.keeping import kept_ensemble
from labeler.workflow.training.request import request_training
from labeler.workflow.workspace import Workspace
from tests.commands import run_apart, run_here
from tests.web.conftest import logged_in
from tests.workflow.conftest import NewPrepared


@pytest.mark.parametrize(
    "settings", [{"preset": "best", "features": "pixels", "budget": 40}, {"preset": "classic"}]
)
def test_a_model_says_what_the_run_was_scored_with(
    ws: Workspace,
    prepared: NewPrepared,
    finish: Callable[[Job], Job],
    bars: Dataset,
    settings: dict[str, Any],
    tmp_path: Path,
) -> None:
    row = prepared(bars, answerer="oracle", **settings)
    assert finish(request_training(ws, row.id)).status is JobStatus.DONE
    run = open_run(ws, row.id)
    write_model(model_of_run(run), tmp_path / "model.zip")
    model, test = read_model(tmp_path / "model.zip"), run.pool_dataset.test
    assert test is not None
    said = model.predict(test)
    result, stage = run.results[0], own_stage(run.results[0])
    assert stage is not None
    place = result.metrics.stages.index(stage)
    assert (said.labels == ws.array(result.artefacts[predictions(place)])).all()
    assert (said.labels == test.labels).mean() == model.about.accuracy == stage.test_accuracy.mean
    if model.calibration is not None:
        choice = choice_of(result)
        assert choice is not None
        assert 20 <= model.about.calibrated_by_answers == choice.n_foretold <= choice.n_answers
        claimed = model.predict_proba(test)[np.arange(len(said)), said.labels]
        expected = drawn_to_chance(choice.slope, 4).calibrate(claimed, said.labels)
        np.testing.assert_allclose(said.confidences, expected, rtol=1e-5)
    assert (model.calibration is None) == (settings["preset"] == "classic")
    assert (model.features(test) == ws.array(run.row.artefacts[Array.TEST_FEATURES])).all()
    assert len(model.about.label_set) == 64
    assert model.label_named("A") == 0
    assert model.about.held_out is None


def test_a_run_without_truth_or_training(
    ws: Workspace,
    prepared: NewPrepared,
    finish: Callable[[Job], Job],
    bars_without_test: Dataset,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = prepared(bars_without_test, preset="best", features="pixels", answerer="oracle")
    with pytest.raises(ConfigError, match="not trained"):
        request_model(ws, row.id)
    assert finish(request_training(ws, row.id, comparisons=False)).status is JobStatus.DONE
    run = open_run(ws, row.id)
    assert is_trained(run)
    job = finish(request_model(ws, row.id))
    assert job.status is JobStatus.DONE, job.error
    ready = ready_model(open_run(ws, row.id))
    assert ready is not None
    assert ready.is_current
    held_out = run.pool_dataset.test
    assert held_out is not None
    assert ready.about.held_out == held_out_by(run.config.seed, held_out)
    assert ready.path.stat().st_size == ready.n_bytes
    assert "which is no Keras net" in ready.missing["keras"]
    is_there = find_spec("onnx") is not None and find_spec("onnxruntime") is not None
    assert ("onnx" in ready.others) is is_there
    assert all(place.is_file() for place in ready.others.values())
    page = logged_in(create_app(ws, WebSettings(secret_key=b"k" * 32)))
    for kind in ("onnx", "keras"):
        answer = page.get(f"/runs/{row.id}/classifier/model.{kind}")
        assert answer.status_code == (200 if kind in ready.others else 404)
        answer.close()
    pictures = [(BytesIO(b"x"), f"{number}.png") for number in range(300)]
    address = f"/runs/{row.id}/classifier/pictures"
    answer = page.post(address, data={"pictures": pictures})
    assert "300 pictures; expected 1 to 48" in answer.get_data(as_text=True)
    length = {"CONTENT_LENGTH": str(MOST_BYTES + 1)}
    form = "multipart/form-data; boundary=x"
    answer = page.post(address, data=b"", content_type=form, environ_overrides=length)
    assert answer.status_code == 413
    assert "up to 48 pictures, 50 MB in all" in answer.get_data(as_text=True)
    monkeypatch.setattr(naming, "PATIENCE", 0)
    with naming._turn():
        answer = page.post(address, data={"pictures": [(BytesIO(b"x"), "one.png")]})
    assert answer.status_code == 503
    assert "try again in a moment" in answer.get_data(as_text=True)


def test_pictures_are_named_and_none_is_kept(
    model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (30, 20), dtype=np.uint8)
    Image.fromarray(pixels).save(picture, "PNG")
    sent = [
        FileStorage(BytesIO(picture.getvalue()), "C:\\pictures\\noise.png"),
        FileStorage(BytesIO(b"no picture"), "../../broken.jpg"),
    ]
    sent.reverse()  # rows come in the order sent, whatever can be read
    broken, noise = name_pictures(model_file, sent, tmp_path / "uploads")["rows"]
    assert noise["file_name"] == "noise.png"
    assert noise["unfamiliar"]
    assert noise["class_name"] in "abcd"
    assert (broken["file_name"], "class_name" in broken) == ("broken.jpg", False)
    assert not list((tmp_path / "uploads").iterdir())
    monkeypatch.setattr(naming, "PATIENCE", 0)
    with naming._turn(), pytest.raises(TooBusyError, match="Other pictures are being named"):
        name_pictures(model_file, sent, tmp_path / "uploads")
    assert len(name_pictures(model_file, sent[:1], tmp_path / "uploads")["rows"]) == 1
    with pytest.raises(InputError, match="0 pictures"):
        name_pictures(model_file, [], tmp_path / "uploads")


@pytest.mark.parametrize("ws", ["sqlite"], indirect=True)
def test_a_model_takes_what_an_audit_found_along(
    ws: Workspace,
    prepared: NewPrepared,
    finish: Callable[[Job], Job],
    bars: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mistaken = np.where(np.arange(len(bars.train)) % 5, bars.train.labels, 0)
    found = replace(bars, train=replace(bars.train, labels=mistaken))
    row = prepared(found, preset="best", features="pixels", answerer="oracle")
    assert finish(request_training(ws, row.id, comparisons=False)).status is JobStatus.DONE
    assert finish(request_model(ws, row.id)).status is JobStatus.DONE
    audit = begin_audit(ws, row.id)
    go_on(ws, row.id, audit.number, 100)
    answer_by_oracle(ws, row.id, audit.number)
    run, test = open_run(ws, row.id), bars.test
    assert test is not None
    file, table, figures = (tmp_path / name for name in ("model.zip", "said.csv", "said.json"))
    made = run_here("model", row.id, "--output", file, LABELER_INSTANCE=str(ws.instance))
    assert made.returncode == 0, made.stderr
    assert "calibrated by an audit of 100 images" in made.stderr

    about = read_contents(file).about
    assert about.calibrated_by == 100
    assert about.certificate == line_of_labels(run)
    page = logged_in(create_app(ws, WebSettings(secret_key=b"k" * 32)))
    assert "An audit of 100 images is there since." in page.get(
        f"/runs/{row.id}/classifier"
    ).get_data(as_text=True)
    begin_audit(ws, row.id)  # that knows nothing yet: the one before it calibrates
    np.save(tmp_path / "new.npy", test.images)
    asked = (file, tmp_path / "new.npy", "--output", table, "--json", figures)
    done = run_apart("predict", *asked)
    assert done.returncode == 0, done.stderr
    assert about.certificate in done.stdout
    told = json.loads(figures.read_text(encoding="utf-8"))
    assert told["calibrated_by"] == "an audit of 100 images"
    assert (told["calibrated"], told["certificate"]) == (True, about.certificate)
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    with ZipFile("photos.zip", "w") as archive:
        archive.writestr("a.txt", "no model")
    for name in ("photos", "photos.zip"):  # what runs are called by default
        rename_run(ws, row.id, name)
        environment = {"LABELER_INSTANCE": str(ws.instance)}
        by_run = run_here("predict", name, asked[1], "--json", "-", **environment)
        assert json.loads(by_run.stdout) == told, by_run.stderr
        assert run_here("model", name, "--output", "again.zip", **environment).returncode == 0

    said = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    confidences = np.array([float(line["confidence"]) for line in said])
    labels, plain, worth = as_the_run_says(open_run(ws, row.id), test.images)
    assert [int(line["label"]) for line in said] == labels.tolist()
    np.testing.assert_allclose(confidences, worth, rtol=1e-5)
    assert np.abs(worth - plain).max() > 0.01
    assert told["mean_confidence"] == pytest.approx(worth.mean(), rel=1e-5)


def as_the_run_says(run: Run, images: np.ndarray) -> tuple[np.ndarray, ...]:
    """Its classes for its test images, what it claims of them, and what the audit makes of that."""
    ensemble = kept_ensemble(run.ws, run.results[0])
    assert ensemble is not None
    X = np.asarray(run.ws.array(run.row.artefacts[Array.TEST_FEATURES]))
    heard = PoolIndex(np.asarray(run.features)).nearest(X)
    said = ensemble.said(X, heard if ensemble.soft_labels is not None else None)
    labels = ensemble.named(X, heard, None, said)
    claimed = said[np.arange(len(labels)), labels]
    by = calibration_of(run, choice_of(run.results[0]), ensemble)
    assert by.curve is not None
    assert (by.n_audited, by.n_answers) == (100, 0)
    assert len(images) == len(X)
    return labels, claimed, by.curve.calibrate(claimed, labels)
