"""The clusters at one k, and one of them cut again, as deep as wanted."""

from collections.abc import Sequence

import numpy as np

from labeler.exceptions import ConfigError
from labeler.learning.cluster_analysis.records import (
    Division,
    Partition,
    Path,
    Survey,
)
from labeler.learning.clustering import describe_clusters
from labeler.learning.threads import one_thread


def partition_at(X: np.ndarray, survey: Survey, k: int) -> Partition:
    """The clusters that the survey found with ``k``.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
        The pool, as it was surveyed.
    survey : Survey
        Of the same pool.
    k : int
        One of ``survey.ks``.

    Returns
    -------
    Partition
        ``k`` clusters, none of which is cut again.

    Raises
    ------
    ConfigError
        The survey did not measure that k.
    """
    if k not in survey.centers:
        raise ConfigError(f"k = {k} was not measured; measured: {_ranges(survey.ks)}.")
    return partition_from(X, [Division((), survey.centers[k])])


def partition_from(X: np.ndarray, divisions: Sequence[Division]) -> Partition:
    """The pool cut as it was before: every image by the nearest centroid of each cut.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
    divisions : sequence of Division
        A parent before its parts.
    """
    paths = _leaves(divisions)
    labels = _descend(X, divisions, paths)
    centers = {
        (*division.path, i): center
        for division in divisions
        for i, center in enumerate(division.centers)
    }
    used, labels = np.unique(labels, return_inverse=True)
    kept = tuple(paths[i] for i in used)
    clusters = describe_clusters(X, labels, np.stack([centers[path] for path in kept]))
    return Partition(clusters, kept, tuple(divisions))


def members_of(partition: Partition, name: str) -> np.ndarray:
    """Places in the pool of one cluster's images.

    Parameters
    ----------
    partition : Partition
        The clusters of the pool.
    name : str
        Of a cluster that was not cut: ``"3"``, or ``"3.1"`` for part 1 of it.

    Returns
    -------
    ndarray of shape (size,), dtype int64
        Ascending.

    Raises
    ------
    ConfigError
        There is no such cluster, or it was cut already.
    """
    return np.flatnonzero(partition.clusters.labels == find_cluster(partition, name))


def cut_cluster(X: np.ndarray, partition: Partition, name: str, centers: np.ndarray) -> Partition:
    """One cluster cut again; all others stay as they are.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
        The pool.
    partition : Partition
        The clusters before.
    name : str
        Of a cluster that was not cut yet: ``"3"``, or ``"3.1"`` for part 1 of it.
    centers : ndarray of shape (n_parts, n_features), dtype float32
        Centroids of the parts, as ``split_vectors`` finds them.

    Returns
    -------
    Partition
        The parts stand where the cluster stood.

    Raises
    ------
    ConfigError
        There is no such cluster, or it was cut already.
    """
    path = partition.paths[find_cluster(partition, name)]
    return partition_from(X, [*partition.divisions, Division(path, centers)])


def assign(X: np.ndarray, partition: Partition) -> np.ndarray:
    """The cluster of each of some images that were not clustered, such as test images.

    Each goes to the nearest centroid of the first cut, then to the nearest part of that.

    Parameters
    ----------
    X : ndarray of shape (m, n_features), dtype float32
        The vectors of these images.
    partition : Partition
        The clusters, of other images.

    Returns
    -------
    ndarray of shape (m,), dtype int32
        Places in ``partition``.
    """
    return _descend(X, partition.divisions, partition.paths)


def find_cluster(partition: Partition, name: str) -> int:
    """The place of the cluster of that name.

    Raises
    ------
    ConfigError
        There is none, or it was cut into parts.
    """
    names = partition.names
    if name in names:
        return names.index(name)
    parts = [part for part in names if part.startswith(f"{name}.")]
    if parts:
        raise ConfigError(f"Cluster {name} was split already: its parts are {', '.join(parts)}.")
    shown = ", ".join(names) if len(names) <= 20 else f"{names[0]} … {names[-1]}"
    raise ConfigError(f"There is no cluster {name!r}; there are {shown}.")


def _leaves(divisions: Sequence[Division]) -> tuple[Path, ...]:
    cut = {division.path for division in divisions}
    parts = [(*division.path, i) for division in divisions for i in range(len(division.centers))]
    return tuple(sorted(path for path in parts if path not in cut))


@one_thread()
def _descend(X: np.ndarray, divisions: Sequence[Division], paths: Sequence[Path]) -> np.ndarray:
    from sklearn.metrics import pairwise_distances_argmin  # a second that no page waits for

    places = {path: place for place, path in enumerate(paths)}
    within: dict[Path, np.ndarray] = {(): np.arange(len(X))}
    labels = np.full(len(X), -1, dtype=np.int32)
    for division in divisions:
        images = within.pop(division.path)
        nearest = (
            pairwise_distances_argmin(X[images], division.centers)
            if len(images)
            else np.empty(0, dtype=np.int64)
        )
        for part in range(len(division.centers)):
            within[(*division.path, part)] = images[nearest == part]
    for path, images in within.items():
        labels[images] = places[path]
    return labels


def _ranges(ks: Sequence[int]) -> str:
    if len(ks) > 2 and list(ks) == list(range(ks[0], ks[-1] + 1)):
        return f"{ks[0]} to {ks[-1]}"
    return ", ".join(map(str, ks))
