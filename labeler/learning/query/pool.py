"""What a query strategy may look at."""

from dataclasses import dataclass

import numpy as np

from labeler.records import Clusters


@dataclass(frozen=True, eq=False)
class Pool:
    """What a strategy may look at. True labels are not among it.

    Attributes
    ----------
    clusters : Clusters
    asked : ndarray of shape (n,), dtype bool
        Images that were asked about already.
    X : ndarray of shape (n, n_features), dtype float32, or None
        Features, for the strategies that look at them.
    probabilities : ndarray of shape (n, n_classes), dtype float32, or None
        Soft labels spread so far, for the strategies that ask where those are uncertain.
    """

    clusters: Clusters
    asked: np.ndarray
    X: np.ndarray | None = None
    probabilities: np.ndarray | None = None
