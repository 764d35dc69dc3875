"""A model's file: what comes back says the very same, and what is no model is refused in a line."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labeler.exceptions import ConfigError
from labeler.learning.audit import LogitCurve
from labeler.prediction.file import read_contents, read_model, write_model
from labeler.prediction.model import Model
from labeler.prediction.predictions import Predictions
from tests.conftest import make_bars
from tests.prediction.conftest import make_model


def as_arrays(predictions: Predictions) -> list[list[object]]:
    return [array.tolist() for array in vars(predictions).values()]


@pytest.mark.parametrize(
    ("features", "kind", "classifier"),
    [
        ("pixels", "neighbours", "logistic"),
        ("pixels", "alone", "logistic"),
        ("shape+pixels", "neighbours", "logistic"),
        ("pixels", "net", "nn"),
    ],
)
def test_what_is_read_says_the_very_same(
    features: str, kind: str, classifier: str, tmp_path: Path
) -> None:
    model, test = make_model(features, kind, classifier=classifier), make_bars().test
    assert test is not None
    write_model(model, tmp_path / "model.zip")
    again = read_model(tmp_path / "model.zip")
    assert as_arrays(again.predict(test)) == as_arrays(model.predict(test))
    assert (again.predict_proba(test) == model.predict_proba(test)).all()
    assert (again.classes, again.about) == (model.classes, model.about)
    write_model(again, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "model.zip").read_bytes()


def test_images_of_any_size_and_colour_are_prepared(model: Model) -> None:
    test = make_bars().test
    assert test is not None
    in_colour = np.repeat(test.images[..., None], 3, axis=3)
    assert (model.predict(in_colour).labels == model.predict(test).labels).all()
    larger = np.repeat(np.repeat(test.images, 2, axis=1), 2, axis=2)
    assert len(model.predict(larger)) == len(test)
    assert len(model.predict(test.images[:0])) == 0
    assert (model.predict(test.images / 255).labels == model.predict(test).labels).all()
    with pytest.raises(ConfigError, match="no images"):
        model.predict(test.images * np.nan)
    with pytest.raises(ConfigError, match="one colour picture"):
        model.predict(in_colour[0])


def test_blocks_are_all_of_it_and_a_second_class_is_another(model: Model) -> None:
    test = make_bars().test
    assert test is not None
    many = np.concatenate([test.images] * 110)
    blocks = list(model.predict_in_blocks(many))
    assert len(blocks) == 2
    assert sum(map(len, blocks)) == len(many)
    said = model.predict(test)
    assert (said.labels != said.second_labels).all()
    assert (said.confidences >= said.second_confidences - 1e-6).all()
    assert (said.labels == test.labels).mean() > 0.9


def test_noise_is_unfamiliar_and_few_images_of_the_pool_are(model: Model) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (50, *model.like.image_shape), dtype=np.uint8)
    assert model.predict(noise).share_unfamiliar == 1
    assert model.predict(make_bars().train).share_unfamiliar < 0.1


def test_calibrated_confidences_are_lower_and_classes_stay(model: Model, tmp_path: Path) -> None:
    n = len(model.classes)
    curve = LogitCurve(np.full(n, -1.0), np.full(n, 0.5))
    calibrated = replace(model, calibration=curve)
    write_model(calibrated, tmp_path / "model.zip")
    test = make_bars().test
    assert test is not None
    before, after = model.predict(test), read_model(tmp_path / "model.zip").predict(test)
    assert (before.labels == after.labels).all()
    assert (after.confidences < before.confidences).all()
    assert (after.confidences + after.second_confidences <= 1 + 1e-6).all()
    assert (after.confidences >= after.second_confidences).all()


def test_a_machine_that_computes_something_else_is_told(model: Model, tmp_path: Path) -> None:
    assert model.self_test is not None
    for part, what in (("vectors", "other features"), ("said", "something else")):
        wrong = replace(model.self_test, **{part: getattr(model.self_test, part) * 1.2})
        write_model(replace(model, self_test=wrong), tmp_path / "model.zip")
        with pytest.raises(ConfigError, match=what):
            read_model(tmp_path / "model.zip")


def test_what_a_file_says_of_itself_names_no_place_of_this_machine(model_file: Path) -> None:
    contents = read_contents(model_file)
    assert contents.classes == make_bars().classes
    assert contents.features.parts == ("pixels",)
    with_text = model_file.read_bytes()
    assert str(Path.home()).encode() not in with_text
