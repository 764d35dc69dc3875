"""Many rows at once, where nothing about them is in doubt: a million labels in seconds.

What is taken here is exactly what ``LabelReader.add`` takes; at the first value that is not plainly
right there is no block, and the rows are gone through one by one, to find it and to say so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isnan, nan
from typing import Any

from labeler.datasets.limits import MAX_LABEL_LENGTH
from labeler.datasets.provenance import source_named
from labeler.formats.reading.times import moment
from labeler.formats.reading.values import (
    ASKED,
    MAX_INDEX,
    MAX_TEXT,
    Verdict,
    is_held_out,
    verdict_named,
    who_said,
)
from labeler.records import Source
from labeler.words import is_storable

_MOST_DIGITS = 15
_NONE = type(None)


@dataclass(frozen=True)
class Block:
    """The rows that say something; each list has an entry for each of ``places``.

    Attributes
    ----------
    places : list of int
        Counted from the first row of the block.
    names : list of str
        Empty for an answer that names no class.
    n_unlabeled, n_held_out : int
    """

    places: list[int]
    names: list[str]
    is_mixed: list[bool]
    indices: list[int]
    file_names: list[str]
    sources: list[int]
    confidences: list[float]
    annotators: list[str]
    answered_at: list[datetime | None]
    n_unlabeled: int
    n_held_out: int


def quick_block(columns: Mapping[str, Sequence[Any]]) -> Block | None:
    """The rows of these columns, or None where any value needs a closer look."""
    n_rows = len(next(iter(columns.values())))
    nothing = [None] * n_rows
    names = _names(columns.get("class_name"), columns.get("label"), nothing)
    verdicts = _verdicts(columns.get("verdict", nothing))
    sources = _sources(columns.get("source", nothing), verdicts)
    indices = _indices(columns.get("index", nothing))
    file_names = _texts(columns.get("file_name", nothing))
    confidences = _confidences(columns.get("confidence", nothing))
    annotators = _texts(columns.get("annotator", nothing))
    answered_at = _moments(columns.get("answered_at", nothing))
    if names is None or verdicts is None or sources is None or indices is None:
        return None
    if file_names is None or confidences is None or annotators is None or answered_at is None:
        return None
    if not all(map(is_storable, set(annotators))):
        return None
    held_out = [is_held_out(split) for split in columns.get("split", nothing)]
    names = [
        "" if verdict in ASKED else name for name, verdict in zip(names, verdicts, strict=True)
    ]
    places = [
        place
        for place, (name, verdict) in enumerate(zip(names, verdicts, strict=True))
        if (name or verdict in ASKED) and not held_out[place]
    ]
    if any(indices[place] < 0 and not file_names[place] for place in places):
        return None
    return Block(
        places=places,
        names=[names[place] for place in places],
        is_mixed=[verdicts[place] is Verdict.MIXED for place in places],
        indices=[indices[place] for place in places],
        file_names=[file_names[place] for place in places],
        sources=[sources[place] for place in places],
        confidences=[confidences[place] for place in places],
        annotators=[annotators[place] for place in places],
        answered_at=[answered_at[place] for place in places],
        n_unlabeled=n_rows - len(places) - sum(held_out),
        n_held_out=sum(held_out),
    )


def _types(values: Sequence[Any]) -> set[type]:
    return set(map(type, values))


def _names(
    names: Sequence[Any] | None, labels: Sequence[Any] | None, nothing: list[None]
) -> list[str] | None:
    """Empty where there is no label."""
    values = [
        name if name is not None and name != "" else label
        for name, label in zip(names or nothing, labels or nothing, strict=True)
    ]
    if not _types(values) <= {str, int, _NONE}:
        return None
    texts = {value: "" if value is None else str(value) for value in set(values)}
    if not all(len(text) <= MAX_LABEL_LENGTH and is_storable(text) for text in texts.values()):
        return None
    return [texts[value] for value in values]


def _verdicts(values: Sequence[Any]) -> list[Verdict] | None:
    if not _types(values) <= {str, _NONE}:
        return None
    known = {value: verdict_named(value or "") for value in set(values)}
    if None in known.values():
        return None
    return [known[value] or Verdict.NOTHING for value in values]


def _sources(values: Sequence[Any], verdicts: Sequence[Verdict] | None) -> list[int] | None:
    if verdicts is None or not _types(values) <= {str, _NONE}:
        return None
    known = {value: source_named(value or "") for value in set(values)}
    if None in known.values():
        return None
    by_pair = {
        (value, verdict): int(who_said(known[value] or Source.NONE, verdict))
        for value, verdict in set(zip(values, verdicts, strict=True))
    }
    return [by_pair[pair] for pair in zip(values, verdicts, strict=True)]


def _indices(values: Sequence[Any]) -> list[int] | None:
    if _types(values) <= {int, _NONE}:
        numbers = [-1 if value is None else value for value in values]
        is_plain = all(0 <= value <= MAX_INDEX for value in values if value is not None)
        return numbers if is_plain else None
    if not _types(values) <= {str}:
        return None
    together = "".join(values)
    # isdigit alone takes digits of every script.
    is_plain = together.isascii() and together.isdigit() and max(map(len, values)) <= _MOST_DIGITS
    return [int(value) if value else -1 for value in values] if is_plain else None


def _confidences(values: Sequence[Any]) -> list[float] | None:
    types = _types(values)
    if types <= {str}:
        together = "".join(values)
        if not together.isascii() or "_" in together:
            return None
        try:
            numbers = [float(value) if value else nan for value in values]
        except ValueError:
            return None
        empty = [not value for value in values]
    elif types <= {float, int, _NONE}:
        numbers = [nan if value is None else float(value) for value in values]
        empty = [value is None for value in values]
    else:
        return None
    is_plain = all(
        is_empty if isnan(number) else 0 <= number <= 1
        for number, is_empty in zip(numbers, empty, strict=True)
    )
    return numbers if is_plain else None


def _moments(values: Sequence[Any]) -> list[datetime | None] | None:
    if not _types(values) <= {str, _NONE}:
        return None
    known = {value: moment(value) for value in set(values)}
    is_plain = all(when is not None or not value for value, when in known.items())
    return [known[value] for value in values] if is_plain else None


def _texts(values: Sequence[Any]) -> list[str] | None:
    if not _types(values) <= {str, _NONE}:
        return None
    texts = [value or "" for value in values]
    return texts if max(map(len, texts), default=0) <= MAX_TEXT else None
