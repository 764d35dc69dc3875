"""What a value in a file of labels may be, for one value and for a million alike."""

from enum import IntEnum

from labeler import words
from labeler.records import Source

MAX_TEXT = 4_000
"""Characters in a file name or in the name of an annotator."""

MAX_INDEX = 2**53
"""Image numbers: larger ones are not even whole in every JSON reader."""

HELD_OUT = "test"
"""What the split of an image is called that is kept to test on."""


class Verdict(IntEnum):
    """What was said about an image; nothing where nobody was asked."""

    NOTHING = 0
    CLASS = 1
    SKIP = 2
    MIXED = 3


ASKED = (Verdict.SKIP, Verdict.MIXED)
"""Answers that name no class."""

_VERDICTS = {kind.name.lower(): kind for kind in Verdict if kind} | {"": Verdict.NOTHING}


def verdict_named(word: str) -> Verdict | None:
    """The verdict that a file calls so; None for a word that is not known."""
    return _VERDICTS.get(word.strip().lower())


def is_held_out(split: object) -> bool:
    """Whether the cell of a split says that the image is kept to test on."""
    return isinstance(split, str) and split.strip().lower() == HELD_OUT


def who_said(source: Source, verdict: Verdict) -> Source:
    """Who an answer comes from: what was said and not spread is somebody's, a person's in doubt."""
    if verdict in ASKED and source is not Source.ORACLE:
        return Source.HUMAN
    if verdict is Verdict.CLASS and source is Source.NONE:
        return Source.HUMAN
    return source


def whole_number(value: object) -> int | None:
    """The whole number that a cell holds, as text or as a number; None for anything else."""
    if isinstance(value, str):
        return words.whole_number(value.strip(), 19)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def real_number(value: object) -> float | None:
    """The number that a cell holds, as text or as a number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not (value.isascii() and "_" not in value):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def shown(value: object) -> str:
    """The beginning of a value, safe to be printed."""
    text = value if isinstance(value, str) else repr(value)
    return ascii(text[:60]) if isinstance(value, str) else text[:60]
