"""A model taken apart into plain arrays by name, and put together from them again."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from labeler.datasets.resizing import Likeness
from labeler.exceptions import ConfigError
from labeler.learning.audit import LogitCurve
from labeler.learning.classifiers import Classifier, classifier
from labeler.learning.ensemble import Ensemble, SoftLabels
from labeler.learning.estimators import TellsState
from labeler.learning.familiarity import References
from labeler.learning.graph import EXACT_UP_TO, Cells, PoolIndex
from labeler.pipeline.describing import description
from labeler.prediction.contents import Contents, Head, Unfamiliar
from labeler.prediction.model import Model
from labeler.prediction.networks import config_for, places_of, signatures_of
from labeler.prediction.self_test import SelfTest
from labeler.words import joined


def model_of(
    contents: Contents, arrays: Mapping[str, np.ndarray], folders: Sequence[Path]
) -> Model:
    """A model from what its file says and holds.

    Parameters
    ----------
    contents : Contents
    arrays : mapping of str to ndarray
        As ``arrays_of`` names them.
    folders : sequence of Path
        Where the files of networks are looked for.

    Raises
    ------
    ConfigError, InputError
        As ``read_model``.
    KeyError, ValueError, TypeError, IndexError, AttributeError
        The arrays do not belong together.
    """
    pictures, features, head = contents.pictures, contents.features, contents.head
    config = config_for(features, folders)
    described = description(config, keeps_open=True).restore(_room(arrays, "features"))
    if features.networks and signatures_of(described) != features.networks:
        names = joined(list(features.networks))
        raise ConfigError(
            f"{names}: other weights, or another version, than the model learned with; its "
            "predictions would be wrong. Install the version of Labeler and of its libraries that "
            f"wrote the model ({contents.labeler_version}), or make it anew with labeler model."
        )
    shape = (pictures.height, pictures.width, *((3,) if pictures.is_colour else ()))
    n_classes = len(contents.classes)
    model = Model(
        classes=contents.classes,
        like=Likeness(shape, pictures.scale, pictures.numbers, pictures.from_files),
        recipe=features,
        description=described,
        classifier=head.classifier,
        ensemble=_ensemble(head, arrays, n_classes),
        references=_references(contents.unfamiliar, arrays),
        about=contents.about,
        calibration=_calibration(arrays, n_classes),
        known_as=contents.known_as,
        places=places_of(config),
        self_test=SelfTest(arrays["test.images"], arrays["test.vectors"], arrays["test.said"]),
    )
    _require_fitting(model)
    return model


def _require_fitting(model: Model) -> None:
    """Refuse what could be said of images only by reading beyond an array's end."""
    n, labels = len(model.references.index), model.ensemble.classifier.classes_
    soft, cells = model.ensemble.soft_labels, model.references.index.cells
    n_classes = len(model.classes)
    is_sound = (
        n > 0
        and labels.ndim == 1
        and labels.dtype.kind in "iu"
        and len(np.unique(labels)) == len(labels)
        and 0 <= labels.min(initial=0) <= labels.max(initial=0) < n_classes
        and model.references.index.X.ndim == 2
        and (soft is None or soft.probabilities.shape == (n, n_classes))
        and (soft is None or soft.counted.shape == (n,))
        and (cells is None or cells.labels.shape == (n,))
        and (cells is None or cells.centers.shape[1:] == model.references.index.X.shape[1:])
        and (cells is None or 0 <= cells.labels.min() <= cells.labels.max() < len(cells.centers))
    )
    if not is_sound:
        raise ValueError("arrays of other sizes than the classes and the pool")


def _ensemble(head: Head, arrays: Mapping[str, np.ndarray], n_classes: int) -> Ensemble:
    soft_labels = None
    if head.hears_neighbours:
        soft_labels = SoftLabels(arrays["pool.probabilities"], arrays["pool.counted"])
    return Ensemble(
        n_classes,
        _restored(head.classifier, _room(arrays, "classifier")),
        soft_labels,
        _restored(head.classifier, _room(arrays, "alone")) if head.hears_alone else None,
        _room(arrays, "net") if head.hears_net else None,
    )


def _restored(name: str, state: Mapping[str, np.ndarray]) -> Classifier:
    untrained = classifier(name)
    if not isinstance(untrained, TellsState):
        raise ConfigError(f"The classifier {name} cannot be read from a file.")
    restored: Classifier = untrained.restore(state)
    return restored


def _references(unfamiliar: Unfamiliar, arrays: Mapping[str, np.ndarray]) -> References:
    cut = _room(arrays, "cells")
    cells = Cells(cut["centers"], cut["labels"]) if cut else None
    X = np.asarray(arrays["pool.vectors"], dtype=np.float32)
    if cells is None and len(X) > EXACT_UP_TO:
        raise ValueError("a large pool without the cells that it is searched by")
    threshold = float("inf") if unfamiliar.threshold is None else unfamiliar.threshold
    return References(PoolIndex(X, cells), threshold)


def _calibration(arrays: Mapping[str, np.ndarray], n_classes: int) -> LogitCurve | None:
    curve = _room(arrays, "calibration")
    if not curve:
        return None
    if curve["intercepts"].shape != (n_classes,) or curve["slopes"].shape != (n_classes,):
        raise ValueError("a calibration of other classes")
    return LogitCurve(curve["intercepts"], curve["slopes"])


def arrays_of(model: Model) -> dict[str, np.ndarray]:
    """All numbers of a model, by the names that they have in its file.

    Raises
    ------
    ConfigError
        Its classifier cannot tell what it learned.
    """
    ensemble, cells = model.ensemble, model.references.index.cells
    rooms: dict[str, Mapping[str, np.ndarray]] = {
        "features": model.description.state(),
        "classifier": _state_of(model, ensemble.classifier),
        "alone": {} if ensemble.alone is None else _state_of(model, ensemble.alone),
        "net": ensemble.seen_by or {},
        "pool": _pool_arrays(model),
        "cells": {} if cells is None else {"centers": cells.centers, "labels": cells.labels},
    }
    if model.calibration is not None:
        curve = model.calibration
        rooms["calibration"] = {"intercepts": curve.intercepts, "slopes": curve.slopes}
    if model.self_test is not None:
        test = model.self_test
        rooms["test"] = {"images": test.images, "vectors": test.vectors, "said": test.said}
    return {
        f"{room}.{name}": np.asarray(array)
        for room, arrays in rooms.items()
        for name, array in arrays.items()
    }


def _pool_arrays(model: Model) -> dict[str, np.ndarray]:
    X, soft = model.references.index.X, model.ensemble.soft_labels
    if soft is None:  # these were rounded when they were taken: nothing is lost
        return {"vectors": X.astype(np.float16)}
    return {"vectors": X, "probabilities": soft.probabilities, "counted": soft.counted}


def _state_of(model: Model, part: Classifier) -> Mapping[str, np.ndarray]:
    if not isinstance(part, TellsState):
        raise ConfigError(f"The classifier {model.classifier} cannot be kept in a file.")
    return part.state()


def _room(arrays: Mapping[str, np.ndarray], room: str) -> dict[str, np.ndarray]:
    within = f"{room}."
    return {name.removeprefix(within): arrays[name] for name in arrays if name.startswith(within)}
