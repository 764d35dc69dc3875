"""Features of small patches: how much of each image looks like each of a few hundred patches."""

import warnings
from typing import Self

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from labeler.learning.threads import one_thread

SIZE = 6
STRIDE = 2
POOLED = 4
"""The image is cut into this many parts along each side, and each part averages its patches."""


class PatchFeatures:
    """Similarity to k-means centroids of whitened patches, averaged over parts of the image.

    After Coates, Lee and Ng, "An analysis of single-layer networks in unsupervised feature
    learning" (AISTATS 2011), with their "triangle" activation. The square root of the averages
    is taken: it keeps a few frequent patches from outweighing all others.

    Parameters
    ----------
    n_centroids : int

    Attributes
    ----------
    mean_ : ndarray of shape (n_values,)
    whitening_ : ndarray of shape (n_values, n_values)
    centroids_ : ndarray of shape (n_centroids, n_values)
    """

    n_patches = 50_000
    """Patches the centroids are learned from, at most."""
    contrast = 0.04
    """Patches with less contrast than this are not stretched to the contrast of the others."""
    regularisation = 0.1

    def __init__(self, n_centroids: int = 256) -> None:
        self.n_centroids = n_centroids

    @one_thread()
    def fit(self, images: np.ndarray, centroids: np.ndarray | None = None) -> Self:
        """Learn from ``images`` (n, side, side, n_channels), float32, 0 to 1.

        ``centroids`` that were learned from the same images are taken as they are.
        """
        patches = _stretched(self._sample(images), self.contrast)
        self.mean_ = patches.mean(axis=0)
        spreads, axes = np.linalg.eigh(np.cov((patches - self.mean_).T))
        self.whitening_ = ((axes / np.sqrt(spreads + self.regularisation)) @ axes.T).astype(
            np.float32
        )
        if centroids is None:
            centroids = self._cluster((patches - self.mean_) @ self.whitening_)
        self.centroids_ = centroids
        return self

    def _cluster(self, white: np.ndarray) -> np.ndarray:
        n_centroids = min(self.n_centroids, len(white))
        kmeans = KMeans(n_centroids, n_init=1, max_iter=20, random_state=0)
        with warnings.catch_warnings():
            # Fewer distinct patches than centroids: some centroids are there twice.
            warnings.simplefilter("ignore", ConvergenceWarning)
            kmeans.fit(white)
        return np.asarray(kmeans.cluster_centers_, dtype=np.float32)

    @one_thread()
    def transform(self, images: np.ndarray) -> np.ndarray:
        """Vectors of shape (n, POOLED**2 * n_centroids), float32, of ``images``."""
        n = len(images)
        windows = _windows(images)[:, ::STRIDE, ::STRIDE]
        rows, columns = windows.shape[1:3]
        patches = _stretched(windows.reshape(n * rows * columns, -1), self.contrast)
        white = (patches - self.mean_) @ self.whitening_
        similar = self._triangle(white).reshape(n, rows * columns, -1)
        parts = np.kron(_parts(rows), _parts(columns))
        return np.asarray(np.sqrt(np.matmul(parts, similar)).reshape(n, -1))

    def _triangle(self, white: np.ndarray) -> np.ndarray:
        """How much nearer than the average centroid each centroid is; 0 where it is farther."""
        distances = white @ (-2 * self.centroids_.T)
        distances += (self.centroids_**2).sum(axis=1)
        distances += (white**2).sum(axis=1)[:, None]
        np.sqrt(np.maximum(distances, 0, out=distances), out=distances)
        np.subtract(distances.mean(axis=1, keepdims=True), distances, out=distances)
        return np.asarray(np.maximum(distances, 0, out=distances))

    def _sample(self, images: np.ndarray) -> np.ndarray:
        """Patches from random places; flat ones, which show nothing, only where all are flat."""
        rng = np.random.default_rng(0)
        windows = _windows(images)
        n, rows, columns = windows.shape[:3]
        n_patches = min(self.n_patches, n * rows * columns)
        places = rng.integers((n, rows, columns), size=(n_patches, 3)).T
        patches = windows[tuple(places)].reshape(n_patches, -1)
        has_contrast = patches.std(axis=1) > self.contrast / 2
        return np.asarray(patches[has_contrast] if has_contrast.any() else patches)


def _windows(images: np.ndarray) -> np.ndarray:
    """Every patch of every image, without copying: (n, rows, columns, n_channels, SIZE, SIZE)."""
    return np.lib.stride_tricks.sliding_window_view(images, (SIZE, SIZE), axis=(1, 2))


def _stretched(patches: np.ndarray, contrast: float) -> np.ndarray:
    centered = patches - patches.mean(axis=1, keepdims=True)
    spread = np.sqrt((centered**2).mean(axis=1, keepdims=True) + np.float32(contrast**2))
    return np.asarray(centered / spread)


def _parts(length: int) -> np.ndarray:
    """Averages over POOLED equal parts of a line, shape (POOLED, length); cut places shared."""
    edges = np.linspace(0, length, POOLED + 1)
    places = np.arange(length)
    overlap = np.minimum(places + 1, edges[1:, None]) - np.maximum(places, edges[:-1, None])
    return np.asarray(np.clip(overlap, 0, 1) * POOLED / length, dtype=np.float32)
