"""Labels as people have them, whole numbers or names, to labels as the steps have them, and back.

The steps know classes by their place, from 0, and ``UNLABELED`` for an image without one.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.multiclass import check_classification_targets

from labeler.records import UNLABELED, Answer, Clusters, Question, Source


class GivenLabels(NamedTuple):
    """Labels by the place of their class.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        As they were given, ascending.
    labels : ndarray of shape (n,), dtype int64
        Places in ``classes``; ``UNLABELED`` where no class was given.
    """

    classes: np.ndarray
    labels: np.ndarray


def read_labels(y: np.ndarray) -> GivenLabels:
    """Find the classes in labels, some of which are known.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Whole numbers or strings, ``without_missing``. -1 where no label is known, in an array of
        strings ``"-1"``, too, which is what NumPy makes of it there.

    Returns
    -------
    GivenLabels

    Raises
    ------
    ValueError
        They are no classes, or numbers and strings are mixed.
    """
    is_known = ~_is_unlabeled(y)
    if y.dtype == object and is_known.any() and {type(value) for value in y[is_known]} == {int}:
        y = np.array([int(value) for value in np.where(is_known, y, UNLABELED)], dtype=np.int64)
    try:
        classes, places = np.unique(y[is_known], return_inverse=True)
    except TypeError as error:
        raise ValueError(
            "y has labels of several types; give whole numbers or strings, and -1 where no label "
            "is known"
        ) from error
    if is_known.any():
        check_classification_targets(y[is_known])
    labels = np.full(len(y), UNLABELED, dtype=np.int64)
    labels[is_known] = places
    return GivenLabels(classes, labels)


def is_missing(value: Any) -> bool:
    """Whether it is None, nan, or what pandas has where there is no value."""
    is_nan = isinstance(value, float) and math.isnan(value)  # np.float64 is a float, too
    return value is None or is_nan or type(value).__name__ in ("NAType", "NaTType")


def without_missing(y: ArrayLike) -> ArrayLike:
    """Labels with -1 in place of what tables and scikit-activeml have where there is none.

    Parameters
    ----------
    y : array-like of shape (n,)

    Returns
    -------
    array-like of shape (n,)
        As it is, where neither None, nan nor ``pandas.NA`` is in it.
    """
    # NumPy makes words of the nan in a list of words.
    labels = np.array(y, dtype=object) if isinstance(y, list | tuple) else np.asarray(y)
    if labels.dtype.kind not in "fO" or labels.ndim != 1:
        return y
    missing = np.array([is_missing(value) for value in labels.tolist()], dtype=bool)
    return np.where(missing, UNLABELED, labels) if missing.any() else y


def require_some(given: GivenLabels) -> None:
    """Refuse labels none of which is known.

    Raises
    ------
    ValueError
    """
    if not len(given.classes):
        raise ValueError("y has no label: every entry is -1; give at least one class")


def as_given(classes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Labels as their classes were given.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
    labels : ndarray of shape (n,), dtype int
        Places in ``classes``, or ``UNLABELED``.

    Returns
    -------
    ndarray of shape (n,)
        Of the type of ``classes`` if every label is one of them. -1 for the others: in whole
        numbers that can be negative, or beside strings in an array of objects.
    """
    is_known = labels != UNLABELED
    if is_known.all():
        return np.asarray(classes[labels])
    kind = np.result_type(classes, np.int8) if classes.dtype.kind in "biuf" else object
    values = np.full(len(labels), UNLABELED, dtype=kind)
    values[is_known] = classes[labels[is_known]]
    return values


def as_answers(labels: np.ndarray, clusters: Clusters | None = None) -> list[Answer]:
    """The labels that are given, as answers.

    Parameters
    ----------
    labels : ndarray of shape (n,), dtype int64
        Places of classes, or ``UNLABELED``.
    clusters : Clusters, optional
        The answer nearest to the centroid speaks for its cluster; without, each for itself.
    """
    images = np.flatnonzero(labels != UNLABELED)
    speaks_for: dict[int, int] = {}
    if clusters is not None:
        images = images[np.argsort(clusters.ranks[images], kind="stable")]
        numbers, firsts = np.unique(clusters.labels[images], return_index=True)
        speaks_for = dict(zip(images[firsts].tolist(), numbers.tolist(), strict=True))
    return [
        Answer(Question(image, speaks_for.get(image)), label, Source.HUMAN)
        for image, label in zip(images.tolist(), labels[images].tolist(), strict=True)
    ]


def _is_unlabeled(y: np.ndarray) -> np.ndarray:
    if y.dtype.kind == "U":
        return np.asarray(y == str(UNLABELED))
    if y.dtype.kind == "O":
        marks = (UNLABELED, str(UNLABELED))
        return np.array([value is None or value in marks for value in y], dtype=bool)
    return np.asarray(y == UNLABELED)
