"""CSV files that list image files with their labels: ``file_name,label``."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from labeler.datasets.csv_text import (
    FILE_COLUMNS,
    LABEL_COLUMNS,
    check_label,
    decode,
    find_column,
    refuse,
    refuse_delimiter,
)
from labeler.datasets.files import printable

_MAX_BYTES = 256_000_000
_ELSEWHERE = re.compile(r"[A-Za-z]:|/|[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True)
class Listing:
    """Image files and what is known about them, in the order of the rows.

    Attributes
    ----------
    names : tuple of str
        Relative to the file's folder, with forward slashes, each once.
    labels : tuple of str
        Empty where the class is not known.
    rows : tuple of int
        Where each is listed; the header is row 1.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    rows: tuple[int, ...]


def is_listing(header: list[str]) -> bool:
    """Whether a header names image files rather than pixels."""
    return find_column(header, FILE_COLUMNS) is not None


def parse_listing(file: BinaryIO, header: list[str], source: str) -> Listing:
    """Read the rows below the header.

    Raises
    ------
    InputError
        CSV-1 to CSV-3, CSV-6, or CSV-7 for a name that leads elsewhere or appears twice.
    """
    data = file.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        refuse("CSV-2", source, f"more than {_MAX_BYTES:,} bytes", "a list of files and labels")
    name_at = find_column(header, FILE_COLUMNS)
    label_at = find_column(header, LABEL_COLUMNS)
    seen: dict[str, int] = {}
    labels: list[str] = []
    for row, cells in _rows(decode(data, source, first_row=2), len(header), source):
        name = _checked_name(cells[name_at or 0], row, source)
        if name in seen:
            found = f"{printable(name)} is listed twice (rows {seen[name]:,}, {row:,})"
            refuse("CSV-7", source, found, "each image once")
        seen[name] = row
        label = "" if label_at is None else cells[label_at].strip()
        check_label(label, row, source)
        labels.append(label)
    if not seen:
        refuse("CSV-1", source, "there is a header but no row", "one row for each image")
    return Listing(tuple(seen), tuple(labels), tuple(seen.values()))


def _rows(text: str, n_columns: int, source: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    row = 2
    try:
        for cells in reader:
            if len(cells) != n_columns:
                refuse_delimiter(",".join(cells), row, source)
                found = f"row {row:,} has {len(cells):,} values, row 1 has {n_columns:,}"
                refuse("CSV-3", source, found, "as many values in every row, and no blank line")
            rows.append((row, cells))
            row = reader.line_num + 2
    except csv.Error as error:
        found = f"quote opened in row {row:,} never closes ({error})"
        refuse("CSV-2", source, found, "quotes in pairs")
    return rows


def _checked_name(cell: str, row: int, source: str) -> str:
    name = cell.strip().replace("\\", "/")
    if not name:
        refuse("CSV-7", source, f"row {row:,} names no file", "the name of an image file")
    if _ELSEWHERE.match(name) or ".." in PurePosixPath(name).parts:
        found = f"row {row:,} points outside the dataset ({name[:80]!r})"
        refuse("CSV-7", source, found, "a name relative to the folder of this file")
    return str(PurePosixPath(name))
