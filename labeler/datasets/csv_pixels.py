"""Pixel rows of a CSV file to arrays, strictly and fast.

The file is read a block of whole rows at a time and checked as bytes: numpy finds the commas and
line ends, and every cell has to be one to three ASCII digits of at most 255. ``int()`` per cell
would be slower and would also take ``1_000``, spaces and full-width digits. Only where quotes
appear does the csv module take the rows apart first.
"""

import csv
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import BinaryIO, NoReturn

import numpy as np

from labeler.datasets.csv_text import (
    LABEL_COLUMNS,
    check_label,
    decode,
    find_column,
    refuse,
    refuse_delimiter,
)
from labeler.datasets.files import printable
from labeler.datasets.limits import MAX_SIDE
from labeler.progress import SILENT, Progress, Task

_BLOCK = 1 << 22
_MAX_FIELD = 131_072
_QUOTED_ROWS = 512
_PIXEL = re.compile(r"(?:pixels?|px|p|x)?[ _]?([0-9]{1,8})", re.IGNORECASE)
_GRID = re.compile(r"([0-9]{1,5})x([0-9]{1,5})", re.IGNORECASE)
_COMMA, _NEWLINE, _ZERO = b",\n0"


@dataclass(frozen=True)
class PixelColumns:
    """What the header says.

    Attributes
    ----------
    names : tuple of str
        All columns in the order of the file.
    label : int or None
        Position of the label column.
    height, width : int
    """

    names: tuple[str, ...]
    label: int | None
    height: int
    width: int


@dataclass(frozen=True)
class _Block:
    """Whole rows as bytes, each ended by one newline."""

    data: bytes
    first_row: int


def pixel_columns(header: list[str], source: str) -> PixelColumns:
    """Check the column names and infer the shape of the images.

    Raises
    ------
    InputError
        CSV-3 for a column that is missing or unknown, CSV-5 for a count that is not a square.
    """
    label = find_column(header, LABEL_COLUMNS)
    pixels = [name for position, name in enumerate(header) if position != label]
    grid = _grid_shape(pixels)
    if grid is None:
        _require_consecutive(pixels, source)
        side = math.isqrt(len(pixels))
        grid = (side, side)
    height, width = grid
    if height * width != len(pixels):
        side = round(math.sqrt(len(pixels)))
        found = f"{len(pixels):,} pixels: not {side} x {side} = {side * side:,}"
        refuse("CSV-5", source, found, "as many pixels as a square image has")
    if max(grid) > MAX_SIDE:
        refuse("CSV-5", source, f"images of {height} x {width}", f"at most {MAX_SIDE} a side")
    return PixelColumns(tuple(header), label, height, width)


def parse_pixels(
    file: BinaryIO,
    size: int,
    columns: PixelColumns,
    source: str,
    progress: Progress = SILENT,
) -> tuple[np.ndarray, list[str]]:
    """Read the rows below the header.

    Parameters
    ----------
    file : file object
        Just behind the header.
    size : int
        Bytes in the file.
    columns : PixelColumns
    source : str
        What to call it in messages.

    Returns
    -------
    images : ndarray of shape (n, height, width), dtype uint8
    labels : list of str
        One for each image; empty where it is not known.

    Raises
    ------
    InputError
        CSV-1 to CSV-6, with the row.
    """
    parts: list[np.ndarray] = []
    labels: list[str] = []
    with progress.task(f"Reading {source}", size) as task:
        blocks = _blocks(file, columns, source, task)
        for block in blocks:
            if b'"' in block.data:
                rows = _quoted_rows(chain([block], blocks), columns, source)
            else:
                rows = iter([_decode_block(block, columns, source)])
            for pixels, names in rows:
                parts.append(pixels)
                labels.extend(names)
    if not parts:
        refuse("CSV-1", source, "there is a header but no row", "one row for each image")
    _check_labels(labels, source)
    images = np.concatenate(parts)
    return images.reshape(-1, columns.height, columns.width), labels


def _grid_shape(names: list[str]) -> tuple[int, int] | None:
    """The shape where columns are called ``1x1 … 28x28``, row by row."""
    if not names:
        return None
    last = _GRID.fullmatch(names[-1])
    if last is None:
        return None
    height, width = int(last[1]), int(last[2])
    if height * width != len(names):
        return None
    expected = [f"{y}x{x}" for y in range(1, height + 1) for x in range(1, width + 1)]
    return (height, width) if [name.lower() for name in names] == expected else None


def _require_consecutive(names: list[str], source: str) -> None:
    if not names:
        refuse("CSV-3", source, "no pixel columns", "label,pixel1,pixel2,… in row 1")
    matches = [_PIXEL.fullmatch(name) for name in names]
    numbers = [int(match[1]) if match else -1 for match in matches]
    start = numbers[0]
    for position, number in enumerate(numbers):
        if number != start + position or start not in (0, 1):
            name = names[position][:80]
            found = f"column {position + 1} of the pixels is called {name!r}"
            expected = "label,pixel1,pixel2,… or file_name,label in row 1, none missing"
            refuse("CSV-3", source, found, expected, "Add a header, or put the columns in order.")


def _blocks(file: BinaryIO, columns: PixelColumns, source: str, task: Task) -> Iterator[_Block]:
    """Cut the file into blocks of whole rows."""
    row, rest = 2, b""
    longest = 4 * len(columns.names) + 2 * _MAX_FIELD
    while data := file.read(_BLOCK):
        task.advance(len(data))
        whole, newline, rest = (rest + data).rpartition(b"\n")
        if len(rest) > longest:
            refuse("CSV-2", source, f"a row has more than {longest:,} bytes", "shorter rows")
        if newline:
            block = _clean(whole + newline, row, source)
            yield block
            row += block.data.count(b"\n")
    if rest:
        yield _clean(rest + b"\n", row, source)


def _clean(data: bytes, row: int, source: str) -> _Block:
    """One kind of line end, no bytes that are not text."""
    if not data.isascii() or b"\0" in data:
        decode(data, source, row)
    return _Block(data.replace(b"\r\n", b"\n"), row)


def _decode_block(
    block: _Block, columns: PixelColumns, source: str
) -> tuple[np.ndarray, list[str]]:
    """Rows of bytes to pixels of shape (rows, pixels) and their labels."""
    data = np.frombuffer(block.data, dtype=np.uint8)
    is_end = (data == _COMMA) | (data == _NEWLINE)
    ends: np.ndarray = np.flatnonzero(is_end).astype(np.int32)
    n_columns = len(columns.names)
    n_rows = block.data.count(b"\n")
    last_in_row = ends[n_columns - 1 :: n_columns]
    if len(ends) != n_rows * n_columns or (data[last_in_row] != _NEWLINE).any():
        _refuse_ragged(block, n_columns, source)
    ends = ends.reshape(n_rows, n_columns)
    starts = np.roll(ends, 1) + 1
    starts[0, 0] = 0
    labels = [""] * n_rows
    if columns.label is not None:
        cells = zip(starts[:, columns.label], ends[:, columns.label], strict=True)
        labels = [block.data[start:end].decode().strip() for start, end in cells]
        starts = _without(starts, columns.label)
        ends = _without(ends, columns.label)
    pixels, bad = _to_numbers(data, starts, ends)
    if bad.any():
        _refuse_cell(block, columns, int(bad.argmax()), source)
    return pixels, labels


def _to_numbers(
    data: np.ndarray, starts: np.ndarray, ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Value of each cell, and a mask of the cells that are not a number from 0 to 255."""
    lengths = ends - starts
    value = np.zeros(ends.shape, dtype=np.uint16)
    bad = (lengths < 1) | (lengths > 3)
    for place, unit in ((1, 1), (2, 10), (3, 100)):
        digit = data.take(ends - place, mode="wrap") - _ZERO
        digit[lengths < place] = 0
        bad |= digit > 9
        value += digit.astype(np.uint16) * unit
    bad |= value > 255
    return value.astype(np.uint8), bad


def _without(cells: np.ndarray, column: int) -> np.ndarray:
    """The cells without one column: a view where the column is at an edge."""
    if column == 0:
        return cells[:, 1:]
    if column == cells.shape[1] - 1:
        return cells[:, :-1]
    return np.delete(cells, column, axis=1)


def _quoted_rows(
    blocks: Iterator[_Block], columns: PixelColumns, source: str
) -> Iterator[tuple[np.ndarray, list[str]]]:
    """Take quoted rows apart with the csv module, then check the pixels like any others."""
    first = next(blocks)
    lines = chain.from_iterable(
        block.data.decode().splitlines(keepends=True) for block in chain([first], blocks)
    )
    records = _records(lines, first.first_row, len(columns.names), source)
    bare = replace(columns, label=None, names=_pixel_names(columns))
    while batch := list(islice(records, _QUOTED_ROWS)):
        labels = [""] * len(batch)
        if columns.label is not None:
            labels = [cells.pop(columns.label).strip() for _, cells in batch]
        data = "".join(",".join(cells) + "\n" for _, cells in batch).encode()
        pixels, _ = _decode_block(_Block(data, batch[0][0]), bare, source)
        yield pixels, labels


def _records(
    lines: Iterator[str], first_row: int, n_columns: int, source: str
) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, strict=True)
    row = first_row
    try:
        for cells in reader:
            if len(cells) != n_columns:
                _refuse_count(row, len(cells), n_columns, source)
            yield row, cells
            row = first_row + reader.line_num
    except csv.Error as error:
        found = f"quote opened in row {row:,} never closes ({error})"
        refuse("CSV-2", source, found, "quotes in pairs")


def _pixel_names(columns: PixelColumns) -> tuple[str, ...]:
    return tuple(name for at, name in enumerate(columns.names) if at != columns.label)


def _check_labels(labels: list[str], source: str) -> None:
    for name in set(labels):
        check_label(name, labels.index(name) + 2, source)


def _refuse_ragged(block: _Block, n_columns: int, source: str) -> NoReturn:
    for offset, line in enumerate(block.data.split(b"\n")):
        n_cells = line.count(b",") + 1
        if n_cells != n_columns:
            row = block.first_row + offset
            refuse_delimiter(line.decode(), row, source)
            _refuse_count(row, n_cells if line else 0, n_columns, source)
    raise AssertionError("a block that is ragged has a ragged row")


def _refuse_count(row: int, found: int, n_columns: int, source: str) -> NoReturn:
    what = f"{found:,} values" if found else "no values"
    refuse(
        "CSV-3",
        source,
        f"row {row:,} has {what}, row 1 has {n_columns:,}",
        "as many values in every row, and no blank line",
    )


def _refuse_cell(block: _Block, columns: PixelColumns, index: int, source: str) -> NoReturn:
    names = _pixel_names(columns)
    row, column = divmod(index, len(names))
    line = block.data.split(b"\n")[row].decode()
    cells = line.split(",")
    if columns.label is not None:
        del cells[columns.label]
    refuse(
        "CSV-4",
        source,
        f"row {block.first_row + row:,}, column {names[column]}: "
        f"'{printable(cells[column][:40])}' is not 0-255",
        "a whole number of one to three digits",
    )
