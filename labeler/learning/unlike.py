"""How much of a pool is unlike any image that was named.

Distances mean little by themselves: between vectors of hundreds of numbers they are all much
alike, and some kinds of images lie closer together than others. Ranks do not depend on that. In a
pool of 1,000 images with 50 answers, most have an answer among their 20 nearest; an image that has
far more of the pool nearer to it than any answer belongs to a kind that nobody named.
"""

import numpy as np

from labeler.learning.threads import one_thread

FARTHER = 4.0
"""An image is unlike any that was named if so many times the images to an answer lie nearer to it
than the nearest answer. Where answers are of every kind, that is fewer than one in a hundred; where
they were drawn at random, about two (``exp(-4)``)."""

LOOKED_AT = 1_000
"""Images that are looked at, drawn at random: a share is told to a point or two."""

_BLOCK = 100


@one_thread()
def share_unlike(X: np.ndarray, named: np.ndarray, seed: int = 0) -> float:
    """Estimate the share of images that are unlike any that was named.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
    named : ndarray of shape (m,), dtype int64
        Places of the images that were named; at least one.
    seed : int
        Draws the images that are looked at, where there are more than ``LOOKED_AT``.

    Returns
    -------
    float
        0 to 1.
    """
    drawn = np.random.default_rng(seed).permutation(len(X))[:LOOKED_AT]
    expected = len(X) / len(named)
    nearer = np.concatenate(
        [_nearer(X, named, drawn[start : start + _BLOCK]) for start in range(0, len(drawn), _BLOCK)]
    )
    return float(np.mean(nearer > FARTHER * expected))


def _nearer(X: np.ndarray, named: np.ndarray, places: np.ndarray) -> np.ndarray:
    """How many other images lie nearer to each of ``places`` than any that was named."""
    # What is the same for a whole row, the square of its own image, changes no order.
    squares = np.einsum("ij,ij->i", X, X) - 2 * (X[places] @ X.T)
    nearest = squares[:, named].min(axis=1, keepdims=True)
    return np.asarray((squares < nearest).sum(axis=1))
