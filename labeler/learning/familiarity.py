"""Whether a new image is like those of the pool: a distance, and the one that few of the pool have.

The distance to the tenth-nearest image of the pool assumes nothing of how images are spread (Sun et
al., "Out-of-distribution detection with deep nearest neighbors", ICML 2022). An image is unfamiliar
that is farther than all but one in twenty of the pool's own images are from their tenth-nearest
other: so many of the images that are like them are flagged, too.
"""

from dataclasses import dataclass

import numpy as np

from labeler.learning.graph import PoolIndex
from labeler.progress import SILENT, Progress

NTH = 10
"""Which of the nearest images tells the distance; the last, where there are fewer."""

FALSE_ALARMS = 0.05
"""Share of images like those of the pool that are flagged all the same."""

MEASURED_ON = 10_000
"""Images of the pool whose own distances are looked at: a share is known to 0.2 points then."""

MOST_REFERENCES = 20_000
"""Images of the pool that new ones are compared with, where nothing needs all of them."""


@dataclass(frozen=True, eq=False)
class References:
    """Images of the pool that new ones are held against.

    Attributes
    ----------
    index : PoolIndex
    threshold : float
        Distances beyond it are unfamiliar.
    """

    index: PoolIndex
    threshold: float

    @property
    def nth(self) -> int:
        """Which of the nearest images tells the distance."""
        return max(1, min(NTH, len(self.index) - 1))

    def distances(self, nearest: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """How far each image is from the pool: of shape (m,), dtype float32.

        Parameters
        ----------
        nearest : tuple of ndarray of shape (m, at least ``nth``)
            As ``PoolIndex.nearest`` gives them.
        """
        return np.asarray(np.sqrt(nearest[1][:, self.nth - 1]))

    def is_unfamiliar(self, distances: np.ndarray) -> np.ndarray:
        """Mask of shape (m,): True for what is unlike the pool."""
        return np.asarray(distances > np.float32(self.threshold))


def references_for(
    X: np.ndarray, progress: Progress = SILENT, *, all_of_them: bool = False
) -> References:
    """Take references from a pool, and find out how far its own images are from each other.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
    progress : Progress
    all_of_them : bool
        Whether every image is one, as it is; else at most ``MOST_REFERENCES``, kept to three
        digits.
    """
    if all_of_them:
        index = PoolIndex(np.ascontiguousarray(X, dtype=np.float32))
        chosen = np.arange(len(X))
    else:
        chosen = _some(len(X), MOST_REFERENCES)
        index = PoolIndex(np.asarray(X[chosen], dtype=np.float16).astype(np.float32))
    asked = _some(len(chosen), MEASURED_ON)
    return References(index, _threshold(index, X[chosen[asked]], asked, progress))


def _threshold(index: PoolIndex, X: np.ndarray, places: np.ndarray, progress: Progress) -> float:
    """The distance that all but few of the pool's images keep to the others."""
    if len(index) < 2:
        return float("inf")
    nth = min(NTH, len(index) - 1)
    neighbors, squares = index.nearest(np.asarray(X), nth + 1, progress)
    others = np.where(neighbors == places[:, None], np.inf, squares)
    distances = np.sqrt(np.sort(others, axis=1)[:, nth - 1])
    return float(np.quantile(distances, 1 - FALSE_ALARMS))


def _some(n: int, at_most: int) -> np.ndarray:
    """Ascending places: all, or some drawn at random, always the same."""
    if n <= at_most:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).choice(n, at_most, replace=False))
