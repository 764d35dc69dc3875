"""What is said of images as they come to a run: their class by what it learned, and what is new.

The classifier that was trained last names them as it names new pictures, and the pool as it was
tells which of them are unlike all that it had.
"""

from collections import Counter
from typing import Any

import numpy as np

from labeler.datasets.base import Split
from labeler.learning.ensemble import Ensemble, blocks
from labeler.learning.familiarity import References
from labeler.pipeline.describing import Description
from labeler.pipeline.references import references_of
from labeler.prediction.judging import judge
from labeler.prediction.predictions import joined
from labeler.prediction.table import unlike_note
from labeler.progress import SILENT, Progress
from labeler.records import UNLABELED
from labeler.workflow.adding.newcomers import Newcomers
from labeler.workflow.run import Run
from labeler.workflow.training.keeping import kept_ensemble


def look_at_added(
    run: Run,
    pool: Split,
    images: np.ndarray,
    pictures: Split,
    X: np.ndarray,
    learned: Description,
    progress: Progress = SILENT,
) -> Newcomers:
    """Name images that come to a run, and find out which are unlike those that it has.

    Parameters
    ----------
    run : Run
        As it was before.
    pool : Split
        Its images to label.
    images : ndarray of shape (n,), dtype int64
        Their numbers in the data set that has them.
    pictures : Split
        The same, prepared as the run's own.
    X : ndarray of shape (n, n_features), dtype float32
        Their features.
    learned : Description
        What made these, and those of the pool.
    progress : Progress
    """
    if not len(images):
        return Newcomers(images, images, images.astype(bool))
    ensemble = last_ensemble(run)
    references = references_of(
        pool,
        np.asarray(run.features),
        learned,
        progress,
        all_of_them=ensemble is not None and ensemble.soft_labels is not None,
        n_fitted=run.row.settings.n_fitted,
    )
    if ensemble is None:
        nearest = references.index.nearest(X, progress=progress)
        unfamiliar = references.is_unfamiliar(references.distances(nearest))
        return Newcomers(images, np.full(len(images), UNLABELED, dtype=np.int64), unfamiliar)
    labels, unfamiliar = _said(ensemble, references, pictures, X, progress)
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


def _said(
    ensemble: Ensemble,
    references: References,
    pictures: Split,
    X: np.ndarray,
    progress: Progress,
) -> tuple[np.ndarray, np.ndarray]:
    with progress.task("Naming the new images"):
        said = joined(
            judge(ensemble, references, None, pictures.images[block], X[block])[0]
            for block in blocks(len(X))
        )
    return said.labels, said.unfamiliar
