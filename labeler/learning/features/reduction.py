"""Long vectors made short: principal components, brought to one scale."""

from collections.abc import Mapping
from typing import Self

import numpy as np
from sklearn.decomposition import PCA

from labeler.learning.threads import one_thread

SAMPLE = 20_000
"""Vectors the components are learned from; more does not change them measurably."""

TOTAL_VARIANCE = 50.0
"""Mean squared distance to the mean, after scaling. The penalty of a regression weighs features
by their size, and networks give anything from a thousandth to a hundred; this is about what
pixels from 0 to 1 have on small images, which the penalty's default strength suits."""

CHUNK = 8_192


class Reduction:
    """Principal components where that drops dimensions, and one factor for all of them.

    Parameters
    ----------
    n_components : int
        Components kept, where vectors are longer than that.

    Attributes
    ----------
    pca_ : sklearn.decomposition.PCA or None
        None where vectors have no more than ``n_components`` numbers, or are fewer than that.
    mean_, scale_ : ndarray, float
        What is taken off, and what the rest is divided by.
    """

    def __init__(self, n_components: int = 200) -> None:
        self.n_components = n_components

    @one_thread()
    def fit(self, X: np.ndarray) -> Self:
        """Learn from ``X`` of shape (n, n_features): the pool, or a part of it."""
        sample = np.asarray(X[sample_rows(len(X))], dtype=np.float32)
        self.mean_ = sample.mean(axis=0)
        variance = float(np.square(sample - self.mean_).sum(axis=1).mean())
        self.scale_ = np.float32(np.sqrt(variance / TOTAL_VARIANCE) or 1)
        self.pca_ = None
        if min(sample.shape) > self.n_components:
            solver = PCA(self.n_components, svd_solver="randomized", random_state=0)
            self.pca_ = solver.fit(sample)
        return self

    @one_thread()
    def transform(self, X: np.ndarray) -> np.ndarray:
        """Vectors of shape (n, n_features), float32."""
        parts = [self._reduced(X[start : start + CHUNK]) for start in range(0, len(X), CHUNK)]
        return np.concatenate(parts) if parts else np.empty((0, len(self.mean_)), np.float32)

    def state(self) -> dict[str, np.ndarray]:
        """What was learned, as plain arrays."""
        learned = {"mean": self.mean_, "scale": np.asarray(self.scale_)}
        return learned if self.pca_ is None else learned | pca_state(self.pca_)

    def restore(self, state: Mapping[str, np.ndarray]) -> Self:
        """Know what another learned, in place of learning."""
        self.mean_, self.scale_ = state["mean"], np.float32(state["scale"])
        self.pca_ = pca_from(state) if "pca.components" in state else None
        return self

    def _reduced(self, X: np.ndarray) -> np.ndarray:
        X = np.asarray(X, dtype=np.float32)
        centred = X - self.mean_ if self.pca_ is None else self.pca_.transform(X)
        return np.asarray(centred / self.scale_, dtype=np.float32)


def pca_state(pca: PCA) -> dict[str, np.ndarray]:
    """What principal components know, as plain arrays."""
    return {"pca.mean": pca.mean_, "pca.components": pca.components_}


def pca_from(state: Mapping[str, np.ndarray]) -> PCA:
    """Components that know what ``pca_state`` told."""
    return pca_of(state["pca.mean"], state["pca.components"])


def pca_of(mean: np.ndarray, components: np.ndarray) -> PCA:
    """Components that have learned these."""
    pca = PCA(len(components))
    pca.mean_, pca.components_, pca.n_components_ = mean, components, len(components)
    return pca


def sample_rows(n_rows: int, size: int = SAMPLE) -> np.ndarray:
    """Ascending row numbers: all of them, or ``size`` drawn at random, always the same."""
    if n_rows <= size:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(0).choice(n_rows, size, replace=False))
