"""What lies far from the rest, by the spread of the rest, and is rare: never half of a data set."""

import math

import numpy as np

FENCE = 3.5
"""Robust standard deviations beyond the median from where on a value is unusual: Iglewicz and
Hoaglin, "How to detect and handle outliers" (1993)."""

MOST = 0.02
"""At most this share of the values lies far on one side. What more have is no exception but a
second sort of picture, and a list of it would help nobody."""

FEW = 10
"""As many may, however few values there are."""

_NORMAL = 1.4826
"""Median absolute deviations to standard deviations, where values are normal."""


def far_below(values: np.ndarray, least: float) -> np.ndarray:
    """Which values lie far below the others.

    The spread is that of the lower half alone, since figures of pictures are seldom symmetric.

    Parameters
    ----------
    values : ndarray of shape (n,)
        nan where nothing is known; those are never far.
    least : float
        How far below the median they have to be at least, in the values' own unit.

    Returns
    -------
    ndarray of shape (n,), dtype bool
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return np.zeros(len(values), dtype=bool)
    median = np.median(known)
    spread = _NORMAL * np.median(median - known[known <= median])
    rank = max(FEW, math.ceil(MOST * len(known)))
    # Of equal values beyond the rank none is taken: it would be chance which.
    rarest = np.partition(known, rank)[rank] if rank < len(known) else np.inf
    with np.errstate(invalid="ignore"):
        return np.asarray((values < median - max(FENCE * spread, least)) & (values < rarest))


def far_above(values: np.ndarray, least: float) -> np.ndarray:
    """The same above."""
    return far_below(-values, least)
