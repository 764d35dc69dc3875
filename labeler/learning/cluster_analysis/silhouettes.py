"""Silhouettes of samples of the pool: one block of distances serves every clustering."""

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np

from labeler.learning.threads import in_threads, one_thread
from labeler.progress import SILENT, Progress, track

DRAW = 2_000
"""Images of one sample: the distances between them are all that is ever held."""

N_DRAWS = 5


def draws(n_images: int, rng: np.random.Generator, n_draws: int = N_DRAWS) -> Iterator[np.ndarray]:
    """Several samples without replacement, or the whole pool once where it is small."""
    if n_images <= DRAW:
        yield np.arange(n_images)
        return
    for _ in range(n_draws):
        yield np.sort(rng.choice(n_images, DRAW, replace=False))


@one_thread()
def silhouettes(
    X: np.ndarray,
    labels: Mapping[int, np.ndarray],
    rng: np.random.Generator,
    n_draws: int = N_DRAWS,
    progress: Progress = SILENT,
) -> dict[int, list[float]]:
    """Mean silhouette of each sample, by the number of clusters.

    Every number of clusters is measured on the same samples, so that they can be compared.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
    labels : mapping of int to ndarray of shape (n,)
        Clusterings of the pool.
    rng : numpy.random.Generator
    n_draws : int
    progress : Progress
    """
    means: dict[int, list[float]] = {k: [] for k in labels}
    samples = list(draws(len(X), rng, n_draws))
    for sample in track(samples, progress, "Silhouettes"):
        distances = _distances(X[sample])
        of_sample = [of_images[sample] for of_images in labels.values()]
        values = in_threads(partial(_mean, distances), of_sample)
        for k, value in zip(labels, values, strict=True):
            means[k].append(value)
    return means


@one_thread()
def image_silhouettes(
    X: np.ndarray, labels: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Silhouettes of one sample's images.

    Returns
    -------
    places : ndarray of shape (m,)
    values : ndarray of shape (m,)
        Empty, like ``places``, where they are all of one cluster.
    """
    sample = next(draws(len(X), rng))
    if not _is_defined(labels[sample]):
        return np.empty(0, dtype=np.int64), np.empty(0)
    return sample, _values(_distances(X[sample]), labels[sample])


def _distances(X: np.ndarray) -> np.ndarray:
    from sklearn.metrics.pairwise import euclidean_distances  # a second that no page waits for

    distances: np.ndarray = euclidean_distances(X)
    np.fill_diagonal(distances, 0)
    return distances


def _mean(distances: np.ndarray, labels: np.ndarray) -> float:
    if not _is_defined(labels):
        return float("nan")
    return float(np.mean(_values(distances, labels)))


def _values(distances: np.ndarray, labels: np.ndarray) -> np.ndarray:
    from sklearn.metrics import silhouette_samples

    values: np.ndarray = silhouette_samples(distances, labels, metric="precomputed")
    return values


def _is_defined(labels: np.ndarray) -> bool:
    return 1 < len(np.unique(labels)) < len(labels)
