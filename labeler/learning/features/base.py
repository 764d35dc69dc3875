"""What every feature extractor promises.

A file beside this one that can be chosen by name declares ``NAME`` and ``TITLE`` (what the vectors
are, within a sentence). The classes are estimators, and pass scikit-learn's ``clone``; they cannot
keep the contract that ``check_estimator`` checks, as images have more than two axes.
"""

from collections.abc import Mapping
from typing import Protocol, Self, runtime_checkable

import numpy as np

from labeler.learning.estimators import TellsState
from labeler.progress import SILENT, Progress


class FeatureExtractor(Protocol):
    """Learns from the pool, then turns any images of the same shape into vectors.

    ``fit`` sees the pool only. Nothing in it depends on the run's seed, so that runs which
    differ in their seed alone can share features.
    """

    def fit(self, images: np.ndarray, progress: Progress = SILENT) -> Self:
        """Learn from ``images`` of shape (n, height, width[, 3]), dtype uint8."""

    def transform(self, images: np.ndarray, progress: Progress = SILENT) -> np.ndarray:
        """Vectors of shape (n, n_features), dtype float32, in the order of ``images``."""


@runtime_checkable
class KeepsState(TellsState, Protocol):
    """An extractor whose learning takes long, so that what was learned is kept.

    Attributes
    ----------
    state_names : tuple of str
        What the arrays are called; parts of file names.
    core_names : tuple of str
        Of them, those that take long to learn and little room.
    """

    state_names: tuple[str, ...]
    core_names: tuple[str, ...]

    def resume(
        self, images: np.ndarray, core: Mapping[str, np.ndarray], progress: Progress = SILENT
    ) -> "FeatureExtractor":
        """Learn the rest from the images that another learned ``core`` from; gives itself."""
