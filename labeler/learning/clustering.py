"""Vectors in, clusters out: k-means, and the image nearest each centroid."""

import warnings

import numpy as np

from labeler.learning.threads import one_thread
from labeler.progress import SILENT, Progress, Task
from labeler.records import Clusters

COARSE_SAMPLE = 20_000
COARSE_PER_CLUSTER = 100
"""k-means begins on this many images (or images per cluster), which place the centroids nearly
as well as all of them, and ends on all."""

COARSE_ITER = 100
MAX_ITER = 20
"""Lloyd iterations at most, on the sample and on all images: later ones move a few images in ten
thousand. On Fashion-MNIST this is 2.5 times as fast as 100 iterations on all images, at 0.1 %
more inertia; the labels spread to whole clusters are as often right."""

FEWER_CLUSTERS = "Number of distinct clusters"
"""How scikit-learn begins a warning that fewer images differ than clusters were asked for."""

ITERATIONS_AT_ONCE = 20
"""Iterations between two moves of the progress bar; each time begun costs one more."""

SEEDING_SAMPLE = 10_000
SEEDING_PER_CLUSTER = 30
"""k-means++ draws its starting centroids from this many images (or images per cluster)."""

CHUNK = 4096
"""Rows whose distances are measured at once: few enough for the processor's cache."""


@one_thread()
def cluster(
    X: np.ndarray,
    n_clusters: int,
    rng: np.random.Generator,
    progress: Progress = SILENT,
) -> Clusters:
    """Cut the pool into clusters with k-means.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
    n_clusters : int
        At most this many: where ``X`` has fewer distinct rows, there are fewer clusters.
    rng : numpy.random.Generator
    progress : Progress

    Returns
    -------
    Clusters
        No cluster is empty.

    Raises
    ------
    ValueError
        ``n_clusters`` is below 1 or above the number of rows.
    """
    if not 1 <= n_clusters <= len(X):
        raise ValueError(f"n_clusters is {n_clusters}; it must be from 1 to {len(X)}")
    sample = _sample(X, max(COARSE_SAMPLE, COARSE_PER_CLUSTER * n_clusters), rng)
    centers = _starting_centers(sample, n_clusters, rng)
    max_iter = COARSE_ITER
    with progress.task("Clustering (k-means)", total=COARSE_ITER + MAX_ITER) as task:
        if len(sample) < len(X):
            _, centers = _lloyd(sample, centers, COARSE_ITER, task)
            max_iter = MAX_ITER
        labels, centers = _lloyd(X, centers, max_iter, task)
    used, labels = np.unique(labels, return_inverse=True)
    return describe_clusters(X, labels, centers[used])


def describe_clusters(X: np.ndarray, labels: np.ndarray, centers: np.ndarray) -> Clusters:
    """Measure a clustering: distances to the centroids, ranks, sizes, representatives.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
    labels : ndarray of shape (n,), dtype int
        Cluster of each row; every cluster from 0 to ``len(centers) - 1`` has a member.
    centers : ndarray of shape (n_clusters, n_features), dtype float32

    Returns
    -------
    Clusters
    """
    distances = _distances_to_own_center(X, labels, centers)
    return _described(labels, distances, centers, np.lexsort((distances, labels)))


def join_clusters(clusters: Clusters, X: np.ndarray) -> Clusters:
    """More images put into clusters that stay: each into that of the nearest centroid.

    Neither centroids nor representatives change: a representative keeps rank 0, even where an
    image is nearer to the centroid now.

    Parameters
    ----------
    clusters : Clusters
    X : ndarray of shape (n, n_features), dtype float32
        Of the images that come behind those that are there.

    Returns
    -------
    Clusters
    """
    nearest = _nearest_centers(X, clusters.centers)
    added = _distances_to_own_center(X, nearest, clusters.centers)
    labels = np.concatenate([clusters.labels, nearest])
    distances = np.concatenate([clusters.distances, added])
    is_other = np.ones(len(labels), dtype=bool)
    is_other[clusters.representatives] = False
    order = np.lexsort((distances, is_other, labels))
    return _described(labels, distances, clusters.centers, order)


def _described(
    labels: np.ndarray, distances: np.ndarray, centers: np.ndarray, order: np.ndarray
) -> Clusters:
    """Clusters whose images come one cluster after the other in ``order``, by their rank."""
    sizes = np.bincount(labels, minlength=len(centers))
    firsts = np.cumsum(sizes) - sizes
    ranks = np.empty(len(labels), dtype=np.int32)
    ranks[order] = np.arange(len(labels)) - np.repeat(firsts, sizes)
    return Clusters(
        labels=labels.astype(np.int32),
        distances=distances,
        ranks=ranks,
        sizes=sizes,
        representatives=order[firsts],
        centers=centers,
    )


@one_thread()
def _nearest_centers(X: np.ndarray, centers: np.ndarray) -> np.ndarray:
    nearest = np.empty(len(X), dtype=np.int32)
    squares = (centers**2).sum(axis=1)
    for start in range(0, len(X), CHUNK):
        part = slice(start, start + CHUNK)
        nearest[part] = np.argmin(squares - 2 * (X[part] @ centers.T), axis=1)
    return nearest


def _sample(X: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    return X if len(X) <= size else X[np.sort(rng.choice(len(X), size, replace=False))]


def _starting_centers(X: np.ndarray, n_clusters: int, rng: np.random.Generator) -> np.ndarray:
    from sklearn.cluster import kmeans_plusplus  # a second that no page waits for

    sample = _sample(X, max(SEEDING_SAMPLE, SEEDING_PER_CLUSTER * n_clusters), rng)
    centers, _ = kmeans_plusplus(sample, n_clusters, random_state=int(rng.integers(2**31)))
    return np.asarray(centers)


def _lloyd(
    X: np.ndarray, centers: np.ndarray, max_iter: int, task: Task
) -> tuple[np.ndarray, np.ndarray]:
    """k-means from ``centers``, a few iterations at a time so that progress can be shown."""
    from sklearn.cluster import KMeans

    for _ in range(0, max_iter, ITERATIONS_AT_ONCE):
        kmeans = KMeans(len(centers), init=centers, n_init=1, max_iter=ITERATIONS_AT_ONCE)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", FEWER_CLUSTERS)  # the caller drops the empty ones
            kmeans.fit(X)
        centers = kmeans.cluster_centers_
        task.advance(ITERATIONS_AT_ONCE)
        if kmeans.n_iter_ < ITERATIONS_AT_ONCE:
            break
    return kmeans.labels_, centers


def _distances_to_own_center(X: np.ndarray, labels: np.ndarray, centers: np.ndarray) -> np.ndarray:
    distances = np.empty(len(X), dtype=np.float32)
    for start in range(0, len(X), CHUNK):
        part = slice(start, start + CHUNK)
        distances[part] = np.linalg.norm(X[part] - centers[labels[part]], axis=1)
    return distances
