"""Tables of text as people save them: rows of cells, whatever lies between them.

Comma, semicolon or tab; with a byte-order mark or without; blank lines left out. ``.jsonl`` is
read as a table, too: its keys are the columns.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from labeler.datasets.text.csv_text import as_utf8, decode
from labeler.exceptions import refuse
from labeler.imaging.sniffing import content_kind

MAX_BYTES = 256_000_000
_DELIMITERS = (",", ";", "\t")

Row = tuple[int, list[str]]


@dataclass(frozen=True)
class TextTable:
    """A table.

    Attributes
    ----------
    first : list of str
        The cells of the first row, which may be a header.
    rows : list of (int, list of str)
        All others with their number in the file, which counts from 1; each as long as the first.
    is_header : bool
        Whether the first row is one for certain.
    is_windows : bool
        Whether it is written in cp1252, as Western European Windows programs do.
    """

    first: list[str]
    rows: list[Row]
    is_header: bool = False
    is_windows: bool = False


def read_table(file: BinaryIO, source: str, *, is_jsonl: bool = False) -> TextTable:
    """Read a table of text as a whole.

    Raises
    ------
    InputError
        CSV-1 for what is text neither in UTF-8 nor in cp1252, or empty; CSV-2 for one that is
        too large, or a quote that never closes; CSV-3 for a row that is longer or shorter than
        the first.
    """
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        refuse("CSV-2", source, f"more than {MAX_BYTES:,} bytes", "a list of files and labels")
    if content_kind(data[:512]) in ("UTF-16 text", "gzip", "zip", "HTML"):
        found = f"this is {content_kind(data[:512])}"
        refuse("CSV-1", source, found, "UTF-8 text", "Save it as CSV in UTF-8.")
    if is_jsonl:
        return _jsonl(decode(data, source, first_row=1), source)
    data, is_windows = as_utf8(data)
    return replace(_table(decode(data, source, first_row=1), source), is_windows=is_windows)


def spaced(table: TextTable) -> Iterator[TextTable]:
    """A table of one column as one of two, apart by the first white space or the last.

    Nothing where a row has a single word.
    """
    lines = [(0, table.first), *table.rows]
    if len(table.first) != 1 or not all(len(cells[0].split()) > 1 for _, cells in lines):
        return
    first, *rows = [(row, cells[0].split(maxsplit=1)) for row, cells in lines]
    yield replace(table, first=first[1], rows=rows)
    first, *rows = [(row, cells[0].rsplit(maxsplit=1)) for row, cells in lines]
    yield replace(table, first=first[1], rows=rows)


def delimiter_of(line: str) -> str:
    """What stands between the values of a line: a comma unless there is none."""
    counts = {mark: line.count(mark) for mark in _DELIMITERS}
    return "," if counts[","] else max(counts, key=lambda mark: counts[mark])


def text_rows(
    text: str, source: str, first_row: int = 1, delimiter: str | None = None
) -> Iterator[Row]:
    """The rows of delimited text that hold anything, with their numbers.

    Without a ``delimiter``, the first line tells it.

    Raises
    ------
    InputError
        CSV-2
    """
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter or delimiter_of(_first_line(text)),
        strict=True,
    )
    row = first_row
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield row, cells
            row = reader.line_num + first_row
    except csv.Error as error:
        found = f"quote opened in row {row:,} never closes ({error})"
        refuse("CSV-2", source, found, "quotes in pairs")


def _first_line(text: str) -> str:
    return next((line for line in text[:100_000].splitlines() if line.strip()), "")


def _table(text: str, source: str) -> TextTable:
    rows = list(text_rows(text, source))
    if not rows:
        refuse("CSV-1", source, "the file is empty", "one row for each image")
    (_, first), *others = rows
    for row, cells in others:
        if len(cells) != len(first):
            found = f"row {row:,} has {len(cells):,} values, row 1 has {len(first):,}"
            refuse("CSV-3", source, found, "as many values in every row")
    return TextTable([cell.strip() for cell in first], others)


def _jsonl(text: str, source: str) -> TextTable:
    columns: dict[str, None] = {}
    objects: list[tuple[int, dict[str, Any]]] = []
    for row, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            refuse("CSV-2", source, f"line {row:,} is not JSON ({error})", "one object a line")
        if not isinstance(values, dict):
            refuse("CSV-2", source, f"line {row:,} is no object", "one object a line")
        columns |= dict.fromkeys(list(values)[:_MOST_KEYS])
        objects.append((row, values))
        if len(columns) > _MOST_KEYS:
            refuse("CSV-2", source, f"more than {_MOST_KEYS} keys", "a few keys in every line")
    if not objects:
        refuse("CSV-1", source, "the file is empty", "one line for each image")
    rows = [(row, [_cell(values.get(column)) for column in columns]) for row, values in objects]
    return TextTable(list(columns), rows, is_header=True)


_MOST_KEYS = 200


def _cell(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)
