"""What only takes counting, checked against figures worked out by hand."""

import numpy as np
import pytest

from labeler.learning.figures import (
    contingency,
    is_known,
    label_accuracy,
    looseness,
    mean_distances,
)
from labeler.records import UNLABELED, Clusters

NOBODY = UNLABELED


def clusters_of(labels: list[int], distances: list[float]) -> Clusters:
    n_clusters = max(labels) + 1
    return Clusters(
        labels=np.array(labels, dtype=np.int32),
        distances=np.array(distances, dtype=np.float32),
        ranks=np.zeros(len(labels), dtype=np.int32),
        sizes=np.bincount(labels),
        representatives=np.zeros(n_clusters, dtype=np.int64),
        centers=np.zeros((n_clusters, 1), dtype=np.float32),
    )


def test_each_class_is_counted_in_each_cluster_and_what_is_not_known_is_not() -> None:
    clusters, classes = np.array([0, 0, 0, 2, 2]), np.array([1, 1, NOBODY, 0, 1])
    assert contingency(clusters, classes, 3, 2).tolist() == [[0, 2], [0, 0], [1, 1]]


def test_many_clusters_and_classes_do_not_overflow_small_numbers() -> None:
    last = np.array([299], dtype=np.int16)
    assert contingency(last, last, 300, 300)[-1, -1] == 1


def test_a_loose_cluster_is_above_one_and_a_tight_one_below() -> None:
    found = clusters_of([0, 0, 1, 1], [1.0, 1.0, 2.0, 4.0])
    assert mean_distances(found).tolist() == [1.0, 3.0]
    assert looseness(found).tolist() == [0.5, 1.5]


def test_images_that_are_all_the_same_are_not_loose() -> None:
    assert looseness(clusters_of([0, 1, 1], [0.0, 0.0, 0.0])).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("labels", "truth", "accuracy"),
    [
        ([0, 1, NOBODY, 1], [0, 0, 1, NOBODY], 0.5),
        ([0, 1, 1], [0, 1, 1], 1.0),
        ([NOBODY, 1], [1, NOBODY], None),
        ([], [], None),
    ],
)
def test_labels_are_right_or_wrong_only_where_the_truth_is_known(
    labels: list[int], truth: list[int], accuracy: float | None
) -> None:
    given, known = np.array(labels, dtype=np.int64), np.array(truth, dtype=np.int64)
    found = label_accuracy(given, known)
    assert np.isnan(found) if accuracy is None else found == accuracy
    assert is_known(given, known).any() == (accuracy is not None)
