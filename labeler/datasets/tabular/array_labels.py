"""Arrays of labels to class names and indices: numbers, text or one-hot."""

from collections.abc import Sequence

import numpy as np

from labeler.datasets import limits
from labeler.datasets.classes import (
    has_hidden_characters,
    index_labels,
    numbered_classes,
    sorted_classes,
)
from labeler.exceptions import refuse
from labeler.records import UNLABELED

_REMEDY = "Save the arrays again so."


def index_arrays(
    labels: Sequence[np.ndarray | None],
    counts: Sequence[int],
    source: str,
    known: tuple[str, ...] | None = None,
) -> tuple[tuple[str, ...], list[np.ndarray]]:
    """Class names, and one array of indices for each part.

    Parameters
    ----------
    labels : sequence of ndarray or None
        As they were read; None where a part has none.
    counts : sequence of int
        Images of each part.
    source : str
        What to call the file in messages.
    known : tuple of str, optional
        The class names, where they are known: labels are then their numbers.

    Raises
    ------
    InputError
        NPZ-3 for labels that are none, NPZ-5 for another number of them than of images.
    """
    flat = [
        None if array is None else _flat(array, count, source)
        for array, count in zip(labels, counts, strict=True)
    ]
    labeled = [array for array in flat if array is not None]
    if labeled and all(array.dtype.kind in "US" for array in labeled):
        return _index_text(flat, counts, source)
    numbers = [
        np.full(count, UNLABELED) if array is None else _to_numbers(array, source)
        for array, count in zip(flat, counts, strict=True)
    ]
    if known is None:
        return numbered_classes(numbers)
    largest = max(int(part.max()) for part in numbers)
    if largest >= len(known):
        expected = f"0 to {len(known) - 1}"
        refuse("NPZ-3", source, f"the label {largest}", expected, _REMEDY)
    return known, numbers


def _flat(array: np.ndarray, count: int, source: str) -> np.ndarray:
    """One label for each image."""
    if array.shape in ((count,), (count, 1)):
        return array.ravel()
    if not _is_one_hot(array) or len(array) != count:
        found = f"{count:,} images but labels of shape {array.shape}"
        refuse("NPZ-5", source, found, "one label for each image", _REMEDY)
    return np.asarray(array.argmax(axis=1))


def _is_one_hot(array: np.ndarray) -> bool:
    if array.ndim != 2 or array.dtype.kind not in "buif":
        return False
    return bool(np.isin(array, (0, 1)).all() and (array.sum(axis=1) == 1).all())


def _index_text(
    labels: Sequence[np.ndarray | None], counts: Sequence[int], source: str
) -> tuple[tuple[str, ...], list[np.ndarray]]:
    names = [
        [""] * count if array is None else _to_text(array, source)
        for array, count in zip(labels, counts, strict=True)
    ]
    classes = sorted_classes(name for part in names for name in part)
    return classes, [index_labels(part, classes) for part in names]


def _to_text(array: np.ndarray, source: str) -> list[str]:
    try:
        names = [name.decode() if isinstance(name, bytes) else name for name in array.tolist()]
    except ValueError:
        refuse(
            "NPZ-3", source, "labels that are not valid text", "UTF-8 or Unicode labels", _REMEDY
        )
    for name in set(names):
        if has_hidden_characters(name) or len(name) > limits.MAX_LABEL_LENGTH:
            found = f"the label {name[:40]!r}"
            refuse("NPZ-3", source, found, "short text without control characters", _REMEDY)
    return [name.strip() for name in names]


def _to_numbers(array: np.ndarray, source: str) -> np.ndarray:
    if array.dtype.kind not in "buif" or not (array == np.rint(array)).all():
        refuse("NPZ-3", source, f"labels of type {array.dtype}", "whole numbers or text", _REMEDY)
    if array.min() < UNLABELED or array.max() >= limits.MAX_CLASSES:
        found = f"labels from {array.min():g} to {array.max():g}"
        expected = f"0 to {limits.MAX_CLASSES - 1:,}, or -1 for unknown"
        refuse("NPZ-3", source, found, expected, _REMEDY)
    return array.astype(np.int64)
