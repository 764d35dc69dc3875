"""Pixels as features: the plain grey values, or their principal components."""

from collections.abc import Mapping
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA

from labeler.learning.features.reduction import pca_from, pca_state
from labeler.learning.threads import in_blocks, one_thread
from labeler.progress import SILENT, Progress

NAME = "pixels"
TITLE = "pixels"

CHUNK = 1024
"""Images turned into float32 at once on each core: memory stays near the size of the result."""

PCA_SAMPLE = 20_000
"""Images the principal components are learned from. More does not change them measurably, and
the cost stays flat as the pool grows."""

EXACT_PCA_PIXELS = 1024
"""Up to here the covariance matrix is decomposed exactly; above, a randomized solver is used."""


class PixelFeatures(BaseEstimator):  # type: ignore[misc]
    """Pixels from 0 to 1, reduced to principal components where that drops dimensions.

    Distances between the vectors are distances between the images: no component is rescaled.

    Parameters
    ----------
    n_components : int
        Components kept, where images have more pixels than that.

    Attributes
    ----------
    pca_ : sklearn.decomposition.PCA or None
        None where the images have no more than ``n_components`` pixels.
    """

    def __init__(self, n_components: int = 200) -> None:
        self.n_components = n_components

    @one_thread()
    def fit(self, images: np.ndarray, progress: Progress = SILENT) -> Self:
        """Learn the principal components of ``images`` (n, height, width[, 3]), uint8."""
        n_pixels = int(np.prod(images.shape[1:]))
        if n_pixels <= self.n_components:
            self.pca_ = None
            return self
        sample = _sample(images)
        solver = "covariance_eigh" if n_pixels <= EXACT_PCA_PIXELS else "randomized"
        n_components = min(self.n_components, len(sample))
        with progress.task("Learning principal components"):
            self.pca_ = PCA(n_components, svd_solver=solver, random_state=0).fit(_scaled(sample))
        return self

    def transform(self, images: np.ndarray, progress: Progress = SILENT) -> np.ndarray:
        """Vectors of shape (n, n_features), float32, of ``images`` (n, height, width[, 3])."""
        n_features = _scaled(images[:1]).shape[1] if self.pca_ is None else self.pca_.n_components_
        vectors = np.empty((len(images), n_features), dtype=np.float32)
        with progress.task("Computing features", total=len(images)) as task:
            start = 0
            for part in in_blocks(self._vectors, images, CHUNK):
                vectors[start : start + len(part)] = part
                start += len(part)
                task.advance(len(part))
        return vectors

    def state(self) -> dict[str, np.ndarray]:
        """What was learned, as plain arrays: nothing of images that stay as they are."""
        return {} if self.pca_ is None else pca_state(self.pca_)

    def restore(self, state: Mapping[str, np.ndarray]) -> Self:
        """Know what another learned, in place of learning."""
        self.pca_ = pca_from(state) if state else None
        return self

    def _vectors(self, images: np.ndarray) -> np.ndarray:
        pixels = _scaled(images)
        return pixels if self.pca_ is None else np.asarray(self.pca_.transform(pixels))


def _scaled(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)


def _sample(images: np.ndarray) -> np.ndarray:
    if len(images) <= PCA_SAMPLE:
        return images
    chosen = np.random.default_rng(0).choice(len(images), PCA_SAMPLE, replace=False)
    return images[np.sort(chosen)]
