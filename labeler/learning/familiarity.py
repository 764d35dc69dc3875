"""Whether a new image is like those of the pool: a distance, and the one that few of the pool have.

The distance to the tenth-nearest image of the pool assumes nothing of how images are spread (Sun et
al., "Out-of-distribution detection with deep nearest neighbors", ICML 2022). An image is unfamiliar
that is farther than all but one in twenty of the pool's own images are from their tenth-nearest
other: so many of the images that are like them are flagged, too.

Features that learned from a small pool fit its own images better than any others: these are at
other distances from it than new images are, and few of those would be flagged. There a fifth of the
images at a time is left out of all learning and measured as if it were new (cross-conformal
prediction; Vovk, "Cross-conformal predictors", 2015), each image together with its copies. What
features learn that takes long and is little (``KeepsState.core_names``) may stay as the whole pool
taught it, where it fits no image in particular.
"""

import math
from collections.abc import Callable
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

FOLDS = 5
"""A small pool is measured a part at a time, as new to the others: one in so many images."""

FEW = 320
"""Of fewer images the parts are smaller: without a fifth, features would have fewer components."""

ENOUGH = 500
"""No more parts are measured once so many images were: a share is known to a point then."""

MOST_REFERENCES = 20_000
"""Images of the pool that new ones are compared with, where nothing needs all of them."""


Relearned = Callable[[np.ndarray], np.ndarray]
"""From ascending places in a pool to vectors of all of it, shape (n, n_features), dtype float32, by
features that learned from the images in these places alone."""


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
    X: np.ndarray,
    progress: Progress = SILENT,
    *,
    all_of_them: bool = False,
    relearned: Relearned | None = None,
    copies: np.ndarray | None = None,
) -> References:
    """Take references from a pool, and find out how far its own images are from each other.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
    progress : Progress
    all_of_them : bool
        Whether every image is one, as it is; else at most ``MOST_REFERENCES``, kept to three
        digits.
    relearned : callable, optional
        Learns the features of a small pool anew from a part of it. Without it, and in pools of more
        than ``MEASURED_ON`` images, these are measured as they are, which is too far apart where
        there are few.
    copies : ndarray of shape (n,), dtype int64, optional
        The same number for images that are copies of each other; by default none is.
    """
    if all_of_them:
        index = PoolIndex(np.ascontiguousarray(X, dtype=np.float32))
        chosen = np.arange(len(X))
    else:
        chosen = _some(len(X), MOST_REFERENCES)
        index = PoolIndex(np.asarray(X[chosen], dtype=np.float16).astype(np.float32))
    if relearned is not None and len(X) <= MEASURED_ON:
        groups = np.arange(len(X)) if copies is None else copies
        return References(index, _threshold_of_new(groups, relearned, progress))
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


def _threshold_of_new(copies: np.ndarray, relearned: Relearned, progress: Progress) -> float:
    """The distance that all but few images would keep to the pool, had they not been in it.

    Infinite where a pool is so small that nothing could be flagged as seldom as promised.
    """
    groups, first = np.unique(copies, return_index=True)
    if _rank(len(groups)) > len(groups):
        return float("inf")
    n_folds = FOLDS if len(groups) >= FEW else 4 * FOLDS
    fold = np.random.default_rng(0).permutation(len(groups)) % n_folds
    fold_of_image = fold[np.searchsorted(groups, copies)]
    measured: list[np.ndarray] = []
    with progress.task("Measuring what is familiar", len(groups)) as task:
        for number in range(min(n_folds, len(groups))):
            others, new = np.flatnonzero(fold_of_image != number), first[fold == number]
            measured.append(_as_new(relearned(others), others, new))
            task.advance(len(new))
            if sum(map(len, measured)) >= ENOUGH:
                task.advance(len(groups) - sum(map(len, measured)))
                break
    distances = np.sort(np.concatenate(measured))
    return float(distances[_rank(len(distances)) - 1])


def _as_new(X: np.ndarray, others: np.ndarray, new: np.ndarray) -> np.ndarray:
    """How far images are from the others; of fewer images, a nearer one tells the distance."""
    nth = max(1, round(min(NTH, len(X) - 1) * len(others) / len(X)))
    _, squares = PoolIndex(np.ascontiguousarray(X[others])).nearest(X[new], nth)
    return np.asarray(np.sqrt(squares[:, -1]))


def _rank(n: int) -> int:
    """Which of n distances, in ascending order, a new one is beyond as seldom as is promised."""
    return math.ceil((1 - FALSE_ALARMS) * (n + 1))


def _some(n: int, at_most: int) -> np.ndarray:
    """Ascending places: all, or some drawn at random, always the same."""
    if n <= at_most:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).choice(n, at_most, replace=False))
