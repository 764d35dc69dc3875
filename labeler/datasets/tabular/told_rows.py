"""What an exported set of arrays says of each row beside its label.

``labeler export`` writes where a label came from (``source``), what an image is for (``split``)
and what its file was called beside the arrays of an NPZ file, and into ``…-index.csv`` beside IDX
files. Labels become names of classes, those that were spread none, and rows lie in their parts.
"""

from collections.abc import Collection, Mapping

import numpy as np

from labeler.datasets.base import Split
from labeler.datasets.containers.files import Files
from labeler.datasets.listings.list_columns import provenance_columns
from labeler.datasets.listings.list_rows import MAX_BYTES, read_table
from labeler.datasets.provenance import is_suggestion, suggestions_note
from labeler.datasets.tabular.table_sets import IMAGES, LABELS
from labeler.datasets.text.csv_text import is_raw, restore
from labeler.datasets.text.split_words import part_of
from labeler.exceptions import InputError

SOURCE, SPLIT, NAMES, CLASSES = "source", "split", "file_name", "classes"
_ROW_ARRAYS = (SOURCE, SPLIT, NAMES, CLASSES)
_OWN = {SOURCE, SPLIT, CLASSES, "index", "confidence", "verdict"}
"""Arrays that are in every NPZ file of Labeler's."""

Role = tuple[str, str]
"""Part and content."""

Arrays = dict[Role, np.ndarray]


def row_arrays(stems: Collection[str]) -> tuple[str, ...]:
    """Those of the arrays of a file that speak of its rows; none where it is not Labeler's."""
    return tuple(name for name in _ROW_ARRAYS if name in stems) if set(stems) >= _OWN else ()


def sort_rows(arrays: Arrays) -> tuple[Arrays, list[str]]:
    """Take what the rows say of themselves.

    Parameters
    ----------
    arrays : dict of (part, content) to ndarray
        What is not text, or not as long as the images, is no such array and says nothing.

    Returns
    -------
    arrays : dict of (part, content) to ndarray
        Images, labels as text where they were spread or have names, and file names.
    notes : list of str
        How many labels are no truth.
    """
    if not any(content in _ROW_ARRAYS for _, content in arrays):
        return arrays, []
    gathered: dict[Role, list[np.ndarray]] = {}
    n_spread = 0
    for part in dict.fromkeys(part for part, _ in arrays):
        rows = {content: array for (other, content), array in arrays.items() if other == part}
        kept, n = _kept(rows)
        n_spread += n
        for place, chosen in _parts(part, _told(rows, SPLIT), kept).items():
            for content, array in kept.items():
                gathered.setdefault((place, content), []).append(array[chosen])
    whole = {role: _joined(pieces) for role, pieces in gathered.items()}
    return whole, [suggestions_note(n_spread)] if n_spread else []


def scored(held: Split) -> tuple[Split | None, list[str]]:
    """The images of a part to test on whose class is known, as the others cannot be scored.

    Returns
    -------
    Split or None
        None where there is none.
    list of str
        How many are left out.
    """
    n_unknown = int(np.count_nonzero(~held.is_labeled))
    if not n_unknown:
        return held, []
    known = held.take(np.flatnonzero(held.is_labeled))
    note = f"{n_unknown:,} test images of unknown class left out"
    return (known if len(known) else None), [note]


def read_index(files: Files, name: str, n_rows: int) -> dict[str, np.ndarray]:
    """What a table beside a pair of IDX files says, by content; nothing where it is not of them."""
    if name not in files.names or files.size(name) > MAX_BYTES:
        return {}
    try:
        with files.open(name) as file:
            table = read_table(file, files.describe(name))
    except InputError:
        return {}
    columns = provenance_columns(table.first)
    if columns is None or len(table.rows) != n_rows or "file_name" not in table.first:
        return {}
    rows = [cells for _, cells in table.rows]
    raw = [columns.raw is not None and is_raw(cells[columns.raw]) for cells in rows]
    places = {
        LABELS: columns.label,
        SOURCE: columns.source,
        SPLIT: columns.split,
        NAMES: table.first.index("file_name"),
    }
    return {
        content: np.array(
            [
                cells[place] if as_it_is else restore(cells[place])
                for cells, as_it_is in zip(rows, raw, strict=True)
            ],
            dtype=str,
        )
        for content, place in places.items()
        if place is not None
    }


def _kept(rows: Mapping[str, np.ndarray]) -> tuple[dict[str, np.ndarray], int]:
    """Images, labels and names of one part, and how many labels were spread."""
    kept = {content: rows[content] for content in (IMAGES, LABELS) if content in rows}
    sources, names, n_spread = _told(rows, SOURCE), _told(rows, NAMES), 0
    if LABELS in kept and sources is not None:
        kept[LABELS], n_spread = _true_labels(kept[LABELS], rows.get(CLASSES), sources)
    if names is not None and (names != "").all():
        kept[NAMES] = names
    return kept, n_spread


def _told(rows: Mapping[str, np.ndarray], name: str) -> np.ndarray | None:
    array, images = rows.get(name), rows.get(IMAGES)
    if array is None or images is None or array.dtype.kind != "U":
        return None
    return array if array.shape == images.shape[:1] else None


def _true_labels(
    labels: np.ndarray, classes: np.ndarray | None, sources: np.ndarray
) -> tuple[np.ndarray, int]:
    """The label of each row that somebody gave, as text; how many are left out."""
    names = _names(labels, classes)
    if names.shape != sources.shape:
        return labels, 0
    words, places = np.unique(sources, return_inverse=True)
    is_spread = np.array([is_suggestion(str(word)) for word in words], dtype=bool)[places]
    return np.where(is_spread, "", names), int(np.count_nonzero(is_spread & (names != "")))


def _names(labels: np.ndarray, classes: np.ndarray | None) -> np.ndarray:
    if labels.dtype.kind not in "bui":
        return labels.astype(str)
    numbers = labels.astype(np.int64)
    has_names = classes is not None and classes.ndim == 1 and classes.dtype.kind == "U"
    if classes is None or not has_names or not numbers.max(initial=-1) < len(classes):
        return np.where(numbers >= 0, numbers.astype(str), "")
    # The last name is what a label of nothing picks.
    return np.append(classes, "")[np.where(numbers >= 0, numbers, -1)]


def _parts(
    part: str, splits: np.ndarray | None, kept: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray | slice]:
    """The rows of each part that they say they are of; else all are of the file's."""
    if splits is None or len({len(array) for array in kept.values()}) > 1:
        return {part: slice(None)}
    words = np.unique(splits).tolist()
    places = [found[0].value if (found := part_of(word)) else part for word in words]
    if len(set(places)) < 2:
        return {places[0] if places else part: slice(None)}
    return {
        place: np.isin(
            splits, [word for word, of in zip(words, places, strict=True) if of == place]
        )
        for place in places
    }


def _joined(pieces: list[np.ndarray]) -> np.ndarray:
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


def names_of(arrays: Arrays, part: str) -> tuple[str, ...] | None:
    """The file names of a part; None where they are not told."""
    names = arrays.get((part, NAMES))
    return None if names is None else tuple(names.tolist())
