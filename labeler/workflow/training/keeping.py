"""What names new images, kept with the result that says how right it is."""

import numpy as np

from labeler.exceptions import ConfigError
from labeler.learning.classifiers import classifier
from labeler.learning.classifiers.base import Classifier
from labeler.learning.ensemble import Ensemble, SoftLabels
from labeler.learning.estimators import TellsState
from labeler.records import UNLABELED
from labeler.storage.rows import Result
from labeler.workflow.array_names import (
    LABEL_SET,
    TRAINED,
    TRAINED_ALONE,
    TRAINED_NET,
    Array,
    in_room,
    out_of_room,
)
from labeler.workflow.workspace import Workspace


def ensemble_arrays(ensemble: Ensemble) -> dict[str, np.ndarray]:
    """All that makes an ensemble, by the names that rows have for it.

    Nothing of one whose classifier cannot tell what it learned.
    """
    kept: dict[str, np.ndarray] = {}
    for room, part in ((TRAINED, ensemble.classifier), (TRAINED_ALONE, ensemble.alone)):
        if isinstance(part, TellsState):
            kept |= in_room(room, part.state())
        elif part is not None:
            return {}
    if ensemble.soft_labels is not None:
        kept[Array.TRAINED_SOFT] = ensemble.soft_labels.probabilities
    return kept | in_room(TRAINED_NET, ensemble.seen_by or {})


def kept_ensemble(ws: Workspace, result: Result) -> Ensemble | None:
    """What a training left to name new images; None where it left nothing.

    Raises
    ------
    ConfigError
        Its classifier is not here any more.
    """
    name, classes = result.metrics.classifier, result.metrics.classes
    trained = _restored(ws, result, TRAINED, name)
    if trained is None:
        return None
    soft_labels = None
    if Array.TRAINED_SOFT in result.artefacts:
        labels = np.asarray(ws.array(result.artefacts[LABEL_SET["labels"]]))
        soft = ws.array(result.artefacts[Array.TRAINED_SOFT])
        soft_labels = SoftLabels(soft, labels != UNLABELED)
    return Ensemble(
        len(classes),
        trained,
        soft_labels,
        _restored(ws, result, TRAINED_ALONE, name),
        _arrays(ws, result, TRAINED_NET) or None,
    )


def _restored(ws: Workspace, result: Result, room: str, name: str) -> Classifier | None:
    arrays = _arrays(ws, result, room)
    if not arrays:
        return None
    untrained = classifier(name)
    if not isinstance(untrained, TellsState):
        raise ConfigError(f"The classifier {name} cannot be kept.")
    restored: Classifier = untrained.restore(arrays)
    return restored


def _arrays(ws: Workspace, result: Result, room: str) -> dict[str, np.ndarray]:
    kept = out_of_room(room, result.artefacts)
    return {name: np.asarray(ws.array(reference)) for name, reference in kept.items()}
