"""What a file of labels says, whatever its format: one row for each image, column by column."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn

import numpy as np

from labeler.datasets.limits import MAX_CLASSES, MAX_LABEL_LENGTH
from labeler.datasets.provenance import source_named
from labeler.datasets.text.column_names import CLASS_NAMES, FILE_NAMES, LABEL_NAMES
from labeler.exceptions import InputError
from labeler.formats.reading.block import quick_block
from labeler.formats.reading.times import Times
from labeler.formats.reading.values import (
    ASKED,
    MAX_INDEX,
    MAX_TEXT,
    Verdict,
    is_held_out,
    real_number,
    shown,
    verdict_named,
    who_said,
    whole_number,
)
from labeler.records import UNLABELED, Source
from labeler.words import is_storable

MAX_BYTES = 256_000_000
"""Of a file of text: it is read as a whole. Parquet is read in blocks and has no such limit."""

MAX_ROWS = 2_000_000
"""Labels in one file."""

CELLS = {
    "index": ("index",),
    "file_name": FILE_NAMES,
    "class_name": CLASS_NAMES,
    "label": LABEL_NAMES,
    "verdict": ("verdict",),
    "source": ("source",),
    "confidence": ("confidence", "score"),
    "annotator": ("annotator",),
    "answered_at": ("answered_at",),
    "split": ("split",),
}
"""What is read from a row, and the names it may have, the best first; whatever their case."""

_LONGEST_WORD = 40
_UNITS = {"jsonl": "line", "label-studio": "task"}


@dataclass(frozen=True, eq=False)
class LabelFile:
    """The labels of one file; rows without a label are left out, and counted.

    Attributes
    ----------
    source : str
        The file as the user knows it, safe to be shown.
    format : str
    classes : tuple of str
        The names that occur, exactly as written, in the order in which they first do.
    rows : ndarray of shape (n,), dtype int64
        Where each label stands in the file: a row (the header is 1), a line or a task.
    indices : ndarray of shape (n,), dtype int64
        Image numbers; -1 where the file gives none.
    file_names : tuple of str
        Empty where the file gives none.
    labels : ndarray of shape (n,), dtype int64
        Index into ``classes``; ``UNLABELED`` for "can't tell" and "mixed".
    is_mixed : ndarray of shape (n,), dtype bool
        Whether the row says "mixed".
    sources : ndarray of shape (n,), dtype int8
        ``Source``; ``NONE`` where the file does not say.
    confidences : ndarray of shape (n,), dtype float32
        nan where the file gives none.
    annotators : tuple of str
        Empty where the file gives none.
    answered_at : ndarray of shape (n,), dtype datetime64[us]
        In UTC; not a time where the file gives none that can be read.
    n_unlabeled : int
        Rows without a label; those of images that are held out to test on are not among them.
    dataset_hash : str or None
        Of the data set that the labels are about, if the file says.
    notes : tuple of str
        What the user should know about how the file was read.
    """

    source: str
    format: str
    classes: tuple[str, ...]
    rows: np.ndarray
    indices: np.ndarray
    file_names: tuple[str, ...]
    labels: np.ndarray
    is_mixed: np.ndarray
    sources: np.ndarray
    confidences: np.ndarray
    annotators: tuple[str, ...]
    answered_at: np.ndarray
    n_unlabeled: int
    dataset_hash: str | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def unit(self) -> str:
        """What a row of this format is called."""
        return _UNITS.get(self.format, "row")


@dataclass
class LabelReader:
    """Collects the rows of a file, each checked; ``finish`` gives the whole.

    Attributes
    ----------
    source, format : str
        As for ``LabelFile``.
    """

    source: str
    format: str
    _classes: dict[str, int] = field(default_factory=dict)
    _rows: list[int] = field(default_factory=list)
    _indices: list[int] = field(default_factory=list)
    _file_names: list[str] = field(default_factory=list)
    _labels: list[int] = field(default_factory=list)
    _mixed: list[bool] = field(default_factory=list)
    _sources: list[int] = field(default_factory=list)
    _confidences: list[float] = field(default_factory=list)
    _annotators: list[str] = field(default_factory=list)
    _answered_at: list[datetime | None] = field(default_factory=list)
    _times: Times = field(default_factory=Times)
    _n_unlabeled: int = 0
    _n_held_out: int = 0
    _unknown_sources: dict[str, int] = field(default_factory=dict)

    def add(self, row: int, cells: Mapping[str, object]) -> None:
        """Take one row: the cells of ``CELLS`` by name, None or empty where there is nothing.

        Raises
        ------
        InputError
            LABEL-2 for a value that is not what it should be.
        """
        if is_held_out(cells.get("split")):
            self._n_held_out += 1
            return
        verdict = self._verdict(row, cells.get("verdict"))
        source = who_said(self._source_of(row, cells.get("source")), verdict)
        name = None if verdict in ASKED else self._class_name(row, cells)
        if verdict in ASKED:
            self._take(row, cells, UNLABELED, source, is_mixed=verdict is Verdict.MIXED)
        elif name is not None:
            self._take(row, cells, self._class(row, name), source)
        else:
            self._n_unlabeled += 1

    def add_block(self, first_row: int, columns: Mapping[str, Sequence[object]]) -> None:
        """Take many rows at once, as ``add`` would one after the other.

        Parameters
        ----------
        first_row : int
        columns : mapping of str to sequence
            The cells of ``CELLS`` by name, all of one length.

        Raises
        ------
        InputError
            As ``add``: at the first doubt the block is gone through row by row.
        """
        block = quick_block(columns)
        if (
            block is None
            or len(self._rows) + len(block.names) > MAX_ROWS
            or (len(self._classes) + len(set(block.names)) > MAX_CLASSES)
        ):
            for row, cells in enumerate(zip(*columns.values(), strict=True), start=first_row):
                self.add(row, dict(zip(columns, cells, strict=True)))
            return
        for name in filter(None, block.names):
            self._classes.setdefault(name, len(self._classes))
        self._rows += [first_row + place for place in block.places]
        self._labels += [self._classes[name] if name else UNLABELED for name in block.names]
        self._mixed += block.is_mixed
        self._indices += block.indices
        self._file_names += block.file_names
        self._sources += block.sources
        self._confidences += block.confidences
        self._annotators += block.annotators
        self._answered_at += block.answered_at
        self._n_unlabeled += block.n_unlabeled
        self._n_held_out += block.n_held_out

    def finish(self, dataset_hash: str | None = None, notes: Iterable[str] = ()) -> LabelFile:
        """The rows taken, as arrays.

        Raises
        ------
        InputError
            LABEL-1 if there was no row at all.
        """
        if not self._rows and not self._n_unlabeled and not self._n_held_out:
            self.refuse("LABEL-1", "there is no row in it", "one row for each labeled image")
        return LabelFile(
            source=self.source,
            format=self.format,
            classes=tuple(self._classes),
            rows=np.array(self._rows, dtype=np.int64),
            indices=np.array(self._indices, dtype=np.int64),
            file_names=tuple(self._file_names),
            labels=np.array(self._labels, dtype=np.int64),
            is_mixed=np.array(self._mixed, dtype=bool),
            sources=np.array(self._sources, dtype=np.int8),
            confidences=np.array(self._confidences, dtype=np.float32),
            annotators=tuple(self._annotators),
            answered_at=np.array(self._answered_at, dtype="datetime64[us]"),
            n_unlabeled=self._n_unlabeled,
            dataset_hash=dataset_hash,
            notes=(*notes, *self._notes()),
        )

    def refuse(
        self, code: str, found: str, expected: str, remedy: str = "Correct the file and retry."
    ) -> NoReturn:
        """Raise the InputError of this file."""
        raise InputError(code, self.source, found=found, expected=expected, remedy=remedy)

    def refuse_value(self, row: int, column: str, value: object, expected: str) -> NoReturn:
        """Raise the InputError of one value."""
        self.refuse("LABEL-2", f"{self.unit} {row:,}, {column}: {shown(value)}", expected)

    @property
    def unit(self) -> str:
        """As ``LabelFile.unit``."""
        return _UNITS.get(self.format, "row")

    def _notes(self) -> Iterator[str]:
        if self._n_held_out:
            yield (
                f"{self._n_held_out:,} {self.unit}s of images that are held out to test on "
                "(split: test) left out"
            )
        if self._unknown_sources:
            words = ", ".join(shown(word) for word in list(self._unknown_sources)[:5])
            yield (
                f"{sum(self._unknown_sources.values()):,} labels with a source that says nothing "
                f"here ({words}): taken as labels of unknown source"
            )
        yield from self._times.notes()

    def _take(
        self,
        row: int,
        cells: Mapping[str, object],
        label: int,
        source: Source,
        *,
        is_mixed: bool = False,
    ) -> None:
        index = self._index(row, cells.get("index"))
        file_name = self._text(row, "file_name", cells.get("file_name"))
        if index < 0 and not file_name:
            found = f"{self.unit} {row:,} names no image"
            self.refuse("LABEL-1", found, "an index or a file_name in every row")
        self._rows.append(row)
        self._indices.append(index)
        self._file_names.append(file_name)
        self._labels.append(label)
        self._mixed.append(is_mixed)
        self._sources.append(source)
        self._confidences.append(self._confidence(row, cells.get("confidence")))
        self._annotators.append(self._text(row, "annotator", cells.get("annotator")))
        self._answered_at.append(self._times.read(cells.get("answered_at")))
        if len(self._rows) > MAX_ROWS:
            self.refuse(
                "LABEL-4",
                f"more than {MAX_ROWS:,} labels",
                f"at most {MAX_ROWS:,} in one file",
                "Split the file, and import its parts one after the other.",
            )

    def _class(self, row: int, name: str) -> int:
        number = self._classes.setdefault(name, len(self._classes))
        if number >= MAX_CLASSES:
            found = f"{self.unit} {row:,}: more than {MAX_CLASSES:,} classes"
            self.refuse("LABEL-4", found, "the names of classes in the label column")
        return number

    def _class_name(self, row: int, cells: Mapping[str, object]) -> str | None:
        """The class's name; a label that is a number is one too, where no name is beside it."""
        for column in ("class_name", "label"):
            value = cells.get(column)
            if isinstance(value, list) and len(value) <= 1:
                value = value[0] if value else None
            if value is None or value == "":
                continue
            if isinstance(value, int) and not isinstance(value, bool):
                value = str(value)
            if not isinstance(value, str):
                self.refuse_value(row, column, value, "the name of one class")
            if len(value) > MAX_LABEL_LENGTH:
                size = f"a name of {len(value):,} characters"
                self.refuse(
                    "LABEL-2",
                    f"{self.unit} {row:,}, {column}: {size}",
                    f"at most {MAX_LABEL_LENGTH}",
                )
            self._require_storable(row, column, value)
            return value
        return None

    def _source_of(self, row: int, value: object) -> Source:
        if value is None:
            return Source.NONE
        if not isinstance(value, str):
            self.refuse_value(row, "source", value, "human, oracle, propagated or none")
        source = source_named(value)
        if source is None:
            word = value.strip()[:_LONGEST_WORD]
            self._unknown_sources[word] = self._unknown_sources.get(word, 0) + 1
        return Source.NONE if source is None else source

    def _verdict(self, row: int, value: object) -> Verdict:
        if value is None:
            return Verdict.NOTHING
        verdict = verdict_named(value) if isinstance(value, str) else None
        if verdict is None:
            self.refuse_value(row, "verdict", value, "class, skip, mixed or nothing")
        return verdict

    def _index(self, row: int, value: object) -> int:
        if value is None or value == "":
            return -1
        number = whole_number(value)
        if number is None or not 0 <= number <= MAX_INDEX:
            self.refuse_value(row, "index", value, "a whole number, counted from 0")
        return number

    def _confidence(self, row: int, value: object) -> float:
        if value is None or value == "":
            return float("nan")
        number = real_number(value)
        if number is None or not 0 <= number <= 1:
            self.refuse_value(row, "confidence", value, "a number from 0 to 1")
        return number

    def _text(self, row: int, column: str, value: object) -> str:
        if value is None or value == "":
            return ""
        if not isinstance(value, str):
            self.refuse_value(row, column, value, "a text")
        if len(value) > MAX_TEXT:
            found = f"{self.unit} {row:,}, {column}: {len(value):,} characters"
            self.refuse("LABEL-2", found, f"at most {MAX_TEXT:,}")
        if column != "file_name":  # a file's name may hold half characters, and is only compared
            self._require_storable(row, column, value)
        return value

    def _require_storable(self, row: int, column: str, value: str) -> None:
        if not is_storable(value):
            self.refuse_value(row, column, value, "a text without NUL and half characters")


def find_cells(columns: Iterable[str]) -> dict[str, str]:
    """For each of ``CELLS`` that is there, the column that holds it."""
    by_name = {column.strip().lower(): column for column in reversed(list(columns))}
    chosen = {
        cell: next((by_name[n] for n in names if n in by_name), None)
        for cell, names in CELLS.items()
    }
    return {cell: column for cell, column in chosen.items() if column is not None}


def require_cells(reader: LabelReader, cells: Mapping[str, str], columns: Iterable[str]) -> None:
    """Refuse a file whose columns cannot say which image has which class.

    Raises
    ------
    InputError
        LABEL-1
    """
    names_image = "index" in cells or "file_name" in cells
    if not (names_image and ("class_name" in cells or "label" in cells)):
        listed = ", ".join(shown(column) for column in list(columns)[:8]) or "none"
        reader.refuse(
            "LABEL-1",
            f"the columns are {listed}",
            "index or file_name, and class_name or label",
            "Name the columns as `labeler export` does.",
        )
