"""The simulated annotator."""

import numpy as np
import pytest

from labeler.learning.oracle import Oracle, label_everything
from labeler.records import UNLABELED, Question, Source

TRUE = np.tile(np.arange(5), 400)


def answers(
    error_rate: float, true_labels: np.ndarray = TRUE, n_classes: int = 5
) -> list[int | None]:
    oracle = Oracle(true_labels, n_classes, error_rate, np.random.default_rng(0))
    return [a.label for a in oracle.answer([Question(i) for i in range(len(true_labels))])]


def test_without_errors_the_oracle_tells_the_truth() -> None:
    assert answers(0.0) == TRUE.tolist()


def test_with_error_rate_one_every_answer_is_another_class() -> None:
    wrong = np.array(answers(1.0))
    assert not np.any(wrong == TRUE)
    assert set(wrong) == set(range(5))


def test_errors_come_at_the_rate_asked_for() -> None:
    share = np.mean(np.array(answers(0.1)) != TRUE)
    assert share == pytest.approx(0.1, abs=0.03)


def test_errors_fall_on_every_other_class_alike() -> None:
    wrong = np.array(answers(1.0, np.zeros(4000, dtype=int)))
    assert np.bincount(wrong, minlength=5)[1:] == pytest.approx(1000, rel=0.15)


def test_a_single_class_cannot_be_mistaken() -> None:
    assert answers(1.0, np.zeros(10, dtype=int), n_classes=1) == [0] * 10


def test_an_image_without_truth_is_skipped() -> None:
    assert answers(0.0, np.array([2, UNLABELED])) == [2, None]


def test_labeling_everything_is_the_whole_truth() -> None:
    label_set = label_everything(TRUE)
    np.testing.assert_array_equal(label_set.labels, TRUE)
    assert set(label_set.sources) == {Source.ORACLE}
