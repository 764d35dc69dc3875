"""Scores and intervals, checked against figures worked out by hand."""

import numpy as np
import pytest

from labeler.learning.evaluation import confidence_interval, is_clearly_better, score


def test_accuracy_confusion_and_ratios_are_right() -> None:
    scores = score(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 1, 0]), 3)
    assert scores.accuracy == pytest.approx(0.6)
    assert scores.confusion.tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 0]]
    assert scores.precision[1] == pytest.approx(2 / 3)
    assert scores.recall.tolist() == [0.5, 1.0, 0.0]


def test_a_class_that_was_never_predicted_has_no_precision() -> None:
    scores = score(np.array([0, 1]), np.array([0, 0]), 2)
    assert np.isnan(scores.precision[1])


def test_the_interval_is_students_t() -> None:
    interval = confidence_interval([0.70, 0.72, 0.74])
    assert interval.mean == pytest.approx(0.72)
    assert interval.ci95 == pytest.approx(4.302653 * 0.02 / 3**0.5, rel=1e-5)


def test_a_single_seed_has_no_interval() -> None:
    assert confidence_interval([0.5]).ci95 is None


@pytest.mark.parametrize(
    ("only_first", "only_second", "is_better"),
    [(0, 0, False), (4, 0, False), (5, 0, True), (5, 4, False), (20, 5, True), (5, 20, False)],
)
def test_better_is_what_chance_alone_hardly_does(
    only_first: int, only_second: int, is_better: bool
) -> None:
    both = [True] * 50 + [False] * 50
    first = np.array([True] * only_first + [False] * only_second + both)
    second = np.array([False] * only_first + [True] * only_second + both)
    assert is_clearly_better(first, second) == is_better
