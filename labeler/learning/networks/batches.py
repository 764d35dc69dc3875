"""Pictures through a network in batches of one size, so that none sees how many there are.

A library may cut its sums by the size of a batch, and compiles a network anew for another one. So
the last batch is filled up with black, and what comes of that is dropped. A batch is small: the
first layers of a network take a hundred times the room of the pictures themselves.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from labeler.progress import Progress

PIXELS, MOST_PICTURES = 8 * 224 * 224, 64
"""In a batch: what keeps the memory of most networks well under a gigabyte."""


def in_batches(
    function: Callable[[np.ndarray], Any],
    pictures: np.ndarray,
    name: str,
    progress: Progress,
    size: int | None = None,
) -> np.ndarray:
    """What ``function`` makes of ``pictures``, called with equally many of them each time.

    Parameters
    ----------
    function : callable
        Of an array of pictures; gives an array (or a tensor) with a row for each.
    pictures : ndarray of shape (n, side, side, 3)
    name : str
        Of the network, for the bar.
    progress : Progress
    size : int, optional
        Pictures in a batch, where the network asks for a number; by default by their pixels.

    Returns
    -------
    ndarray of shape (n, n_features), dtype float32
    """
    size = size or batch_size(pictures.shape[1])
    parts = []
    with progress.task(f"Looking with {name}", total=len(pictures)) as task:
        for start in range(0, max(len(pictures), 1), size):
            batch = pictures[start : start + size]
            rows = np.asarray(function(_filled(batch, size)), dtype=np.float32)
            parts.append(rows[: len(batch)])
            task.advance(len(batch))
    return np.concatenate(parts)


def batch_size(side: int) -> int:
    """Pictures of ``side`` by ``side`` pixels in a batch."""
    return min(max(1, PIXELS // side**2), MOST_PICTURES)


def _filled(batch: np.ndarray, size: int) -> np.ndarray:
    missing = np.zeros((size - len(batch), *batch.shape[1:]), batch.dtype)
    return np.concatenate([batch, missing]) if len(missing) else batch
