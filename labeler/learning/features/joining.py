"""Several descriptions of the same images, put side by side so that none outweighs the others."""

from collections.abc import Sequence

import numpy as np

from labeler.learning.features.shape import LENGTH


def side_by_side(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Join vectors of the same images, those of each part brought to one length.

    Parameters
    ----------
    parts : sequence of ndarray of shape (n, n_features)

    Returns
    -------
    ndarray of shape (n, sum of n_features), dtype float32
    """
    return np.hstack([_of_one_length(part) for part in parts])


def _of_one_length(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors * (LENGTH / np.maximum(lengths, 1e-6)), dtype=np.float32)
