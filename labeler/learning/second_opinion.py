"""A second opinion on new images: what their nearest images of the pool are labeled.

A classifier that learned from spread labels sees what a class looks like everywhere; the nearest
images of the pool say what is the case right there. They err in different places, so that both
together, multiplied, are right more often than either.
"""

import numpy as np

from labeler.learning.graph import SCALED_BY

NEXT_TO_NOTHING = 1e-6
"""Neither opinion rules a class out by itself: the other still orders those that it gives none."""


def opinion_of_neighbors(
    neighbors: np.ndarray, squares: np.ndarray, probabilities: np.ndarray, counted: np.ndarray
) -> np.ndarray:
    """Average the soft labels of the images nearest to each new image, the nearest most.

    The weight of a neighbour is ``exp(-d / s)``, where ``d`` is its squared distance and ``s``
    that of the seventh-nearest.

    Parameters
    ----------
    neighbors, squares : ndarray of shape (m, n_neighbors)
        As ``graph.nearest_in_pool`` gives them.
    probabilities : ndarray of shape (n, n_classes), dtype float32
        Soft labels of the pool.
    counted : ndarray of shape (n,), dtype bool
        Images of the pool that have a label; the others say nothing.

    Returns
    -------
    ndarray of shape (m, n_classes), dtype float32
        Rows sum to 1, or to 0 where no neighbour has a label.
    """
    scale = squares[:, min(SCALED_BY, squares.shape[1]) - 1, None]
    weights = np.exp(-squares / np.maximum(scale, np.finfo(np.float32).tiny)) * counted[neighbors]
    said = np.einsum("mk,mkc->mc", weights, probabilities[neighbors])
    total = weights.sum(axis=1, keepdims=True)
    return np.asarray(said / np.maximum(total, np.finfo(np.float32).tiny), dtype=np.float32)


def combined(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Two opinions as one: their product; shape (m, n_classes), each row sums to 1."""
    product = (first + NEXT_TO_NOTHING) * (second + NEXT_TO_NOTHING)
    return np.asarray(product / product.sum(axis=1, keepdims=True))
