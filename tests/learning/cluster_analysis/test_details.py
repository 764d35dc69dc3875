"""What is in each cluster."""

import numpy as np
import pytest

from labeler.learning.cluster_analysis import Division, Partition, describe_partition
from labeler.learning.cluster_analysis.partition import partition_from
from labeler.records import UNLABELED


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(name="X")
def vectors() -> np.ndarray:
    """Two groups on a line: 0, 1, 2 and 10, 11, 15, 19."""
    return np.array([[0], [1], [2], [10], [11], [15], [19]], dtype=np.float32)


@pytest.fixture
def partition(X: np.ndarray) -> Partition:
    return partition_from(X, [Division((), np.array([[1.0], [13.5]], dtype=np.float32))])


def test_sizes_spreads_and_members(X: np.ndarray, partition: Partition) -> None:
    first, second = describe_partition(X, partition, generator(), n_members=2).clusters
    assert first.size == 3
    assert first.share == pytest.approx(3 / 7)
    assert first.spread == pytest.approx(2 / 3)
    assert first.looseness < 1 < second.looseness
    assert (first.representative, list(first.nearest)) == (1, [1, 0])
    assert list(second.farthest) == [6, 3]
    assert (first.neighbour, second.neighbour) == (1, 0)
    assert first.silhouette is not None
    assert first.silhouette > 0.8


def test_without_ground_truth_nothing_is_said_of_classes(
    X: np.ndarray, partition: Partition
) -> None:
    details = describe_partition(X, partition, generator(), X_test=X[:2])
    assert (details.purity, details.test_purity) == (None, None)
    assert (details.confused, details.missing) == ((), ())
    first = details.clusters[0]
    assert (first.histogram, first.majority, first.purity) == (None, None, None)
    assert first.n_test == 2


def test_classes_are_counted_on_pool_and_test(X: np.ndarray, partition: Partition) -> None:
    details = describe_partition(
        X,
        partition,
        generator(),
        n_classes=3,
        true_labels=np.array([0, 0, 1, 1, 1, 2, UNLABELED]),
        X_test=np.array([[0.5], [1.5], [12], [13]], dtype=np.float32),
        test_labels=np.array([0, 1, 1, 0]),
    )
    first, second = details.clusters
    assert first.histogram is not None
    assert second.test_histogram is not None
    assert list(first.histogram) == [2, 1, 0]
    assert list(second.test_histogram) == [1, 1, 0]
    assert first.majority == 0
    assert first.purity == pytest.approx(2 / 3)
    assert second.purity == pytest.approx(2 / 3)
    assert details.purity == pytest.approx(4 / 6)
    assert details.test_purity == pytest.approx(0.5)
    assert details.missing == (2,)
    assert [(pair.true, pair.named, pair.n_images) for pair in details.confused] == [
        (2, 1, 1),
        (1, 0, 1),
    ]
    assert details.confused[1].share == pytest.approx(1 / 3)


def test_a_cluster_of_unknown_classes_has_no_majority(X: np.ndarray, partition: Partition) -> None:
    known = np.array([0, 0, 1, *[UNLABELED] * 4])
    details = describe_partition(
        X, partition, generator(), n_classes=2, true_labels=known, X_test=X, test_labels=known
    )
    assert (details.clusters[1].majority, details.clusters[1].purity) == (None, None)
    assert details.test_purity == pytest.approx(2 / 3)
    assert details.missing == (1,)


def test_test_images_of_unknown_class_give_no_test_purity(
    X: np.ndarray, partition: Partition
) -> None:
    details = describe_partition(
        X,
        partition,
        generator(),
        n_classes=2,
        true_labels=np.zeros(7, dtype=np.int64),
        X_test=X,
        test_labels=np.full(7, UNLABELED),
    )
    assert details.test_purity is None
    assert details.clusters[0].n_test == 3
