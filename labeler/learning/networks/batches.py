"""Pictures through a network in batches of one size, so that none sees how many there are.

A library may cut its sums by the size of a batch, and compiles a network anew for another one. So
the last batch is filled up with black, and what comes of that is dropped. A batch is small: the
first layers of a network take a hundred times the room of the pictures themselves.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from labeler.progress import Progress

BATCH = 8


def in_batches(
    function: Callable[[np.ndarray], Any], pictures: np.ndarray, name: str, progress: Progress
) -> np.ndarray:
    """What ``function`` makes of ``pictures``, called with ``BATCH`` of them each time.

    Parameters
    ----------
    function : callable
        Of an array of ``BATCH`` pictures; gives an array (or a tensor) with a row for each.
    pictures : ndarray of shape (n, side, side, 3)
    name : str
        Of the network, for the bar.
    progress : Progress

    Returns
    -------
    ndarray of shape (n, n_features), dtype float32
    """
    parts = []
    with progress.task(f"Looking with {name}", total=len(pictures)) as task:
        for start in range(0, max(len(pictures), 1), BATCH):
            batch = pictures[start : start + BATCH]
            rows = np.asarray(function(_filled(batch)), dtype=np.float32)
            parts.append(rows[: len(batch)])
            task.advance(len(batch))
    return np.concatenate(parts)


def _filled(batch: np.ndarray) -> np.ndarray:
    missing = np.zeros((BATCH - len(batch), *batch.shape[1:]), batch.dtype)
    return np.concatenate([batch, missing]) if len(missing) else batch
