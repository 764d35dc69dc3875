"""Which columns of a table name an image, its class and its part."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from labeler.datasets.listings.list_rows import TextTable
from labeler.datasets.listings.studio_tasks import OWN_COLUMNS
from labeler.datasets.text.column_names import (
    CLASS_NAMES,
    FILE_NAMES,
    LABEL_NAMES,
    SURE_FILE_NAMES,
)
from labeler.datasets.text.csv_text import RAW_COLUMN, WRITTEN_COLUMN

SPLIT_NAMES = ("split", "subset", "partition", "usage", "data set", "dataset", "set")
SOURCE_NAMES = ("source",)
RAW_NAMES = (RAW_COLUMN,)
INDEX_NAMES = ("", "index", "unnamed: 0")
_LOOKED_AT = 200
_MANY_CLASSES = 3
_MOST_COLUMNS = 2_000


@dataclass(frozen=True)
class Columns:
    """Where a table has what; None where it has no such column.

    Attributes
    ----------
    file : int
    label, split, source, raw : int or None
    one_hot : dict of int to str
        Columns that stand for a class each, with a one for the image's.
    has_header : bool
    """

    file: int
    label: int | None
    split: int | None = None
    source: int | None = None
    one_hot: Mapping[int, str] | None = None
    has_header: bool = True
    raw: int | None = None

    @property
    def tells_classes(self) -> bool:
        """Whether any column says what an image shows."""
        return self.label is not None or self.one_hot is not None


def find_columns(table: TextTable, is_image: Callable[[str], bool]) -> Columns | None:
    """Find the columns of a list of images; None where it names none.

    Parameters
    ----------
    table : TextTable
    is_image : callable
        Whether a cell names an image of the data set.
    """
    if len(table.first) > _MOST_COLUMNS:
        return None
    looked_at = [cells for _, cells in table.rows[:_LOOKED_AT]]
    header = [cell.lower() for cell in table.first]
    hits = [sum(is_image(cells[n]) for cells in looked_at if cells[n]) for n in range(len(header))]
    first_hits = [not table.is_header and is_image(cell) for cell in table.first]
    if any(first_hits):
        file = max(range(len(header)), key=lambda n: hits[n] + first_hits[n])
        return Columns(file, _lone_column(len(header), file), has_header=False)
    named = [header.index(name) for name in FILE_NAMES if name in header]
    if not any(hits) and not (named and header[named[0]] in SURE_FILE_NAMES):
        return None
    file = max([*named, *range(len(header))], key=lambda n: hits[n]) if any(hits) else named[0]
    split = _named(header, SPLIT_NAMES, file)
    source = _named(header, SOURCE_NAMES, file)
    is_studio = {"annotation_id", "annotator"} <= set(header)
    own = [header.index(name) for name in OWN_COLUMNS if is_studio and name in header]
    taken = {file, split, source, *own}
    label = _label_column(header, taken)
    one_hot = None if label is not None else _one_hot(table.first, looked_at, taken)
    return Columns(file, label, split, source, one_hot, raw=_named(header, RAW_NAMES, file))


def provenance_columns(header: Sequence[str]) -> Columns | None:
    """The columns of what Labeler wrote of each image's label; None for others.

    Sets of earlier versions name images by their numbers alone.
    """
    if not {"index", "class_name", "source", "split"} <= set(header):
        return None
    place = {name: header.index(name) for name in header}
    return Columns(
        place.get(WRITTEN_COLUMN, place["index"]),
        place["class_name"],
        place["split"],
        place["source"],
        raw=place.get(RAW_COLUMN),
    )


def _named(header: Sequence[str], names: Sequence[str], but: int) -> int | None:
    places = (header.index(name) for name in names if name in header)
    return next((place for place in places if place != but), None)


def _lone_column(n_columns: int, file: int) -> int | None:
    others = [place for place in range(n_columns) if place != file]
    return others[0] if len(others) == 1 else None


def _label_column(header: Sequence[str], taken: set[int | None]) -> int | None:
    for name in (*CLASS_NAMES, *LABEL_NAMES):
        if name in header and header.index(name) not in taken:
            return header.index(name)
    free = [n for n, name in enumerate(header) if n not in taken and name not in INDEX_NAMES]
    is_id = {"label_id", "class_id", "image_id", "id", "width", "height", "text", "caption"}
    return free[0] if len(free) == 1 and header[free[0]] not in is_id else None


def _one_hot(
    first: Sequence[str], rows: Sequence[Sequence[str]], taken: set[int | None]
) -> dict[int, str] | None:
    """Columns of zeros with a single one in every row, as ISIC's ground truth has them."""
    free = [n for n, name in enumerate(first) if n not in taken and name.lower() not in INDEX_NAMES]
    if len(free) < _MANY_CLASSES or not rows:
        return None
    if all(hot_column(cells, free) is not None for cells in rows):
        return {n: first[n] for n in free}
    return None


def hot_column(cells: Sequence[str], columns: Sequence[int]) -> int | None:
    """The only column of these that holds a one, the others zeros; else None."""
    values = [cells[n].strip() for n in columns]
    ones = [n for n, value in zip(columns, values, strict=True) if value in ("1", "1.0", "True")]
    zeros = sum(value in ("0", "0.0", "False") for value in values)
    return ones[0] if len(ones) == 1 and zeros == len(values) - 1 else None
