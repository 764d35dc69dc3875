"""What the nearest images of the pool say of a new one, and both opinions together."""

import numpy as np
import pytest

from labeler.learning.second_opinion import combined, opinion_of_neighbors

SOFT = np.array([[1, 0], [0.25, 0.75], [0, 1]], dtype=np.float32)
EVERY = np.ones(3, dtype=bool)


def opinion(
    squares: list[float], counted: np.ndarray = EVERY, soft: np.ndarray = SOFT
) -> list[float]:
    neighbors = np.arange(len(squares))[None]
    said = opinion_of_neighbors(neighbors, np.array([squares], dtype=np.float32), soft, counted)
    told: list[float] = said[0].tolist()
    return told


def test_soft_labels_are_averaged_and_the_nearest_count_most() -> None:
    weights = np.exp(-np.array([1.0, 2.0, 4.0]) / 4)
    expected = weights @ SOFT / weights.sum()
    assert opinion([1.0, 2.0, 4.0]) == pytest.approx(expected, rel=1e-5)


def test_the_seventh_nearest_gives_the_scale() -> None:
    squares = np.arange(1.0, 11.0)
    soft = np.eye(10, dtype=np.float32)
    weights = np.exp(-squares / 7)
    told = opinion(list(squares), np.ones(10, dtype=bool), soft)
    assert told == pytest.approx(weights / weights.sum(), rel=1e-5)


def test_images_without_a_label_say_nothing() -> None:
    assert opinion([1.0, 1.0, 1.0], np.array([True, False, False])) == pytest.approx([1, 0])
    assert opinion([1.0, 1.0, 1.0], ~EVERY) == [0, 0]


def test_images_that_are_equal_to_the_new_one_are_no_division_by_zero() -> None:
    assert opinion([0.0, 0.0, 0.0]) == pytest.approx(SOFT.mean(axis=0))


def test_both_opinions_are_multiplied() -> None:
    both = combined(np.array([[0.6, 0.4]]), np.array([[0.2, 0.8]]))
    assert both[0] == pytest.approx([0.12 / 0.44, 0.32 / 0.44], abs=1e-5)


@pytest.mark.parametrize("silent", [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
def test_an_opinion_that_rules_classes_out_leaves_them_in_the_order_of_the_other(
    silent: list[float],
) -> None:
    both = combined(np.array([[0.7, 0.3, 0.0]]), np.array([silent]))[0]
    assert both[0] > both[1] > 0
    assert both.sum() == pytest.approx(1)
