"""Class names to class indices, the same way for every reader."""

import re
import shlex
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np

from labeler.exceptions import InputError
from labeler.records import UNLABELED

_WHOLE = re.compile(r"-?[0-9]+(\.0*)?")
_ABSENT = frozenset({"nan", "NaN", "NA", "null", "None"})
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_CONTROL = ("Cc", "Cf", "Cs", "Zl", "Zp")


def numbered_classes(
    parts: Sequence[np.ndarray],
) -> tuple[tuple[str, ...], list[np.ndarray]]:
    """The classes of labels that are numbers: those that occur, by value.

    Parameters
    ----------
    parts : sequence of ndarray of shape (n,)
        The labels of each part; ``UNLABELED`` where they are not known.

    Returns
    -------
    classes : tuple of str
    indices : list of ndarray of dtype int64
        The labels as indices into ``classes``.
    """
    numbers: np.ndarray = np.unique(np.concatenate(parts))
    numbers = numbers[numbers != UNLABELED]
    classes = tuple(map(str, numbers.tolist()))
    indices = [np.searchsorted(numbers, part).astype(np.int64) for part in parts]
    for part, index in zip(parts, indices, strict=True):
        index[part == UNLABELED] = UNLABELED
    return classes, indices


def sorted_classes(names: Iterable[str]) -> tuple[str, ...]:
    """Distinct class names without the empty one: numbers by value, anything else by text."""
    distinct = set(names) - {""}
    if all(_NUMBER.fullmatch(name) for name in distinct):
        return tuple(sorted(distinct, key=lambda name: (int(name), name)))
    return tuple(sorted(distinct))


def index_labels(names: Sequence[str], classes: Sequence[str]) -> np.ndarray:
    """Class names to indices; the empty name is ``UNLABELED``.

    Returns
    -------
    ndarray of shape (n,), dtype int64
    """
    index = {name: number for number, name in enumerate(classes)} | {"": UNLABELED}
    return np.fromiter((index[name] for name in names), dtype=np.int64, count=len(names))


def tidy_labels(labels: list[str]) -> list[str]:
    """Numbers of classes without the fraction that pandas gives a column with gaps in it."""
    distinct = set(labels) - {""}
    numbers = distinct - _ABSENT
    if not numbers or not all(map(_WHOLE.fullmatch, numbers)):
        return labels
    tidy = {name: name.partition(".")[0] for name in numbers}
    tidy |= dict.fromkeys((distinct & _ABSENT) | {""}, "")
    return [tidy[name] for name in labels]


def has_hidden_characters(name: str) -> bool:
    """Whether a class name holds control or direction characters, which only deceive."""
    return any(unicodedata.category(character) in _CONTROL for character in name)


def check_class_names(names: Iterable[str], source: str) -> None:
    """Two names that look alike, or are one on another system, are one class with a slip.

    Raises
    ------
    InputError
        DIR-4
    """
    seen: dict[str, str] = {}
    for name in sorted(set(names)):
        folded = unicodedata.normalize("NFC", name).casefold()
        if folded in seen:
            raise InputError(
                "DIR-4",
                source,
                found=f"classes {seen[folded]!r} and {name!r} "
                "differ only by case or accents' encoding",
                expected="one name for each class",
                remedy=f"Merge them under one name: --rename-class {_merged(seen[folded], name)} "
                "in the terminal, or one name for both folders.",
            )
        seen[folded] = name


def _merged(old: str, new: str) -> str:
    """How a shell is to read that one class is to be called like another."""
    return shlex.quote(f"{old}={new}")
