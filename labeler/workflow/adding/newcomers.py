"""Images that came to a run, what they were named as they came, and which are new in kind.

Kept with the run by image number, for the page that shows them and for the next questions, which
prefer what is new in kind. ``naming.py`` has found it out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from labeler.records import UNLABELED
from labeler.workflow.array_names import Array
from labeler.workflow.run import Run


@dataclass(frozen=True, eq=False)
class Newcomers:
    """Images that were added to a run to be labeled, and what was said of them.

    Attributes
    ----------
    images : ndarray of shape (n,), dtype int64
        Their numbers in the data set, ascending.
    class_ids : ndarray of shape (n,), dtype int64
        What the classifier of then named them; ``UNLABELED`` where there was none, or a true class
        that the run has none for.
    unfamiliar : ndarray of shape (n,), dtype bool
        Whether each was unlike the pool of then.
    """

    images: np.ndarray
    class_ids: np.ndarray
    unfamiliar: np.ndarray

    def __len__(self) -> int:
        return len(self.images)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """To be kept with the run."""
        return {
            Array.ADDED_IMAGES: self.images,
            Array.ADDED_CLASSES: self.class_ids,
            Array.ADDED_UNFAMILIAR: self.unfamiliar,
        }

    def take(self, which: np.ndarray) -> "Newcomers":
        """Some of them, by a mask or places."""
        return Newcomers(self.images[which], self.class_ids[which], self.unfamiliar[which])

    def and_then(self, others: "Newcomers") -> "Newcomers":
        """These, and those that came later."""
        return Newcomers(
            np.concatenate([self.images, others.images]),
            np.concatenate([self.class_ids, others.class_ids]),
            np.concatenate([self.unfamiliar, others.unfamiliar]),
        )


def newcomers_of(run: Run) -> Newcomers:
    """All that were added to a run and are still there; none where older versions added them."""
    kept = run.row.artefacts
    if Array.ADDED_IMAGES not in kept:
        none = np.empty(0, dtype=np.int64)
        return Newcomers(none, none, none.astype(bool))
    images, class_ids, unfamiliar = (
        np.asarray(run.ws.array(kept[name]))
        for name in (Array.ADDED_IMAGES, Array.ADDED_CLASSES, Array.ADDED_UNFAMILIAR)
    )
    return Newcomers(images, class_ids, unfamiliar).take(np.isin(images, run.pool))


def unfamiliar_by_class(run: Run) -> Mapping[str | None, list[int]]:
    """Images that were added and unlike the others, by what they were named; most first."""
    added = newcomers_of(run)
    added = added.take(added.unfamiliar)
    labels = run.labels.as_labels(added.class_ids)
    found: dict[str | None, list[int]] = {}
    for image, label in zip(added.images.tolist(), labels.tolist(), strict=True):
        name = None if label == UNLABELED else run.labels.names[label]
        found.setdefault(name, []).append(image)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))
