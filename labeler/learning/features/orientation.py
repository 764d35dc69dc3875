"""Whether images have an up: seen from above, a turned image is as likely as the image itself."""

from collections.abc import Callable, Iterator

import numpy as np
from sklearn.neighbors import NearestNeighbors

from labeler.learning.threads import one_thread

N_TURNED = 400
N_COMPARED = 4_000
N_NEIGHBORS = 5
HAS_UP = 0.7
"""Of images with an up, more than this share become less usual when they are turned."""

FEWEST = 50
"""Fewer images do not tell, and are taken to have an up, as most things that people look at do."""


def symmetries(images: np.ndarray) -> Iterator[np.ndarray]:
    """The 8 rotations and reflections of square ``images`` (n, side, side, n_channels)."""
    for mirrored in (images, images[:, :, ::-1]):
        for quarter_turns in range(4):
            yield np.ascontiguousarray(np.rot90(mirrored, quarter_turns, axes=(1, 2)))


def has_up(images: np.ndarray, describe: Callable[[np.ndarray], np.ndarray]) -> bool:
    """Whether turning or mirroring these images makes them look unusual among the others.

    No labels are needed: an image is usual if its nearest neighbours among the others are near.
    Where turned images are as usual as unturned ones, nothing distinguishes up from down.

    Parameters
    ----------
    images : ndarray of shape (n, side, side, n_channels), dtype float32
    describe : callable
        Images to vectors.

    Returns
    -------
    bool
    """
    return len(images) < FEWEST or orientation_score(images, describe) > HAS_UP


@one_thread()
def orientation_score(images: np.ndarray, describe: Callable[[np.ndarray], np.ndarray]) -> float:
    """Share of turned images that are farther from the others than unturned: 0.5 without an up.

    Parameters and errors as in ``has_up``.
    """
    chosen = np.random.default_rng(0).permutation(len(images))[:N_COMPARED]
    n_turned = min(N_TURNED, len(chosen))
    others = describe(images[chosen])
    n_neighbors = min(N_NEIGHBORS + 1, len(others))
    index = NearestNeighbors(n_neighbors=n_neighbors, algorithm="brute").fit(others)
    unturned, *turned = (
        _distance_to_others(index, describe(views))
        for views in symmetries(images[chosen[:n_turned]])
    )
    wins = [(far > unturned).mean() + 0.5 * (far == unturned).mean() for far in turned]
    return float(np.mean(wins))


def _distance_to_others(index: NearestNeighbors, vectors: np.ndarray) -> np.ndarray:
    """Distance to the fifth-nearest image that is not the image itself."""
    distances, neighbors = index.kneighbors(vectors)
    itself = neighbors == np.arange(len(vectors))[:, None]
    return np.asarray(np.sort(np.where(itself, np.inf, distances), axis=1)[:, -2])
