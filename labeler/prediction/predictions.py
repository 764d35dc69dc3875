"""What a model says of images."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a model says of some images, one entry an image.

    Attributes
    ----------
    labels : ndarray of shape (n,), dtype int64
        Indices into the model's classes.
    confidences : ndarray of shape (n,), dtype float32
        How sure that is, 0 to 1: calibrated where the model says so.
    second_labels : ndarray of shape (n,), dtype int64
        The class that came nearest; -1 where there is only one class.
    second_confidences : ndarray of shape (n,), dtype float32
    distances : ndarray of shape (n,), dtype float32
        In the model's features, to the tenth-nearest image that it knows.
    unfamiliar : ndarray of shape (n,), dtype bool
        Whether that is farther than nineteen in twenty pictures of the kind that it knows would
        be: its class may be none that the model has.
    """

    labels: np.ndarray
    confidences: np.ndarray
    second_labels: np.ndarray
    second_confidences: np.ndarray
    distances: np.ndarray
    unfamiliar: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, places: np.ndarray) -> "Predictions":
        """Those of some images, in that order."""
        return Predictions(*(getattr(self, field.name)[places] for field in fields(self)))

    def but_for(self, unknown: np.ndarray) -> "Predictions":
        """The same, but that nothing is said of images in a mask of shape (n,): -1, NaN, False."""
        nothing = {"i": -1, "f": np.nan, "b": False}
        said = self.take(np.arange(len(self)))
        for field in fields(said):
            array = getattr(said, field.name)
            array[unknown] = nothing[array.dtype.kind]
        return said

    @property
    def share_unfamiliar(self) -> float:
        """0 to 1; 0 of no images."""
        return float(self.unfamiliar.mean()) if len(self) else 0.0


def joined(parts: Iterable[Predictions]) -> Predictions:
    """Predictions of several blocks of images, one after the other; at least one."""
    blocks = list(parts)
    return Predictions(
        *(
            np.concatenate([getattr(block, field.name) for block in blocks])
            for field in fields(Predictions)
        )
    )


def two_likeliest(said: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, ...]:
    """How likely each label is, the likeliest of the others, and how likely that is.

    Parameters
    ----------
    said : ndarray of shape (n, n_classes)
    labels : ndarray of shape (n,), dtype int64

    Returns
    -------
    tuple of ndarray of shape (n,)
        Of a single class, the others are -1 and their likelihood is 0.
    """
    rows = np.arange(len(said))
    first = said[rows, labels]
    if said.shape[1] < 2:
        return first, np.full(len(said), -1), np.zeros(len(said))
    others = said.copy()
    others[rows, labels] = -np.inf
    second = others.argmax(axis=1)
    return first, second, said[rows, second]
