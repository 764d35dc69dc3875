"""Some vectors cut into parts: one cluster clustered again, while somebody waits for it."""

import numpy as np

from labeler.exceptions import ConfigError
from labeler.learning.cluster_analysis.records import VectorSplit
from labeler.learning.cluster_analysis.silhouettes import silhouettes
from labeler.learning.cluster_analysis.starts import (
    KMeansRun,
    best_runs,
    carry_on,
    independent_runs,
)
from labeler.progress import SILENT, Progress

MAX_PARTS = 50
MOST_SUGGESTED = 8
"""Parts tried when their number is to be suggested."""

N_STARTS = 2
SAMPLE = 3_000
"""Images on which the number of parts and the starts are tried."""


def split_vectors(
    X: np.ndarray,
    n_parts: int | None,
    rng: np.random.Generator,
    *,
    called: str = "The cluster",
    progress: Progress = SILENT,
) -> VectorSplit:
    """Cut some vectors into parts with k-means.

    With None for ``n_parts``, the number from 2 to 8 with the highest sampled silhouette is taken.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
        All images of one cluster.
    n_parts : int or None
        From 2 to 50.
    rng : numpy.random.Generator
        For the starts and the sample.
    called : str
        What messages call them.
    progress : Progress
        Told of each step.

    Returns
    -------
    VectorSplit
        The parts, their centroids, and the silhouettes of the numbers tried.

    Raises
    ------
    ConfigError
        There are too few different images for so many parts.
    """
    _check(len(X), n_parts, called)
    wanted = [n_parts] if n_parts else list(range(2, max(2, min(MOST_SUGGESTED, len(X) - 1)) + 1))
    is_small = len(X) <= SAMPLE
    sample = X if is_small else X[np.sort(rng.choice(len(X), SAMPLE, replace=False))]
    tried = independent_runs(sample, wanted, rng, N_STARTS, progress)
    best = {k: run for k, run in best_runs(sample, tried, rng).items() if len(run.centers) == k}
    if not best:
        raise ConfigError(
            f"{called} has fewer than {wanted[0]} different images, in these features; it cannot "
            f"be split into {wanted[0]} parts."
        )
    values = _silhouettes(sample, best, rng) if n_parts is None else {}
    chosen = max(values, key=lambda k: values[k]) if values else min(best)
    run = best[chosen] if is_small else carry_on(X, {chosen: best[chosen]}, rng)[chosen]
    return VectorSplit(run.labels, run.centers, values)


def _check(n_images: int, n_parts: int | None, called: str) -> None:
    if n_parts is not None and not 2 <= n_parts <= MAX_PARTS:
        raise ConfigError(f"{called} can be split into 2 to {MAX_PARTS} parts, not {n_parts}.")
    wanted = n_parts or 2
    if n_images < wanted:
        images = f"{n_images:,} image{'' if n_images == 1 else 's'}"
        raise ConfigError(f"{called} has {images}, too few to be split into {wanted} parts.")


def _silhouettes(
    sample: np.ndarray, best: dict[int, KMeansRun], rng: np.random.Generator
) -> dict[int, float]:
    """Where they are defined: not for two images in two parts."""
    by_k = silhouettes(sample, {k: run.labels for k, run in best.items()}, rng, n_draws=1)
    means = {k: float(np.mean(values)) for k, values in by_k.items()}
    return {k: mean for k, mean in means.items() if not np.isnan(mean)}
