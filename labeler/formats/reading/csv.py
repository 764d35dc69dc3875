"""Labels in CSV, as ``labeler export`` writes them.

Text that was neutralised is as it was, unless a column ``raw`` says that it never was.

A CSV or TSV file that Label Studio wrote is told by its header: there, what counts is the choice
that was made, not the columns that the task came with.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import BinaryIO

from labeler.datasets.listings.list_rows import Row, delimiter_of, text_rows
from labeler.datasets.text.csv_text import (
    RAW_COLUMN,
    as_utf8,
    decode,
    is_raw,
    read_header,
    refuse_delimiter,
    restore,
    windows_note,
)
from labeler.datasets.text.image_names import IMAGE_ENDINGS
from labeler.exceptions import refuse
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
_BARE = ("file_name", "label")
"""What is in the two columns of a list without a header."""


def read_csv(file: BinaryIO, source: str) -> LabelFile:
    """Read the labels of one open file.

    Raises
    ------
    InputError
        CSV-1 to CSV-3 for what is no CSV in UTF-8 or cp1252; LABEL-1, LABEL-2, LABEL-4.
    """
    data, is_windows = as_utf8(_whole(file, source))
    labels = _labels(data, source)
    notes = (*labels.notes, windows_note(source)) if is_windows else labels.notes
    return replace(labels, notes=notes)


def _labels(data: bytes, source: str) -> LabelFile:
    reader = LabelReader(source, "csv")
    end = data.find(b"\n") + 1 or len(data)
    first, rest = data[:end], data[end:]
    if is_studio_header(first):
        return read_tasks(reader, csv_rows(data, source))
    delimiter = delimiter_of(first.decode("utf-8", "replace"))
    header = read_header(io.BytesIO(_with_commas(first, delimiter)), source)
    n_header = 1
    if len(header) == len(_BARE) and any(map(_is_image, header)):
        header, rest, n_header = _bare(header), data, 0
    all_rows = text_rows(decode(rest, source, n_header + 1), source, n_header + 1, delimiter)
    cells, all_rows = _find_cells(header, all_rows)
    require_cells(reader, cells, header)
    places = {cell: header.index(column) for cell, column in cells.items()}
    raw_at = header.index(RAW_COLUMN) if RAW_COLUMN in header else None
    for first_row, rows in _blocks(all_rows, header, source):
        together = list(zip(*rows, strict=True))
        columns: dict[str, Sequence[str]] = {
            cell: together[place] for cell, place in places.items()
        }
        are_raw = [False] * len(rows) if raw_at is None else list(map(is_raw, together[raw_at]))
        for cell in _TEXTS & columns.keys():
            columns[cell] = [
                restore(text) if text.startswith("'") and not as_it_is else text
                for text, as_it_is in zip(columns[cell], are_raw, strict=True)
            ]
        reader.add_block(first_row, columns)
    return reader.finish()


def _find_cells(header: list[str], all_rows: Iterator[Row]) -> tuple[dict[str, str], Iterator[Row]]:
    """Which column holds what; of two columns of other names, the first row tells that."""
    cells = find_cells(header)
    if len(header) != len(_BARE) or {"file_name", "index"} & cells.keys() and len(cells) > 1:
        return cells, all_rows
    first = list(islice(all_rows, 1))
    images = [_is_image(cell.strip()) for cell in first[0][1]] if first else []
    if images.count(True) == 1 and len(images) == len(header):
        cells = {"file_name": header[images.index(True)], "label": header[images.index(False)]}
    return cells, chain(first, all_rows)


def _bare(first: Sequence[str]) -> list[str]:
    """The names of two columns without a header."""
    return list(_BARE) if _is_image(first[0]) else list(reversed(_BARE))


def _is_image(cell: str) -> bool:
    return cell.lower().endswith(IMAGE_ENDINGS)


def _whole(file: BinaryIO, source: str) -> bytes:
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        refuse("CSV-2", source, f"more than {MAX_BYTES:,} bytes", "a smaller file", "Split it.")
    return data


def _blocks(
    all_rows: Iterable[Row], header: Sequence[str], source: str
) -> Iterator[tuple[int, list[list[str]]]]:
    """Rows that follow each other, each block with the number of its first."""
    rows: list[list[str]] = []
    first_row = 1
    for row, cells in all_rows:
        if len(cells) != len(header):
            refuse_delimiter(",".join(cells), row, source)
            found = f"row {row:,} has {len(cells):,} values, row 1 has {len(header):,}"
            refuse("CSV-3", source, found, "as many values in every row")
        if rows and (len(rows) == _AT_ONCE or row != first_row + len(rows)):
            yield first_row, rows
            rows = []
        first_row = first_row if rows else row
        rows.append(cells)
    if rows:
        yield first_row, rows


def _with_commas(line: bytes, delimiter: str) -> bytes:
    """The header as if its values stood between commas."""
    return line if delimiter == "," else line.replace(delimiter.encode(), b",")
