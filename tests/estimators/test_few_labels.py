"""All steps together: the labels of a simulation, by an oracle and by somebody who answers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError

from labeler import FewLabels, load_model
from labeler.config import RunConfig, preset
from labeler.datasets.base import Dataset
from labeler.datasets.known.digits import load_digits as known_digits
from labeler.exceptions import ConfigError
from labeler.pipeline import as_simulated, simulate
from labeler.records import Simulation


def simulated(dataset: Dataset, config: RunConfig, n_labels: int) -> Simulation:
    options = {"n_seeds": 1, "supervised": False, "comparisons": False}
    return simulate(dataset, config, budgets=(n_labels,), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "seed"), [("best", 0), ("best", 3), ("classic", 1)])
def test_it_is_what_a_simulation_does_to_the_last_label(name: str, seed: int) -> None:
    config = preset(name).with_(features="pixels", seed=seed)
    told = simulated(known_digits(), config, 50)
    dataset = as_simulated(known_digits(), seed)
    few = FewLabels(50, name, features="pixels", random_state=seed)
    few = clone(few).fit(dataset.train.images, dataset.train.labels)
    asked = [answer.question.image for answer in told.sample.answers]
    assert few.queried_.tolist() == asked
    np.testing.assert_array_equal(few.labels_, told.sample.label_set.labels)
    np.testing.assert_array_equal(few.confidences_, told.sample.label_set.confidences)
    assert set(few.sources_[asked]) == {"oracle"}
    assert dataset.test is not None
    accuracy = few.score(dataset.test.images, dataset.test.labels)
    assert accuracy == told.stages[-1].test_accuracy.mean


def test_who_answers_step_by_step_is_asked_the_same(bars: Dataset) -> None:
    images, truth = bars.train.images, np.array(bars.classes)[bars.train.labels]
    at_once = FewLabels(30, features="pixels").fit(images, truth)
    few = FewLabels(30, features="pixels").begin(images, bars.classes)
    rounds = []
    while len(asked := few.query()):
        rounds.append(len(asked))
        few.teach(asked[:2], truth[asked[:2]])
        assert set(few.query()) == set(asked[2:])  # the round goes on with what is open
        few.teach(asked[2:], truth[asked[2:]])
    assert sum(rounds) == 30
    assert len(rounds) > 1
    assert few.queried_.tolist() == at_once.queried_.tolist()
    assert (few.labels_ == at_once.labels_).all()
    assert set(few.sources_[few.queried_]) == {"human"}
    assert (few.predict_proba(images) == at_once.predict_proba(images)).all()


def test_an_oracle_is_a_function_that_may_not_know(bars: Dataset) -> None:
    seen: list[int] = []

    def oracle(indices: np.ndarray) -> list[str | None]:
        seen.extend(indices.tolist())
        return [
            None if index % 5 == 0 else bars.classes[bars.train.labels[index]] for index in indices
        ]

    few = FewLabels(20, "classic").fit(bars.train.images, oracle)
    assert seen == few.queried_.tolist()
    skipped = [index for index in seen if index % 5 == 0]
    named = [index for index in seen if index % 5]
    assert set(few.sources_[named]) == {"human"}
    assert not np.isin(few.sources_[skipped], ["human", "oracle"]).any()
    assert set(few.classes_) <= set(bars.classes)


def test_images_that_nobody_asked_about_can_be_named_and_answers_corrected(bars: Dataset) -> None:
    few = FewLabels(10, "classic").begin(bars.train.images)
    asked = few.query()
    others = np.setdiff1d(np.arange(200), asked)[:3]
    few.teach(asked, bars.train.labels[asked]).teach(others, [7, 7, -1])
    assert few.labels_[others[:2]].tolist() == [7, 7]
    few.teach(others[:1], [0])
    assert few.labels_[others[:2]].tolist() == [0, 7]
    assert 7 in few.classes_


def test_what_was_learned_is_a_file_that_names_new_pictures(bars: Dataset, tmp_path: Path) -> None:
    assert bars.test is not None
    few = FewLabels(12, "classic").fit(bars.train.images, bars.train.labels)
    model = load_model(few.save(tmp_path / "bars.zip"))
    named = model.predict(bars.test.images)
    assert named.tolist() == few.predict(bars.test.images).tolist()
    assert model.classes_.tolist() == few.classes_.tolist()
    assert f"of {len(bars.train.images)} images" in repr(model)
    named = load_model(model.save(tmp_path / "again.zip")).predict(bars.test.images)
    assert named.tolist() == few.predict(bars.test.images).tolist()
    words = np.array(["zero", "one", "two", "three"])[bars.train.labels]
    few = FewLabels(30, features="pixels").fit(bars.train.images, words)
    model = load_model(few.save(tmp_path / "words.zip"))
    assert model.classes_.tolist() == sorted(set(words))
    assert 20 <= model.about.calibrated_by_answers <= 30


def test_it_is_scored_across_folds_like_any_classifier() -> None:
    from sklearn.model_selection import cross_val_score

    digits = load_digits()
    few = FewLabels(40, features="pixels")
    assert cross_val_score(few, digits.images[:600], digits.target[:600], cv=2).min() > 0.8


@pytest.mark.parametrize(
    ("indices", "labels", "told"),
    [
        ([0, 1], [0], "2 indices, but 1 labels"),
        ([200], [0], "from 0 to 199"),
        ([0.5], [0], "numbers of images"),
        ([0], ["z"], "'z' is none of the classes"),
    ],
)
def test_what_is_no_answer_is_refused(
    bars: Dataset, indices: list[float], labels: list[object], told: str
) -> None:
    few = FewLabels(10, "classic").begin(bars.train.images, classes=[0, 1, 2, 3])
    with pytest.raises(ValueError, match=told):
        few.teach(indices, labels)
    with pytest.raises(NotFittedError):
        few.labels_  # noqa: B018


def test_what_cannot_be_is_said_before_anything_is_computed(bars: Dataset) -> None:
    for few in (FewLabels(), FewLabels(201), FewLabels(10, "worst"), FewLabels(10, features="x")):
        if few.n_labels != 100:
            with pytest.raises(ConfigError):
                few.fit(bars.train.images, bars.train.labels)
        for step in (few.query, lambda few=few: few.predict(bars.train.images)):
            with pytest.raises(NotFittedError, match="no images yet"):
                step()
    with pytest.raises(ValueError, match="200 images, but labels of shape"):
        FewLabels(10).fit(bars.train.images, bars.train.labels[:5])
    blank = replace(bars.train, labels=np.full(200, -1))
    with pytest.raises(ValueError, match="the oracle named none of the 10 images"):
        FewLabels(10, "classic").fit(blank.images, blank.labels)


def test_new_images_are_read_on_the_scale_that_was_learned_or_refused(tmp_path: Path) -> None:
    digits = load_digits()
    few = FewLabels(20, features="pixels").fit(digits.images[:300], digits.target[:300])
    model, new = load_model(few.save(tmp_path / "few.zip")), digits.images[300:400]
    expected = few.predict(new)
    assert np.mean(expected == digits.target[300:400]) > 0.7
    for same in (
        new,
        new / 16,
        np.rint(new * 255 / 16),
        new.astype(np.int16),
        new.reshape(100, -1),
    ):
        assert (few.predict(same) == expected).mean() > 0.98
        assert (model.predict(same) == expected).mean() > 0.98
    assert (few.predict(new[:1]) == expected[:1]).all()
    for wrong, told in ((new * 100, "0 to 1600"), (new - 30, "-30"), (new * np.nan, "nan")):
        with pytest.raises(ValueError, match=told):
            few.predict(wrong)
        with pytest.raises(ConfigError, match=told):
            model.predict(wrong)


@pytest.mark.parametrize(
    ("indices", "labels", "told"),
    [([5, 5], [1, 2], "comes twice"), ([5, 6], [[1], [2]], "one axis")],
)
def test_answers_that_say_two_things_are_refused(
    indices: list[int], labels: list[object], told: str, bars: Dataset
) -> None:
    few = FewLabels(10, features="pixels").begin(bars.train.images)
    with pytest.raises(ValueError, match=told):
        few.teach(indices, labels)


def test_a_number_of_labels_is_a_whole_one(bars: Dataset) -> None:
    with pytest.raises(ConfigError, match="whole number"):
        FewLabels("10").begin(bars.train.images)  # type: ignore[arg-type]
