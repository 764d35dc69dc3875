"""The model of a run: what scored it is what the file says, to the last image."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage

from labeler.datasets.base import Dataset
from labeler.exceptions import ConfigError, InputError
from labeler.prediction.file import read_model, write_model
from labeler.storage.rows import Job, JobStatus
from labeler.workflow.array_names import Array, predictions
from labeler.workflow.models.naming import name_pictures
from labeler.workflow.models.request import ready_model, request_model
from labeler.workflow.models.run_model import model_of_run
from labeler.workflow.models.state import is_trained, own_stage
from labeler.workflow.run import open_run
from labeler.workflow.training.request import request_training
from labeler.workflow.workspace import Workspace
from tests.workflow.conftest import NewPrepared


@pytest.mark.parametrize(
    "settings", [{"preset": "best", "features": "pixels"}, {"preset": "classic"}]
)
def test_a_model_says_what_the_run_was_scored_with(
    ws: Workspace,
    prepared: NewPrepared,
    finish: Callable[[Job], Job],
    bars: Dataset,
    settings: dict[str, str],
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
    assert (model.features(test) == ws.array(run.row.artefacts[Array.TEST_FEATURES])).all()
    assert len(model.about.label_set) == 64
    assert model.label_named("A") == 0


def test_a_run_without_truth_or_training(
    ws: Workspace,
    prepared: NewPrepared,
    finish: Callable[[Job], Job],
    bars_without_test: Dataset,
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
    assert ready.path.stat().st_size == ready.n_bytes


def test_pictures_are_named_and_none_is_kept(model_file: Path, tmp_path: Path) -> None:
    picture = BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (30, 20), dtype=np.uint8)
    Image.fromarray(pixels).save(picture, "PNG")
    sent = [
        FileStorage(BytesIO(picture.getvalue()), "C:\\pictures\\noise.png"),
        FileStorage(BytesIO(b"no picture"), "../../broken.jpg"),
    ]
    noise, broken = name_pictures(model_file, sent, tmp_path / "uploads")["rows"]
    assert noise["file_name"] == "noise.png"
    assert noise["unfamiliar"]
    assert noise["class_name"] in "abcd"
    assert (broken["file_name"], "class_name" in broken) == ("broken.jpg", False)
    assert not list((tmp_path / "uploads").iterdir())
    with pytest.raises(InputError, match="0 pictures"):
        name_pictures(model_file, [], tmp_path / "uploads")
