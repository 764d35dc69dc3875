"""Class names to class indices, the same way for every reader."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np

from labeler.records import UNLABELED

_NUMBER = re.compile(r"-?[0-9]{1,18}")
_CONTROL = ("Cc", "Cf", "Cs", "Zl", "Zp")


def numbered_classes(*labels: np.ndarray) -> tuple[str, ...]:
    """The classes ``"0"`` to the largest label; none where nothing is labeled."""
    largest = max(int(part.max(initial=UNLABELED)) for part in labels)
    return tuple(str(number) for number in range(largest + 1))


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


def has_hidden_characters(name: str) -> bool:
    """Whether a class name holds control or direction characters, which only deceive."""
    return any(unicodedata.category(character) in _CONTROL for character in name)
