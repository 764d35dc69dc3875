"""The contract of a classifier: the same few verbs as in scikit-learn.

A file beside this one declares ``NAME``, ``TITLE`` (what it is, within a sentence) and, if it
likes, ``TAKES``: how long a training takes, in words.
"""

from typing import Protocol, Self

import numpy as np

from labeler.plugins import CLASSIFIERS
from labeler.progress import SILENT, Progress


class Classifier(Protocol):
    """Learns classes from vectors; the same few verbs as in scikit-learn.

    One that is ``estimators.TellsState``, too, can be kept in a model's file.
    """

    classes_: np.ndarray
    """The classes that were learned from, ascending."""

    is_deterministic: bool
    """Whether two fits on the same data are equal, whatever their ``random_state``."""

    def fit(
        self,
        X: np.ndarray,
        y: np.ndarray,
        groups: np.ndarray | None = None,
        progress: Progress = SILENT,
        probabilities: np.ndarray | None = None,
    ) -> Self:
        """Learn from ``X`` of shape (n, n_features), float32, and class indices ``y``.

        ``groups`` of shape (n,) says which labels come from the same answer. ``probabilities``
        of shape (n, n_classes), float32, are soft labels, which take the place of ``y``: each
        image counts by how far its likeliest class is ahead of the second.
        """

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Class indices of shape (n,)."""

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Of shape (n, n_seen): one column for each class of ``classes_``; rows sum to 1."""


def classifier(name: str, random_state: int = 0) -> Classifier:
    """The classifier of that name, untrained.

    Parameters
    ----------
    name : str
        One of ``plugins.CLASSIFIERS``.
    random_state : int
        Of everything random in its training.

    Returns
    -------
    Classifier
        With its default parameters.
    """
    untrained: Classifier = CLASSIFIERS[name].load()(random_state=random_state)
    return untrained
