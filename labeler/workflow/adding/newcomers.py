"""What is said of images as they come to a run: their class by what it learned, and what is new.

The classifier that was trained last names them as it names new pictures, and the pool as it was
tells which of them are unlike all that it had. Both are kept with the run by image number, for the
page that shows them and for the next questions, which prefer what is new in kind.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from labeler.datasets.base import Split
from labeler.learning.ensemble import Ensemble, blocks
from labeler.learning.familiarity import References, references_for
from labeler.prediction.judging import judge
from labeler.prediction.predictions import joined
from labeler.prediction.table import unlike_note
from labeler.progress import SILENT, Progress
from labeler.records import UNLABELED
from labeler.workflow.array_names import Array
from labeler.workflow.models.calibrated import calibration_of
from labeler.workflow.run import Run
from labeler.workflow.training.keeping import kept_ensemble


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

    @cached_property
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


def look_at_added(
    run: Run, images: np.ndarray, pictures: Split, X: np.ndarray, progress: Progress = SILENT
) -> Newcomers:
    """Name images that come to a run, and find out which are unlike those that it has.

    Parameters
    ----------
    run : Run
        As it was before.
    images : ndarray of shape (n,), dtype int64
        Their numbers in the data set that has them.
    pictures : Split
        The same, prepared as the run's own.
    X : ndarray of shape (n, n_features), dtype float32
        Their features.
    progress : Progress
    """
    if not len(images):
        return newcomers_of(run).take(np.empty(0, dtype=np.int64))
    pool, ensemble = np.asarray(run.features), last_ensemble(run)
    hears_neighbours = ensemble is not None and ensemble.soft_labels is not None
    references = references_for(pool, progress, all_of_them=hears_neighbours)
    if ensemble is None:
        nearest = references.index.nearest(X, progress=progress)
        unfamiliar = references.is_unfamiliar(references.distances(nearest))
        return Newcomers(images, np.full(len(images), UNLABELED, dtype=np.int64), unfamiliar)
    labels, unfamiliar = _said(run, ensemble, references, pictures, X, progress)
    return Newcomers(images, run.labels.as_class_ids(labels), unfamiliar)


def last_ensemble(run: Run) -> Ensemble | None:
    """What was trained last, where it learned from the classes and the images of now."""
    newest = next(iter(run.results), None)
    if newest is None or newest.metrics.classes != run.labels.names:
        return None
    ensemble = kept_ensemble(run.ws, newest)
    soft = None if ensemble is None else ensemble.soft_labels
    has_all = soft is None or len(soft.probabilities) == len(run.pool)
    return ensemble if has_all else None


def told_of(run: Run, added: Newcomers) -> dict[str, Any]:
    """What people are told of images that were just added; ``run`` is as it was before."""
    names = dict(zip(run.labels.class_ids, run.labels.names, strict=False))
    ids = Counter(added.class_ids[added.class_ids != UNLABELED].tolist())
    n_unfamiliar = int(added.unfamiliar.sum())
    return {
        "n_to_label": len(added),
        "predicted": {names[class_id]: n for class_id, n in ids.most_common()},
        "n_unfamiliar": n_unfamiliar,
        "unlike": unlike_note(n_unfamiliar, len(added)),
    }


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


def _said(
    run: Run,
    ensemble: Ensemble,
    references: References,
    pictures: Split,
    X: np.ndarray,
    progress: Progress,
) -> tuple[np.ndarray, np.ndarray]:
    calibration, _ = calibration_of(run, ensemble, progress)
    with progress.task("Naming the new images"):
        said = joined(
            judge(ensemble, references, calibration, pictures.images[block], X[block])[0]
            for block in blocks(len(X))
        )
    return said.labels, said.unfamiliar
