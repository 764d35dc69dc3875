"""Where a label comes from, in the words that files have for it: what is true, what a suggestion.

What a person or an oracle said of an image, or what came with it, is true. A label that was spread
from others, or predicted, is a suggestion: read as a data set, its image has no known class, and a
note says how many there are.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from labeler.datasets.containers.files import Files
from labeler.records import Source
from labeler.words import counted

MANIFEST = "manifest.json"
"""What lies in a set that Labeler exported, or beside one of a single file."""

_LONGEST = 10_000_000
_SOURCES = {
    **dict.fromkeys(
        ("human", "person", "manual", "annotator", "expert", "reviewer", "given", "ground_truth"),
        Source.HUMAN,
    ),
    "oracle": Source.ORACLE,
    **dict.fromkeys(
        ("propagated", "model", "prediction", "predicted", "machine", "auto", "semi-auto"),
        Source.PROPAGATED,
    ),
    "dataset": Source.DATASET,
    "reviewed": Source.REVIEWED,
    "corrected": Source.CORRECTED,
    "none": Source.NONE,
    "": Source.NONE,
}


def source_named(word: str) -> Source | None:
    """The source that a file calls so; None for a word that is not known."""
    return _SOURCES.get(word.strip().lower())


def is_suggestion(word: str) -> bool:
    """Whether a label of which a file says this is none that anybody gave."""
    return source_named(word) is Source.PROPAGATED


def suggestions_note(n_labels: int, of: str = "") -> str:
    """What is said of labels that are not taken for true.

    Parameters
    ----------
    n_labels : int
    of : str
        The file they are in, safe to be shown; empty for the data set itself.
    """
    labels = counted(n_labels, "label") + (f" of {of}" if of else "")
    return f"{labels} spread from others, which are suggestions: import-labels takes them as such"


def unmarked_warning(files: Files, n_labeled: int) -> Iterator[str]:
    """What to doubt in an exported set that lost what tells its spread labels from the others.

    Parameters
    ----------
    files : Files
        With the manifest among them, if there is one.
    n_labeled : int
        Images whose class is taken for true.
    """
    if MANIFEST in files.names and files.size(MANIFEST) <= _LONGEST:
        with files.open(MANIFEST) as file:
            yield from _warning(file.read(_LONGEST), n_labeled)


def warning_beside(path: Path, n_labeled: int) -> Iterator[str]:
    """The same of a set in one file, whose manifest lies beside it."""
    manifest = path.with_name(f"{path.name}.{MANIFEST}")
    with suppress(OSError):
        if manifest.is_file() and manifest.stat().st_size <= _LONGEST:
            yield from _warning(manifest.read_bytes(), n_labeled)


def _warning(manifest: bytes, n_labeled: int) -> Iterator[str]:
    by_source = _by_source(manifest)
    n_spread = by_source.get("propagated", 0)
    n_true = sum(n for name, n in by_source.items() if name not in ("propagated", "none"))
    if n_spread and n_labeled > n_true:
        yield (
            f"{counted(n_spread, 'label')} of this set spread from others, as its manifest says, "
            "but nothing here says which: all are taken for true"
        )


def _by_source(manifest: bytes) -> dict[str, int]:
    try:
        counts: Any = json.loads(manifest)["counts"]["by_source"]
        return {str(name): int(n) for name, n in counts.items()}
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError, OverflowError):
        return {}
