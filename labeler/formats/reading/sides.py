"""The files of one set, a file for each side, as one file of labels."""

from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import chain
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from labeler.datasets.limits import MAX_CLASSES
from labeler.exceptions import InputError
from labeler.formats.reading.base import MAX_ROWS, LabelFile
from labeler.records import UNLABELED

_RENUMBERED = {"rows", "labels"}
_ARRAYS = {field.name for field in fields(LabelFile) if field.type is np.ndarray} - _RENUMBERED
_TEXTS = {"file_names", "annotators"}


def join_sides(sides: Sequence[LabelFile], names: Sequence[str], source: str) -> LabelFile:
    """One file after the other; rows are counted on from one to the next, and a note says so.

    Parameters
    ----------
    sides : sequence of LabelFile
        At least two, of one format.
    names : sequence of str
        What each is called.
    source : str
        What to call them together.

    Raises
    ------
    InputError
        LABEL-4 if they are more than one file may be.
    """
    classes = tuple(dict.fromkeys(chain.from_iterable(side.classes for side in sides)))
    _require_limits(sum(map(len, sides)), len(classes), source)
    before = [0, *np.cumsum([side.rows.max(initial=0) for side in sides]).tolist()]
    together: dict[str, Any] = {
        name: np.concatenate([getattr(side, name) for side in sides]) for name in _ARRAYS
    }
    together |= {
        name: tuple(chain.from_iterable(getattr(side, name) for side in sides)) for name in _TEXTS
    }
    return replace(
        sides[0],
        source=source,
        classes=classes,
        rows=np.concatenate([side.rows + n for side, n in zip(sides, before, strict=False)]),
        labels=np.concatenate([_labels(side, classes) for side in sides]),
        n_unlabeled=sum(side.n_unlabeled for side in sides),
        notes=(
            _counted_on(names, before, sides[0].unit),
            *chain.from_iterable(side.notes for side in sides),
        ),
        **together,
    )


def _require_limits(n_rows: int, n_classes: int, source: str) -> None:
    for n, most, things in ((n_rows, MAX_ROWS, "labels"), (n_classes, MAX_CLASSES, "classes")):
        if n > most:
            raise InputError(
                "LABEL-4",
                source,
                found=f"{n:,} {things} in its files together",
                expected=f"at most {most:,} in one set",
                remedy="Unpack it, and import its files one after the other.",
            )


def _labels(side: LabelFile, classes: tuple[str, ...]) -> np.ndarray:
    number = {name: label for label, name in enumerate(classes)}
    # The last entry is what UNLABELED (-1) picks.
    table = np.array([*(number[name] for name in side.classes), UNLABELED], dtype=np.int64)
    return np.asarray(table[side.labels])


def _counted_on(names: Sequence[str], before: Sequence[int], unit: str) -> str:
    first, *others = (PurePosixPath(name).name for name in names)
    counted = [
        f"{name} ({unit}s counted on from {n:,})"
        for name, n in zip(others, before[1:], strict=False)
    ]
    return f"read as one file: {', '.join([first, *counted])}"
