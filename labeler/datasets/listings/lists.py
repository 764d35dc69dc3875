"""Lists of images with their classes, beside the images: found, read, and matched with them.

A list is a table of text (``labels.csv``, Kaggle's ``train.csv``, Hugging Face's ``metadata.csv``
and ``metadata.jsonl``, any other) with a column whose cells name images of the data set. What
its rows say of images that are not there, or of several at once, is counted and listed, never
guessed.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePosixPath

from labeler.datasets.base import LeftOut
from labeler.datasets.containers.files import Files, escaped
from labeler.datasets.listings import annotations
from labeler.datasets.listings.list_columns import (
    Columns,
    find_columns,
    hot_column,
    provenance_columns,
)
from labeler.datasets.listings.list_rows import MAX_BYTES, Row, TextTable, read_table, spaced
from labeler.datasets.listings.missed_lists import missed_list
from labeler.datasets.listings.name_index import (
    ExportedNames,
    Index,
    NameIndex,
    differs_in_case,
    shared_folder,
)
from labeler.datasets.provenance import is_suggestion, suggestions_note
from labeler.datasets.text.csv_text import as_utf8, check_label, is_raw, restore, windows_note
from labeler.datasets.text.file_kinds import ANNOTATION_ENDINGS, LIST_ENDINGS
from labeler.datasets.text.split_words import Part, lies_in, part_of
from labeler.exceptions import InputError, refuse
from labeler.words import counted

PROVENANCE = "provenance.csv"
"""Beside class folders that Labeler exported: where the label of each image came from."""

_KNOWN = re.compile(
    r"labels?|metadata|annotations|tasks|samples|(train|test|val|valid|validation)([-_ ]labels?)?"
)
_NEVER = re.compile(r"sample[-_ ]?submission.*|provenance|folders|classes|requirements|readme.*")
_SEVERAL = '{"choices":'
"""How Label Studio begins a cell with several classes."""

_JSON_LINES = (".jsonl", ".parquet")
"""Those of Parquet come as such."""

_AS_IT_IS = (*_JSON_LINES, *ANNOTATION_ENDINGS)
"""Of lists in which nothing is put before a text for spreadsheets."""

_MOST_LISTS = 50
_HEAD = 65_536
_SAMPLE = 1_000


@dataclass(eq=False)
class Listed:
    """What one list says.

    Attributes
    ----------
    name : str
        Of the list.
    numbers : list of int
        The images it names, each once, in the order of the rows.
    classes : list of str
        Of each; empty where it is not known.
    parts : list of (Part or None)
    n_rows : int
        Rows that name an image, whether it is there or not.
    absent, unclear : list of LeftOut
        Rows whose image is not there, or which may mean several or say different things.
    n_spread : int
        Labels that were spread from others: suggestions, and no truth.
    n_by_case : int
        Rows that write the name of their image in other letter case.
    is_windows : bool
        Whether it is written in cp1252.
    tells_classes : bool
        Whether it says what the images show.
    is_provenance : bool
        Whether it says where the labels of class folders came from.
    """

    name: str
    tells_classes: bool
    is_provenance: bool = False
    numbers: list[int] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    parts: list[Part | None] = field(default_factory=list)
    n_rows: int = 0
    absent: list[LeftOut] = field(default_factory=list)
    unclear: list[LeftOut] = field(default_factory=list)
    n_spread: int = 0
    n_by_case: int = 0
    is_windows: bool = False

    @property
    def is_known(self) -> bool:
        """Whether its name says that it is the list of the data set."""
        return self.is_provenance or is_known(self.name)

    def notes(self) -> Iterator[str]:
        """What its rows leave open."""
        name = escaped(self.name)
        if self.absent:
            yield f"{counted(len(self.absent), 'row')} of {name} without an image here"
        if self.unclear:
            rows = counted(len(self.unclear), "row")
            yield f"{rows} of {name} that may mean several images, or say two things of one"
        if self.n_spread:
            yield suggestions_note(self.n_spread, name)
        if self.n_by_case:
            rows = counted(self.n_by_case, "row")
            yield f"{rows} of {name} matched with images in other letter case"
        if self.is_windows:
            yield windows_note(name)


def is_known(name: str) -> bool:
    """Whether a file is named as lists of whole data sets are."""
    return bool(_KNOWN.fullmatch(PurePosixPath(name).stem.casefold()))


def is_parquet_list(name: str) -> bool:
    """Whether a Parquet file is named as those that list images beside them."""
    return PurePosixPath(name).name.lower() == "metadata.parquet"


def _may_be_list(name: str) -> bool:
    return name.lower().endswith(LIST_ENDINGS) or is_parquet_list(name)


def find_lists(files: Files, index: NameIndex) -> tuple[list[Listed], list[str]]:
    """Read every list among the files, those named as such and those further up first.

    Before all of them comes what Labeler wrote beside class folders.

    Returns
    -------
    list of Listed
    list of str
        Warnings of files that look like lists of images, but say nothing of any that is here.

    Raises
    ------
    InputError
        As ``read_listed``, for one that is named as lists are.
    """
    names = [name for name in files.names if _may_be_list(name)]
    names = [name for name in names if not _NEVER.fullmatch(PurePosixPath(name).stem.casefold())]
    names.sort(key=lambda name: (not is_known(name), name.count("/"), name))
    lists, warnings = _provenance(files, index), list[str]()
    for name in names[:_MOST_LISTS]:
        listed, reason = _try_list(files, name, index)
        if listed is not None and listed.numbers:
            lists.append(listed)
        else:
            is_list = listed is not None and listed.is_known
            warnings += missed_list(files, name, index, reason, is_list=is_list)
    return lists, warnings


def _try_list(files: Files, name: str, index: NameIndex) -> tuple[Listed | None, str]:
    """What a file says as a list, if it is one; else why it cannot be read, where that is it."""
    is_table = not name.lower().endswith(ANNOTATION_ENDINGS)
    try:
        if is_table and not is_known(name) and not _names_images(files, name, index):
            return None, ""
        return read_listed(files, name, index), ""
    except InputError as error:
        if is_known(name) and not name.lower().endswith(".txt"):
            raise
        return None, f"{error.found}. {error.remedy}"


def _provenance(files: Files, index: NameIndex) -> list[Listed]:
    """The list that an exported set of class folders has; none where it is of somebody else."""
    names = [name for name in files.names if PurePosixPath(name).name == PROVENANCE]
    for name in sorted(names, key=lambda name: name.count("/"))[:1]:
        with suppress(InputError):
            table = _read(files, name, files.describe(name))
            columns = None if table is None else provenance_columns(table.first)
            if table is not None and columns is not None:
                folder = name[: name.rfind("/") + 1]
                listed = Listed(name, tells_classes=True, is_provenance=True)
                reading = _Reading(listed, files.describe(name), columns, index)
                return [reading.of_exported(folder, table.rows)]
    return []


def _names_images(files: Files, name: str, index: NameIndex) -> bool:
    """Whether a table is a list of images, told by its first rows."""
    with files.open(name) as file:
        head = file.read(_HEAD)
    text = head[: head.rfind(b"\n") + 1] or head
    return _as_list(read_table(BytesIO(text), name), name, index) is not None


def read_names(files: Files, name: str) -> list[str]:
    """The names in a file that has one on each line; none where it is too large, or no text."""
    with files.open(name) as file:
        data = file.read(_HEAD)
    text = "" if len(data) == _HEAD else as_utf8(data)[0].decode("utf-8", "replace")
    names = [line.strip() for line in text.splitlines() if line.strip()]
    for row, label in enumerate(names, start=1):
        check_label(label, row, files.describe(name))
    return names


def read_listed(files: Files, name: str, index: NameIndex) -> Listed | None:
    """Read one list; None where it names no image.

    Raises
    ------
    InputError
        CSV-1 to CSV-3 for what is no table; CSV-6 for a label nobody could read, CSV-7 for a
        name that leads out of the data set.
    """
    source = files.describe(name)
    if files.size(name) > MAX_BYTES:
        refuse("CSV-2", source, f"more than {MAX_BYTES:,} bytes", "a list of files and labels")
    table = _read(files, name, source)
    as_list = None if table is None else _as_list(table, name, index)
    if as_list is None:
        return None
    table, columns = as_list
    if not _rows_of(table, columns):
        refuse("CSV-1", source, "there is a header but no row", "one row for each image")
    listed = Listed(name, columns.tells_classes, is_windows=table.is_windows)
    return _Reading(listed, source, columns, index).read(_rows_of(table, columns))


def _read(files: Files, name: str, source: str) -> TextTable | None:
    lowered = name.lower()
    with files.open(name) as file:
        if lowered.endswith(ANNOTATION_ENDINGS):
            data = file.read(MAX_BYTES)
            return annotations.read_annotations(data, source, is_xml=lowered.endswith(".xml"))
        return read_table(file, source, is_jsonl=lowered.endswith(_JSON_LINES))


def _as_list(table: TextTable, name: str, index: NameIndex) -> tuple[TextTable, Columns] | None:
    """A table with its columns; None where it names no image, by cells or by words of a line."""
    folder = name[: name.rfind("/") + 1]

    def is_image(cell: str) -> bool:
        return bool(index.find(cell.strip(), folder))

    columns = find_columns(table, is_image)
    if columns is not None:
        return table, columns
    for pairs in spaced(table) if name.lower().endswith(".txt") else ():
        columns = find_columns(pairs, is_image)
        rows = [] if columns is None else _rows_of(pairs, columns)[:_SAMPLE]
        if columns and 2 * sum(is_image(cells[columns.file]) for _, cells in rows) > len(rows):
            return pairs, columns
    return None


def _rows_of(table: TextTable, columns: Columns) -> Sequence[Row]:
    return table.rows if columns.has_header else [(1, table.first), *table.rows]


class _Reading:
    """The rows of one list, matched one after the other."""

    def __init__(self, listed: Listed, source: str, columns: Columns, index: Index) -> None:
        self._folder = listed.name[: listed.name.rfind("/") + 1]
        self._source = source
        self._columns = columns
        self._index = index
        self._places: dict[int, tuple[int, int]] = {}
        self._dropped: set[int] = set()
        self._is_csv = not listed.name.lower().endswith(_AS_IT_IS)
        self._listed = listed

    def of_exported(self, folder: str, rows: Sequence[Row]) -> Listed:
        """What the rows say of images in a set that Labeler wrote into that folder."""
        written = (self._text(cells, self._columns.file) for _, cells in rows)
        self._index = ExportedNames(self._index.names, folder, written)
        return self.read(rows)

    def read(self, rows: Sequence[Row]) -> Listed:
        find = self._finder(rows)
        for row, cells in rows:
            name = self._text(cells, self._columns.file)
            if not name:
                refuse(
                    "CSV-7", self._source, f"row {row:,} names no file", "the name of an image file"
                )
            self._check_inside(name, row)
            label = self._label(cells, row)
            self._listed.n_rows += 1
            self._take(row, name, self._in_part(find(name), cells), label, self._part(cells))
        return self._listed

    def _finder(self, rows: Sequence[Row]) -> Callable[[str], Sequence[int]]:
        """How names are looked for: without a folder before all of them, if that finds more."""
        names = [self._text(cells, self._columns.file) for _, cells in rows[:_SAMPLE]]
        shared = shared_folder(names)

        def plain(name: str) -> Sequence[int]:
            return self._index.find(name, self._folder)

        def shortened(name: str) -> Sequence[int]:
            return plain(name) or plain(name.replace("\\", "/").removeprefix(shared))

        as_is = sum(len(plain(name)) == 1 for name in names)
        return shortened if shared and 2 * as_is < len(names) else plain

    def _take(
        self, row: int, name: str, numbers: Sequence[int], label: str, part: Part | None
    ) -> None:
        listed = self._listed
        where = f"row {row:,} of {escaped(listed.name)}"
        if len(numbers) != 1:
            why = f"{len(numbers):,} images end like that" if numbers else "there is no such image"
            told = LeftOut(escaped(name), f"{where}: {why}")
            (listed.unclear if numbers else listed.absent).append(told)
            if listed.is_provenance:
                self._doubt(numbers, part)
            return
        number = numbers[0]
        listed.n_by_case += differs_in_case(name, self._index.names[number])
        if number not in self._places:
            self._places[number] = (len(listed.numbers), row)
            listed.numbers.append(number)
            listed.classes.append(label)
            listed.parts.append(part)
            return
        place, first = self._places[number]
        if listed.classes[place] != label and number not in self._dropped:
            self._dropped.add(number)
            both = f"rows {first:,} and {row:,} of {escaped(listed.name)} give it two classes"
            listed.unclear.append(LeftOut(escaped(name), both))
            listed.classes[place] = ""

    def _doubt(self, numbers: Sequence[int], part: Part | None) -> None:
        """Images of a set of Labeler's whose folder may be wrong, or a suggestion: not known."""
        for number in numbers:
            if number not in self._places:
                self._places[number] = (len(self._listed.numbers), 0)
                self._listed.numbers.append(number)
                self._listed.classes.append("")
                self._listed.parts.append(part)

    def _in_part(self, numbers: Sequence[int], cells: Sequence[str]) -> Sequence[int]:
        """Of several images of one name, those in the folder of the row's part, if there are.

        A list may be named like a part, too.
        """
        if len(numbers) < 2:
            return numbers
        split = self._columns.split
        stem = PurePosixPath(self._listed.name).stem
        word = "" if split is None else cells[split].strip()
        word = word or (stem if part_of(stem) else "")
        return [n for n in numbers if word and lies_in(self._index.names[n], word)] or numbers

    def _check_inside(self, name: str, row: int) -> None:
        depth = self._folder.count("/")
        for part in name.replace("\\", "/").split("/"):
            depth += -1 if part == ".." else part not in ("", ".")
            if depth < 0:
                found = f"row {row:,} points outside the dataset ({name[:80]!r})"
                refuse("CSV-7", self._source, found, "a name relative to the folder of this file")

    def _label(self, cells: Sequence[str], row: int) -> str:
        columns = self._columns
        if columns.one_hot is not None:
            hot = hot_column(cells, tuple(columns.one_hot))
            return "" if hot is None else columns.one_hot[hot]
        label = "" if columns.label is None else self._text(cells, columns.label)
        if label.startswith(_SEVERAL):
            return ""
        check_label(label, row, self._source)
        if label and columns.source is not None and is_suggestion(cells[columns.source]):
            self._listed.n_spread += 1
            return ""
        return label

    def _text(self, cells: Sequence[str], column: int) -> str:
        """A cell as it was before it was made safe for spreadsheets."""
        raw = self._columns.raw
        text = cells[column].strip()
        as_it_is = not self._is_csv or (raw is not None and is_raw(cells[raw]))
        return text if as_it_is else restore(text)

    def _part(self, cells: Sequence[str]) -> Part | None:
        split = self._columns.split
        meaning = None if split is None else part_of(cells[split].strip())
        return None if meaning is None else meaning[0]
