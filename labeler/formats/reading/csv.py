"""Labels in CSV, as ``labeler export`` writes them.

Text that was neutralised is as it was, unless a column ``raw`` says that it never was.

A CSV or TSV file that Label Studio wrote is told by its header: there, what counts is the choice
that was made, not the columns that the task came with.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from labeler.datasets.csv_text import decode, read_header, refuse, refuse_delimiter
from labeler.formats.csv import RAW, RAW_COLUMN, restore
from labeler.formats.reading.base import (
    MAX_BYTES,
    LabelFile,
    LabelReader,
    find_cells,
    require_cells,
)
from labeler.formats.reading.label_studio import read_tasks
from labeler.formats.reading.studio_rows import csv_rows, is_studio_header

NAME = "csv"
PLACE = 1
SUFFIXES = (".csv", ".tsv")

_TEXTS = {"file_name", "class_name", "label", "annotator"}
_AT_ONCE = 20_000


def read_csv(file: BinaryIO, source: str) -> LabelFile:
    """Read the labels of one open file.

    Raises
    ------
    InputError
        CSV-1 to CSV-3 for what is no CSV in UTF-8; LABEL-1, LABEL-2, LABEL-4.
    """
    reader = LabelReader(source, "csv")
    first = file.readline(MAX_BYTES + 1)
    if is_studio_header(first):
        return read_tasks(reader, csv_rows(first + _rest(file, source, len(first)), source))
    header = read_header(io.BytesIO(first), source)
    cells = find_cells(header)
    require_cells(reader, cells, header)
    places = {cell: header.index(column) for cell, column in cells.items()}
    raw_at = header.index(RAW_COLUMN) if RAW_COLUMN in header else None
    data = _rest(file, source, len(first))
    for first_row, rows in _blocks(decode(data, source, first_row=2), len(header), source):
        together = list(zip(*rows, strict=True))
        columns: dict[str, Sequence[str]] = {
            cell: together[place] for cell, place in places.items()
        }
        is_raw = [False] * len(rows) if raw_at is None else list(map(_is_raw, together[raw_at]))
        for cell in _TEXTS & columns.keys():
            columns[cell] = [
                restore(text) if text.startswith("'") and not as_it_is else text
                for text, as_it_is in zip(columns[cell], is_raw, strict=True)
            ]
        reader.add_block(first_row, columns)
    return reader.finish()


def _is_raw(cell: str) -> bool:
    return cell.strip().lower() == RAW


def _rest(file: BinaryIO, source: str, n_read: int) -> bytes:
    data = file.read(MAX_BYTES + 1)
    if len(data) + n_read > MAX_BYTES:
        refuse("CSV-2", source, f"more than {MAX_BYTES:,} bytes", "a smaller file", "Split it.")
    return data


def _blocks(text: str, n_columns: int, source: str) -> Iterator[tuple[int, list[list[str]]]]:
    rows: list[list[str]] = []
    row = 1
    for row, cells in _rows(text, n_columns, source):
        rows.append(cells)
        if len(rows) == _AT_ONCE:
            yield row - len(rows) + 1, rows
            rows = []
    if rows:
        yield row - len(rows) + 1, rows


def _rows(text: str, n_columns: int, source: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with its number; a row of several lines counts once."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    row = 1
    try:
        for row, cells in enumerate(reader, start=2):
            if len(cells) != n_columns:
                refuse_delimiter(",".join(cells), row, source)
                found = f"row {row:,} has {len(cells):,} values, row 1 has {n_columns:,}"
                refuse("CSV-3", source, found, "as many values in every row, and no blank line")
            yield row, cells
    except csv.Error as error:
        found = f"quote opened in row {row + 1:,} never closes, or a cell is too long ({error})"
        refuse("CSV-2", source, found, "quotes in pairs")
