"""What names new images: a classifier, alone or together with neighbours, a net and a second one.

Whatever scores a run on its test part and whatever predicts images later asks here, in the same
blocks, so that both say the same to the last bit.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from labeler.learning.classifiers import Classifier
from labeler.learning.graph import NEW_AT_ONCE
from labeler.learning.second_opinion import combined, opinion_of_neighbors
from labeler.learning.small_net.net import SmallNet


@dataclass(frozen=True, eq=False)
class SoftLabels:
    """What the images of a pool are labeled, for their neighbours to say.

    Attributes
    ----------
    probabilities : ndarray of shape (n, n_classes), dtype float32
    counted : ndarray of shape (n,), dtype bool
        Images that have a label; the others say nothing.
    """

    probabilities: np.ndarray
    counted: np.ndarray


@dataclass(frozen=True, eq=False)
class Ensemble:
    """What is asked to name a new image, and how the answers are put together.

    Attributes
    ----------
    n_classes : int
    classifier : Classifier
        By itself, it decides; it may know some of the classes only.
    soft_labels : SoftLabels or None
        Of the pool: then the nearest images there are heard, too.
    alone : Classifier or None
        One that learned from the answers alone, to be heard beside these.
    seen_by : mapping of str to ndarray, or None
        The state of a ``SmallNet`` that looks at the images, to be heard beside neighbours.
    """

    n_classes: int
    classifier: Classifier
    soft_labels: SoftLabels | None = None
    alone: Classifier | None = None
    seen_by: Mapping[str, np.ndarray] | None = None

    @cached_property
    def net(self) -> SmallNet | None:
        """The net that ``seen_by`` tells of, made ready when it is asked for."""
        return None if self.seen_by is None else SmallNet.restored(self.seen_by)

    def said(
        self,
        X: np.ndarray,
        nearest: tuple[np.ndarray, np.ndarray] | None = None,
        seen: np.ndarray | None = None,
    ) -> np.ndarray:
        """Probabilities of each class for each image.

        Parameters
        ----------
        X : ndarray of shape (m, n_features), dtype float32
        nearest : tuple of ndarray, optional
            As ``PoolIndex.nearest`` gives them; wanted where there are soft labels.
        seen : ndarray of shape (m, n_classes), optional
            What the net sees in the images.

        Returns
        -------
        ndarray of shape (m, n_classes), dtype float64
        """
        parts = [
            self._block(X[block], _rows(nearest, block), None if seen is None else seen[block])
            for block in blocks(len(X))
        ]
        return np.concatenate(parts) if parts else np.empty((0, self.n_classes))

    def named(
        self,
        X: np.ndarray,
        nearest: tuple[np.ndarray, np.ndarray] | None = None,
        seen: np.ndarray | None = None,
        said: np.ndarray | None = None,
    ) -> np.ndarray:
        """The class of each image, shape (m,), dtype int64.

        Parameters as of ``said``; of what was ``said`` already, nothing is asked again.
        """
        if self.soft_labels is None and self.alone is None:
            return predicted(self.classifier, X)
        said = self.said(X, nearest, seen) if said is None else said
        return np.asarray(said.argmax(axis=1))

    def _block(
        self,
        X: np.ndarray,
        nearest: tuple[np.ndarray, np.ndarray] | None,
        seen: np.ndarray | None,
    ) -> np.ndarray:
        said = of_every_class(self.classifier, X, self.n_classes)
        if self.soft_labels is not None:
            if nearest is None:
                raise ValueError("nobody looked for the neighbours")
            soft, counted = self.soft_labels.probabilities, self.soft_labels.counted
            said = combined(said, opinion_of_neighbors(*nearest, soft, counted))
            if seen is not None:
                said = combined(said, seen)
        if self.alone is not None:
            said = combined(of_every_class(self.alone, X, self.n_classes), said)
        return said


def of_every_class(trained: Classifier, X: np.ndarray, n_classes: int) -> np.ndarray:
    """What the classifier says of ``X``; nothing for classes that it never saw."""
    probabilities = np.zeros((len(X), n_classes))
    probabilities[:, trained.classes_] = trained.predict_proba(X)
    return probabilities


def predicted(trained: Classifier, X: np.ndarray) -> np.ndarray:
    """The class of each image, shape (m,), by one classifier alone."""
    parts = [trained.predict(X[block]) for block in blocks(len(X))]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def blocks(n_images: int) -> Iterator[slice]:
    """New images, as many at a time as are looked at together."""
    for start in range(0, n_images, NEW_AT_ONCE):
        yield slice(start, min(start + NEW_AT_ONCE, n_images))


def _rows(
    nearest: tuple[np.ndarray, np.ndarray] | None, block: slice
) -> tuple[np.ndarray, np.ndarray] | None:
    return None if nearest is None else (nearest[0][block], nearest[1][block])
