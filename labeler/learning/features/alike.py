"""Whether vectors are of the images that they are said to be of.

Images whose vectors are neighbours should look alike more often than chance has it. Where rows are
in another order than images, they do not. A permutation test: how far apart small pictures of
neighbours are, beside the same for rows that are shuffled.
"""

import numpy as np

from labeler.imaging.pixels import resize_pixels
from labeler.learning.threads import one_thread

SAMPLE = 600
"""Images that are compared with each other."""

SIDE = 8
"""Pixels of the small pictures."""

N_NEIGHBOURS = 5
N_SHUFFLES = 199
DOUBTFUL = 0.05
"""Share of shuffled rows that do as well from which on vectors are doubted."""

FEWEST = 20
"""Images below which nothing can be said."""


@one_thread()
def chance_of_being_others(vectors: np.ndarray, images: np.ndarray) -> float:
    """How often shuffled rows would fit the images as well as these do.

    Parameters
    ----------
    vectors : ndarray of shape (n, n_features)
    images : ndarray of shape (n, height, width[, 3]), dtype uint8

    Returns
    -------
    float
        Above 0, up to 1; 0.5 is what rows in any order give on average. 0 where nothing can be
        said: of too few images, or of such as all look the same.
    """
    if len(images) < FEWEST:
        return 0.0
    rng = np.random.default_rng(0)
    chosen = np.sort(rng.choice(len(images), min(SAMPLE, len(images)), replace=False))
    apart = _distances(_small(images[chosen]))
    if not apart.any():
        return 0.0
    among = _distances(np.asarray(vectors[chosen], dtype=np.float64))
    np.fill_diagonal(among, np.inf)
    neighbours = np.argpartition(among, N_NEIGHBOURS, axis=1)[:, :N_NEIGHBOURS]
    seen = _mean_apart(apart, neighbours, np.arange(len(chosen)))
    shuffled = [
        _mean_apart(apart, neighbours, rng.permutation(len(chosen))) for _ in range(N_SHUFFLES)
    ]
    n_as_good = sum(other <= seen for other in shuffled)
    return (1 + n_as_good) / (1 + N_SHUFFLES)


def _small(images: np.ndarray) -> np.ndarray:
    small = np.stack([resize_pixels(image, SIDE, SIDE) for image in images])
    return small.reshape(len(small), -1).astype(np.float64)


def _distances(vectors: np.ndarray) -> np.ndarray:
    """Squared, between all pairs."""
    lengths = np.square(vectors).sum(axis=1)
    return np.asarray(np.maximum(lengths[:, None] + lengths - 2 * vectors @ vectors.T, 0))


def _mean_apart(apart: np.ndarray, neighbours: np.ndarray, order: np.ndarray) -> float:
    """How far apart images are whose vectors are neighbours, if ``order`` says which is whose."""
    return float(np.sqrt(apart[order[:, None], order[neighbours]]).mean())
