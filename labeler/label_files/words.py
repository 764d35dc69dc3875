"""What a value in a file of labels may be, for one value and for a million alike."""

from labeler.records import Source

MAX_TEXT = 4_000
"""Characters in a file name or in the name of an annotator."""

MAX_INDEX = 2**53
"""Image numbers: larger ones are not even whole in every JSON reader."""

_SOURCES = {
    "human": Source.HUMAN,
    "person": Source.HUMAN,
    "manual": Source.HUMAN,
    "oracle": Source.ORACLE,
    "propagated": Source.PROPAGATED,
    "model": Source.PROPAGATED,
    "prediction": Source.PROPAGATED,
    "auto": Source.PROPAGATED,
    "dataset": Source.DATASET,
    "none": Source.NONE,
    "": Source.NONE,
}


def source_named(word: str) -> Source | None:
    """The source that a file calls so; None for a word that is not known."""
    return _SOURCES.get(word.strip().lower())


def is_storable(text: str) -> bool:
    """Whether both databases take the text: no NUL, no half character."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
