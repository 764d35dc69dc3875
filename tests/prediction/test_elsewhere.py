"""Models for other programs: an ONNX file and a Keras net say what Labeler says."""

import json
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from labeler.datasets.registry import load_dataset
from labeler.exceptions import ConfigError
from labeler.imaging.pixels import resize_pixels
from labeler.learning.audit import LogitCurve
from labeler.learning.classifiers.neural_net import NeuralNetClassifier
from labeler.learning.ensemble import Ensemble, SoftLabels
from labeler.learning.small_net.distortions import STRONG
from labeler.learning.small_net.net import SmallNet
from labeler.prediction.file import read_model
from labeler.prediction.keras_file import write_keras
from labeler.prediction.model import Model
from labeler.prediction.onnx_file import confidence_of, inputs_of, run_onnx, said_of, write_onnx
from tests.commands import run_here
from tests.conftest import make_bars
from tests.prediction.conftest import make_model


def images() -> np.ndarray:
    test = make_bars().test
    assert test is not None
    return test.images


def differs(model: Model, path: Path) -> float:
    """How far onnxruntime is from our own arithmetic, where it names every image as we do."""
    pictures = images()
    X = model.features(pictures)
    found = run_onnx(path.read_bytes(), inputs_of(model, pictures, X))
    ours = said_of(model, pictures, X)
    assert found.label.tolist() == ours.argmax(axis=1).tolist()
    assert found.probabilities.shape == ours.shape
    sure = np.abs(found.confidence - confidence_of(model, ours)).max()
    return float(max(np.abs(found.probabilities - ours).max(), sure))


def test_digits_are_named_the_same_in_onnx(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    digits = load_dataset("digits")
    model = make_model("shape", of=digits, n_labels=30, strategy="representatives")
    curve = LogitCurve(np.linspace(-1, 1, 10), np.linspace(0.3, 1.2, 10))
    model = replace(model, calibration=curve)
    assert "features" in write_onnx(model, tmp_path / "digits.onnx")
    pictures = digits.train.images[:1000]
    X = model.features(pictures)
    found = run_onnx((tmp_path / "digits.onnx").read_bytes(), inputs_of(model, pictures, X))
    ours = said_of(model, pictures, X)
    assert (found.label == ours.argmax(axis=1)).mean() >= 0.999
    assert np.abs(found.probabilities - ours).max() <= 1e-5
    sure = confidence_of(model, ours)
    assert np.abs(found.confidence - sure).max() <= 1e-5
    assert np.abs(sure - model.predict(pictures).confidences).max() <= 1e-5
    assert np.abs(sure - ours.max(axis=1)).max() > 0.01
    told = {prop.key: prop.value for prop in onnx.load(tmp_path / "digits.onnx").metadata_props}
    assert json.loads(told["classes"]) == list(digits.classes)
    assert told["features"] == "shape"


@pytest.mark.parametrize("n_components", [200, 20])
def test_of_pixels_the_whole_path_is_in_the_file(n_components: int, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    model = make_model(n_components=n_components)
    assert "takes images of 8 × 8" in write_onnx(model, tmp_path / "bars.onnx")
    assert differs(model, tmp_path / "bars.onnx") < 1e-6


def test_every_head_is_written_whatever_classes_it_saw(model: Model, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    bars = make_bars().train
    X, labels = model.features(bars), bars.labels
    untrained = type(model.ensemble.classifier)
    for seen in ([2], [1, 3], [0, 1, 3]):
        some = np.isin(labels, seen)
        alone = untrained().fit(X[some], labels[some])
        soft = SoftLabels(np.eye(4, dtype=np.float32)[labels], labels != 2)
        for parts in ((None, None), (None, model.ensemble.classifier), (soft, alone)):
            one = replace(model, ensemble=Ensemble(4, alone, *parts), self_test=None)
            write_onnx(one, tmp_path / "one.onnx")
            assert differs(one, tmp_path / "one.onnx") < 1e-5


@pytest.mark.slow
def test_a_net_is_opened_by_plain_keras_and_by_onnxruntime(model: Model, tmp_path: Path) -> None:
    bars = make_bars().train
    X, some = model.features(bars), bars.labels != 1
    net = NeuralNetClassifier(epochs=2).fit(X[some], bars.labels[some])
    dense = replace(model, classifier="nn", ensemble=Ensemble(4, net), self_test=None)
    assert "64 features (pixels)" in write_keras(dense, tmp_path / "nn.keras")
    import keras

    opened = keras.saving.load_model(tmp_path / "nn.keras")
    assert np.abs(np.asarray(opened(X)) - dense.ensemble.said(X)).max() < 1e-5
    with ZipFile(tmp_path / "nn.keras") as archive:
        assert json.loads(archive.read("labeler.json"))["classes"] == list(model.classes)
    pytest.importorskip("onnx")
    write_onnx(dense, tmp_path / "nn.onnx")
    assert differs(dense, tmp_path / "nn.onnx") < 1e-5


@pytest.mark.slow
def test_the_small_net_is_written_with_all_sides_of_a_picture(model: Model, tmp_path: Path) -> None:
    bars = make_bars().train
    net = SmallNet(STRONG, 1).fit(
        bars.images, np.eye(4, dtype=np.float32)[bars.labels], np.arange(4)
    )
    ensemble = replace(model.ensemble, seen_by=net.state())
    write_keras(replace(model, ensemble=ensemble), tmp_path / "net.keras")
    import keras

    opened = keras.saving.load_model(tmp_path / "net.keras")
    squares = np.stack([resize_pixels(image, 28, 28) for image in images()])
    said = np.asarray(opened(squares[..., np.newaxis].astype(np.float32)))
    assert np.abs(said - net.predict_proba(images())).max() < 1e-5

    pytest.importorskip("onnx")
    shuffled = np.random.default_rng(0).permutation(bars.labels)
    unsure = type(model.ensemble.classifier)().fit(model.features(bars), shuffled)
    undecided = SoftLabels(np.full((len(bars), 4), 0.25, dtype=np.float32), bars.labels >= 0)
    curve = LogitCurve(np.array([-1.0, 0, 1, 0]), np.array([0.2, 0.5, 1, 1]))
    parts = Ensemble(4, unsure, undecided, None, net.state())
    heard = replace(model, ensemble=parts, calibration=curve, self_test=None)
    assert "squares" in write_onnx(heard, tmp_path / "net.onnx")
    assert differs(heard, tmp_path / "net.onnx") < 1e-5
    X = heard.features(images())
    without = replace(heard, ensemble=replace(parts, seen_by=None))
    assert np.abs(said_of(heard, images(), X) - said_of(without, images(), X)).max() > 0.01


def test_a_model_file_becomes_another_from_the_command_line(
    model_file: Path, tmp_path: Path
) -> None:
    pytest.importorskip("onnx")
    done = run_here("model", model_file, "--output", tmp_path / "bars.onnx")
    assert done.returncode == 0, done.stderr
    assert "Not in it: what is unfamiliar." in done.stderr
    assert differs(read_model(model_file), tmp_path / "bars.onnx") < 1e-6
    refused = run_here("model", model_file, "--output", tmp_path / "again.zip")
    assert (refused.returncode, "is a model already" in refused.stderr) == (2, True)
    refused = run_here("model", model_file, "--output", tmp_path / "bars.keras")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "logistic, which is no Keras net. ONNX takes it" in refused.stderr
    assert not (tmp_path / "bars.keras").exists()


def test_what_the_runtime_computes_otherwise_is_not_written(model: Model, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    assert model.self_test is not None
    wrong = replace(model.self_test, images=model.self_test.images[::-1])
    with pytest.raises(ConfigError, match="something else"):
        write_onnx(replace(model, self_test=wrong), tmp_path / "bars.onnx")
    assert not list(tmp_path.iterdir())
