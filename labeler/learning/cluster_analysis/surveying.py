"""Each number of clusters in a range, measured: what a person looks at before choosing one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from labeler.exceptions import ConfigError
from labeler.learning.cluster_analysis.records import IndexRow, Survey
from labeler.learning.cluster_analysis.silhouettes import silhouettes
from labeler.learning.cluster_analysis.starts import (
    N_STARTS,
    PER_CLUSTER,
    SAMPLE,
    KMeansRun,
    best_runs,
    carry_on,
    independent_runs,
)
from labeler.learning.threads import in_threads, one_thread
from labeler.progress import SILENT, Progress, track
from labeler.records import UNLABELED


@one_thread()
def survey(
    X: np.ndarray,
    ks: Iterable[int],
    rng: np.random.Generator,
    *,
    true_labels: np.ndarray | None = None,
    X_test: np.ndarray | None = None,
    n_starts: int = N_STARTS,
    progress: Progress = SILENT,
) -> Survey:
    """Cluster the pool with each k, and measure the result.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
        The pool.
    ks : iterable of int
        From 2 to ``n - 1``.
    rng : numpy.random.Generator
        For starts and samples.
    true_labels : ndarray of shape (n,), dtype int, optional
        ``UNLABELED`` where not known.
    X_test : ndarray of shape (m, n_features), dtype float32, optional
        Only ever measured against the pool's centroids.
    n_starts : int
        Independent runs for each k, whose agreement is its stability.
    progress : Progress
        Told of each step.

    Returns
    -------
    Survey
        A row for each k, with its centroids.

    Raises
    ------
    ConfigError
        There are fewer images than clusters asked for, or all of them are the same.
    """
    wanted = check_ks(ks, len(X))
    size = max(SAMPLE, PER_CLUSTER * wanted[-1])
    sample = X if len(X) <= size else X[np.sort(rng.choice(len(X), size, replace=False))]
    tried = independent_runs(sample, wanted, rng, n_starts, progress)
    best = best_runs(sample, tried, rng)
    runs = best if sample is X else carry_on(X, best, rng, progress)
    full, notes = _full(runs)
    labels = {k: run.labels for k, run in full.items()}
    scores = silhouettes(X, labels, rng, progress=progress)
    scatter = float(np.var(X, axis=0, dtype=np.float64).sum() * len(X))
    measured = in_threads(lambda k: _measured(X, full[k], scatter, true_labels, X_test), full)
    steps = track(measured, progress, "Other indices", len(full))
    rows = [
        _row(k, full[k].inertia, _mean_sd(scores[k]), _stability(tried[k]), measures)
        for k, measures in zip(full, steps, strict=True)
    ]
    return Survey(tuple(rows), {k: run.centers for k, run in full.items()}, notes)


def check_ks(ks: Iterable[int], n_images: int) -> list[int]:
    """The numbers of clusters, ascending; refused where there are too few images for them.

    Raises
    ------
    ConfigError
        One is below 2, or not below the number of images.
    """
    wanted = sorted(set(ks))
    if not wanted:
        raise ValueError("no number of clusters given")
    if wanted[0] < 2 or wanted[-1] >= n_images:
        outside = wanted[0] if wanted[0] < 2 else wanted[-1]
        many = f"from 2 to {n_images - 1:,}" if n_images > 2 else "nothing: give more images"
        raise ConfigError(
            f"k is {outside:,}, and there are {n_images:,} images to cluster; it can be {many}."
        )
    return wanted


def _full(runs: Mapping[int, KMeansRun]) -> tuple[dict[int, KMeansRun], tuple[str, ...]]:
    """The runs that found as many clusters as were asked for."""
    full = {k: run for k, run in runs.items() if len(run.centers) == k}
    if len(full) == len(runs):
        return full, ()
    most = max(len(run.centers) for run in runs.values())
    if not full:
        raise ConfigError(
            f"Among the images there are only {most:,} that differ, in these features: too few "
            f"for {min(runs)} clusters."
        )
    return full, (f"There are only {most:,} different images, so no more clusters than that.",)


@dataclass(frozen=True)
class _Measures:
    """What is measured on the whole pool, beside inertia."""

    calinski_harabasz: float
    davies_bouldin: float
    held_out: float | None
    purity: float | None
    agreement: float | None


def _row(
    k: int,
    inertia: float,
    silhouette: tuple[float, float],
    stability: tuple[float, float],
    measures: _Measures,
) -> IndexRow:
    return IndexRow(
        k=k,
        inertia=inertia,
        held_out=measures.held_out,
        silhouette=silhouette[0],
        silhouette_sd=silhouette[1],
        calinski_harabasz=measures.calinski_harabasz,
        davies_bouldin=measures.davies_bouldin,
        stability=stability[0],
        stability_sd=stability[1],
        purity=measures.purity,
        agreement=measures.agreement,
    )


def _measured(
    X: np.ndarray,
    run: KMeansRun,
    scatter: float,
    true_labels: np.ndarray | None,
    X_test: np.ndarray | None,
) -> _Measures:
    from sklearn.metrics import davies_bouldin_score  # a second that no page waits for

    purity, agreement = _truth(run.labels, true_labels)
    return _Measures(
        calinski_harabasz=_calinski_harabasz(run, scatter),
        davies_bouldin=float(davies_bouldin_score(X, run.labels)),
        held_out=None if X_test is None or not len(X_test) else _held_out(X_test, run.centers),
        purity=purity,
        agreement=agreement,
    )


def _calinski_harabasz(run: KMeansRun, scatter: float) -> float:
    """From what is known already: the variance inside the clusters is the inertia."""
    k, n = len(run.centers), len(run.labels)
    if not run.inertia:
        return float("inf")
    return (scatter - run.inertia) / (k - 1) / (run.inertia / (n - k))


def _held_out(X_test: np.ndarray, centers: np.ndarray) -> float:
    from sklearn.metrics import pairwise_distances_argmin_min

    _, squared = pairwise_distances_argmin_min(X_test, centers, metric="sqeuclidean")
    return float(np.mean(squared))


def _truth(labels: np.ndarray, true_labels: np.ndarray | None) -> tuple[float | None, float | None]:
    known = np.empty(0, dtype=bool) if true_labels is None else true_labels != UNLABELED
    if true_labels is None or not known.any():
        return None, None
    clusters, classes = labels[known], true_labels[known]
    counts = np.zeros((clusters.max() + 1, classes.max() + 1), dtype=np.int64)
    np.add.at(counts, (clusters, classes), 1)
    return (
        float(counts.max(axis=1).sum() / len(classes)),
        _agreement(classes, clusters),
    )


def _stability(runs: Sequence[KMeansRun]) -> tuple[float, float]:
    """Agreement of every pair of independent runs: mean and standard deviation."""
    return _mean_sd([_agreement(a.labels, b.labels) for a, b in combinations(runs, 2)])


def _agreement(some: np.ndarray, others: np.ndarray) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(some, others))


def _mean_sd(values: Sequence[float]) -> tuple[float, float]:
    """Over the values that are defined; nan where none is."""
    defined = np.array([value for value in values if not np.isnan(value)])
    if not len(defined):
        return float("nan"), float("nan")
    return float(defined.mean()), float(defined.std(ddof=1)) if len(defined) > 1 else 0.0
