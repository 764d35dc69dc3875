"""What is in each cluster: its size, its spread, its typical and its odd images, its classes."""

import numpy as np

from labeler.learning.cluster_analysis.partition import assign
from labeler.learning.cluster_analysis.records import (
    ClusterDetails,
    ConfusedPair,
    Partition,
    PartitionDetails,
)
from labeler.learning.cluster_analysis.silhouettes import image_silhouettes
from labeler.learning.figures import contingency, looseness, mean_distances
from labeler.learning.threads import one_thread
from labeler.records import UNLABELED

N_MEMBERS = 12
"""Nearest and farthest members told of each cluster."""

LEAST_CONFUSED = 0.05
"""Share of a class from which on it counts as confused with another."""


@one_thread()
def describe_partition(
    X: np.ndarray,
    partition: Partition,
    rng: np.random.Generator,
    *,
    n_classes: int = 0,
    true_labels: np.ndarray | None = None,
    X_test: np.ndarray | None = None,
    test_labels: np.ndarray | None = None,
    n_members: int = N_MEMBERS,
) -> PartitionDetails:
    """Look into every cluster.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
        The pool.
    partition : Partition
        The clusters to look into.
    rng : numpy.random.Generator
        For the sample that silhouettes are measured on.
    n_classes : int
        0 without ground truth.
    true_labels : ndarray of shape (n,), dtype int, optional
        ``UNLABELED`` where not known.
    X_test : ndarray of shape (m, n_features), dtype float32, optional
        The test part.
    test_labels : ndarray of shape (m,), dtype int, optional
        ``UNLABELED`` where not known.
    n_members : int
        Nearest and farthest members told of each.

    Returns
    -------
    PartitionDetails
        What is in each cluster, and in all of them together.
    """
    n_clusters = partition.clusters.n_clusters
    pool = _histograms(partition.clusters.labels, true_labels, n_clusters, n_classes)
    assigned = np.empty(0, dtype=np.int32) if X_test is None else assign(X_test, partition)
    test = _histograms(assigned, test_labels, n_clusters, n_classes)
    clusters = _describe(X, partition, pool, test, assigned, n_members, rng)
    if pool is None:
        return PartitionDetails(clusters, None, None, (), ())
    majority = _majority(pool)
    named = majority[majority != UNLABELED]
    return PartitionDetails(
        clusters=clusters,
        purity=float(pool.max(axis=1).sum() / pool.sum()),
        test_purity=_test_purity(test, majority),
        confused=_confused(pool, majority),
        missing=tuple(int(c) for c in np.flatnonzero(pool.sum(axis=0)) if c not in named),
    )


def _describe(
    X: np.ndarray,
    partition: Partition,
    pool: np.ndarray | None,
    test: np.ndarray | None,
    assigned: np.ndarray,
    n_members: int,
    rng: np.random.Generator,
) -> tuple[ClusterDetails, ...]:
    clusters = partition.clusters
    spreads, loose = mean_distances(clusters), looseness(clusters)
    neighbours = _neighbours(clusters.centers)
    silhouettes = _silhouettes(X, clusters.labels, clusters.n_clusters, rng)
    majority = _majorities(pool, clusters.n_clusters)
    n_test = np.bincount(assigned, minlength=clusters.n_clusters)
    order = np.lexsort((clusters.ranks, clusters.labels))
    ends = np.cumsum(clusters.sizes)
    described = []
    for i in range(clusters.n_clusters):
        members = order[ends[i] - clusters.sizes[i] : ends[i]]
        described.append(
            ClusterDetails(
                cluster=i,
                path=partition.paths[i],
                name=partition.names[i],
                size=int(clusters.sizes[i]),
                share=float(clusters.sizes[i] / len(X)),
                spread=float(spreads[i]),
                looseness=float(loose[i]),
                silhouette=silhouettes[i],
                neighbour=neighbours[i],
                representative=int(members[0]),
                nearest=members[:n_members],
                farthest=members[::-1][:n_members],
                n_test=int(n_test[i]),
                histogram=None if pool is None else pool[i],
                test_histogram=None if test is None else test[i],
                majority=majority[i],
                purity=_share(pool, i, majority[i]),
                test_purity=_share(test, i, majority[i]),
            )
        )
    return tuple(described)


def _share(histograms: np.ndarray | None, cluster: int, majority: int | None) -> float | None:
    if histograms is None or majority is None or not histograms[cluster].any():
        return None
    return float(histograms[cluster, majority] / histograms[cluster].sum())


def _histograms(
    clusters: np.ndarray, classes: np.ndarray | None, n_clusters: int, n_classes: int
) -> np.ndarray | None:
    """Images of each class in each cluster; None where no class is known."""
    if classes is None or not n_classes or not (classes != UNLABELED).any():
        return None
    return contingency(clusters, classes, n_clusters, n_classes)


def _majority(histograms: np.ndarray) -> np.ndarray:
    majority: np.ndarray = np.where(histograms.any(axis=1), histograms.argmax(axis=1), UNLABELED)
    return majority


def _majorities(histograms: np.ndarray | None, n_clusters: int) -> list[int | None]:
    if histograms is None:
        return [None] * n_clusters
    return [None if label == UNLABELED else int(label) for label in _majority(histograms)]


def _test_purity(test: np.ndarray | None, majority: np.ndarray) -> float | None:
    """How many test images are of the class that names their cluster."""
    if test is None:
        return None
    right = test[np.arange(len(test)), majority][majority != UNLABELED].sum()
    return float(right / test.sum())


def _confused(pool: np.ndarray, majority: np.ndarray) -> tuple[ConfusedPair, ...]:
    n_classes = pool.shape[1]
    taken = np.zeros((n_classes, n_classes), dtype=np.int64)  # row: named, column: true
    np.add.at(taken, majority[majority != UNLABELED], pool[majority != UNLABELED])
    totals = np.maximum(pool.sum(axis=0), 1)
    pairs = [
        ConfusedPair(int(true), int(named), int(count), float(count / totals[true]))
        for (named, true), count in np.ndenumerate(taken)
        if named != true and count >= LEAST_CONFUSED * totals[true] and count
    ]
    return tuple(sorted(pairs, key=lambda pair: -pair.share))


def _neighbours(centers: np.ndarray) -> list[int | None]:
    if len(centers) < 2:
        return [None] * len(centers)
    from sklearn.metrics import pairwise_distances  # a second that no page waits for

    # Between centroids only: their number is that of clusters, not of images.
    between = pairwise_distances(centers)
    np.fill_diagonal(between, np.inf)
    return [int(i) for i in between.argmin(axis=1)]


def _silhouettes(
    X: np.ndarray, labels: np.ndarray, n_clusters: int, rng: np.random.Generator
) -> list[float | None]:
    places, values = image_silhouettes(X, labels, rng)
    own = labels[places]
    counts = np.bincount(own, minlength=n_clusters)
    sums = np.bincount(own, weights=values, minlength=n_clusters)
    return [
        float(total / count) if count else None for total, count in zip(sums, counts, strict=True)
    ]
