"""Pixel rows of a CSV file to arrays, strictly and fast.

The file is read a block of whole rows at a time and checked as bytes: numpy finds the delimiters
and line ends, and every cell has to be one to three ASCII digits of at most 255. ``int()`` per
cell would be slower and would also take ``1_000`` and full-width digits. Where that does not hold,
the cells are read as numbers of any kind; only where quotes appear does the csv module take the
rows apart first. Blank lines are left out.
"""

import csv
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import BinaryIO, NoReturn

import numpy as np

from labeler.datasets.classes import tidy_labels
from labeler.datasets.containers.files import escaped
from labeler.datasets.tabular.csv_columns import PixelColumns, columns_of_header, columns_of_values
from labeler.datasets.tabular.csv_dialect import Dialect, read_dialect
from labeler.datasets.text.csv_text import MAX_HEADER, check_label, decode, refuse_delimiter
from labeler.exceptions import refuse
from labeler.progress import SILENT, Progress, Task

_BLOCK = 1 << 22
_MAX_FIELD = 131_072
_QUOTED_ROWS = 512
_SEEN_ROWS = 2_000
"""Rows that tell what the columns are where nothing names them."""

_LONGEST_NUMBER = 40
_NUMERALS = b"0123456789.eE+-, \t"
_BLANK = re.compile(rb"(?:^|,)[ \t]*(?:,|$)")
_COMMA, _NEWLINE, _ZERO = b",\n0"


@dataclass(frozen=True, eq=False)
class PixelRows:
    """The rows of one table.

    Attributes
    ----------
    values : tuple of ndarray of shape (n, pixels)
        One after the other; uint8, or float32 where they are no whole numbers up to 255.
    numbers : tuple of ndarray of shape (n,)
        Where each row stands in the file.
    labels : list of str
        One for each row; empty where it is not known.
    columns : PixelColumns
    source : str
        What to call the file in messages.
    """

    values: tuple[np.ndarray, ...]
    numbers: tuple[np.ndarray, ...]
    labels: list[str]
    columns: PixelColumns
    source: str

    @property
    def excess(self) -> float:
        """How far a value lies from the middle of 0 to 255, at most."""
        return max(float(_beyond(values).max()) for values in self.values)

    def refuse_scale(self) -> NoReturn:
        """Refuse the value that lies furthest outside of 0 to 255 (CSV-4)."""
        beyond = [_beyond(values) for values in self.values]
        part = int(np.argmax([distances.max() for distances in beyond]))
        row, column = np.unravel_index(int(beyond[part].argmax()), beyond[part].shape)
        value = f"{self.values[part][row, column]:g}"
        _refuse_cell(self.columns, int(self.numbers[part][row]), int(column), value, self.source)


@dataclass(frozen=True)
class _Block:
    """Whole rows as bytes, each ended by one newline."""

    data: bytes
    numbers: np.ndarray


@dataclass
class _Table:
    """What is known while the rows are read."""

    delimiter: str
    columns: PixelColumns
    source: str
    are_bytes: bool = True
    values: list[np.ndarray] = field(default_factory=list)
    numbers: list[np.ndarray] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)

    def keep(self, values: np.ndarray, numbers: np.ndarray, labels: list[str]) -> None:
        self.values.append(values)
        self.numbers.append(numbers)
        self.labels.extend(labels)


def read_pixels(file: BinaryIO, size: int, source: str, progress: Progress = SILENT) -> PixelRows:
    """Read a table whose rows are images.

    Parameters
    ----------
    file : file object
        At its start.
    size : int
        Bytes in the file.
    source : str
        What to call it in messages.
    progress : Progress

    Raises
    ------
    InputError
        CSV-1 to CSV-6, with the row.
    """
    with progress.task(f"Reading {source}", size) as task:
        head = read_head(file)
        dialect = read_dialect(head, source)
        blocks = _blocks(file, head[dialect.start :], dialect, source, task)
        first = next(blocks, None)
        table = _Table(dialect.delimiter, _columns(dialect, first, source), source)
        rest = chain([first] if first else [], blocks)
        for block in rest:
            if b'"' in block.data:
                _take_quoted(table, chain([block], rest))
            else:
                _take(table, _without_blanks(block, dialect.delimiter))
    if not table.values:
        _refuse_empty(source)
    labels = tidy_labels(table.labels)
    _check_labels(labels, table)
    return PixelRows(tuple(table.values), tuple(table.numbers), labels, table.columns, source)


def read_head(file: BinaryIO) -> bytes:
    """The beginning of a table: its first row is whole unless that is too long."""
    head = file.read(_BLOCK)
    while b"\n" not in head and len(head) <= MAX_HEADER and (more := file.read(_BLOCK)):
        head += more
    return head


def _columns(dialect: Dialect, first: _Block | None, source: str) -> PixelColumns:
    lines = first.data.split(b"\n", _SEEN_ROWS)[:_SEEN_ROWS] if first else []
    text = b"\n".join(lines).decode()
    reader = csv.reader(text.splitlines(), delimiter=dialect.delimiter)
    try:
        rows = [row for row in reader if row]
    except csv.Error:  # a quote that never closes is refused where its row is read
        rows = []
    if dialect.header is not None:
        return columns_of_header(dialect.header, rows, source)
    return columns_of_values(dialect.first, rows, source)


def _blocks(
    file: BinaryIO, data: bytes, dialect: Dialect, source: str, task: Task
) -> Iterator[_Block]:
    """Cut the file into blocks of whole rows; ``data`` was read of it already."""
    row, rest = dialect.first_row, b""
    longest = 4 * len(dialect.first) + 2 * _MAX_FIELD
    while data or (data := file.read(_BLOCK)):
        task.advance(len(data))
        whole, newline, rest = (rest + data).rpartition(b"\n")
        if len(rest) > max(longest, len(data)):
            refuse("CSV-2", source, f"a row has more than {longest:,} bytes", "shorter rows")
        if newline:
            block = _clean(whole + newline, row, source)
            yield block
            row += len(block.numbers)
        data = b""
    if rest:
        yield _clean(rest + b"\n", row, source)


def _clean(data: bytes, row: int, source: str) -> _Block:
    """One kind of line end, no bytes that are not text."""
    if not data.isascii() or b"\0" in data:
        decode(data, source, row)
    data = data.replace(b"\r\n", b"\n")
    return _Block(data, np.arange(row, row + data.count(b"\n"), dtype=np.int32))


def _without_blanks(block: _Block, delimiter: str) -> _Block:
    """The rows that hold something: lines of delimiters alone, as spreadsheets add, are blank."""
    empty = f"{delimiter} \t".encode()
    lines = block.data.split(b"\n")[:-1]
    is_kept = np.array([bool(line.strip(empty)) for line in lines], dtype=bool)
    if is_kept.all():
        return block
    kept = [line + b"\n" for line in lines if line.strip(empty)]
    return _Block(b"".join(kept), block.numbers[is_kept])


def _take(table: _Table, block: _Block) -> None:
    """The rows of a block without quotes."""
    if not block.data:
        return
    columns = table.columns
    data = np.frombuffer(_with_commas(block.data, table.delimiter), dtype=np.uint8)
    starts, ends = _cells(data, block, table)
    labels = [""] * len(block.numbers)
    if columns.label is not None:
        places = zip(starts[:, columns.label], ends[:, columns.label], strict=True)
        labels = [block.data[start:end].decode().strip() for start, end in places]
    starts, ends = _only(starts, columns.pixels), _only(ends, columns.pixels)
    table.keep(_numbers(table, data, starts, ends, block.numbers), block.numbers, labels)


def _take_quoted(table: _Table, blocks: Iterator[_Block]) -> None:
    """Take quoted rows apart with the csv module, then read the pixels like any others."""
    records = _records(blocks, table)
    columns = table.columns
    while batch := list(islice(records, _QUOTED_ROWS)):
        rows = [[_one_cell(cells[at]) for at in columns.pixels] for _, cells in batch]
        plain = "".join(",".join(row) + "\n" for row in rows).encode()
        numbers = np.array([number for number, _ in batch], dtype=np.int32)
        at = columns.label
        labels = ["" if at is None else cells[at].strip() for _, cells in batch]
        data = np.frombuffer(plain, dtype=np.uint8)
        is_end = (data == _COMMA) | (data == _NEWLINE)
        ends = np.flatnonzero(is_end).astype(np.int32).reshape(len(batch), -1)
        table.keep(_numbers(table, data, _starts(ends), ends, numbers), numbers, labels)


def _records(blocks: Iterator[_Block], table: _Table) -> Iterator[tuple[int, list[str]]]:
    first = next(blocks)
    lines = chain.from_iterable(
        block.data.decode().splitlines(keepends=True) for block in chain([first], blocks)
    )
    reader = csv.reader(lines, delimiter=table.delimiter, strict=True)
    row = start = int(first.numbers[0])
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _check_count(row, len(cells), table)
                yield row, cells
            row = start + reader.line_num
    except csv.Error as error:
        found = f"quote opened in row {row:,} never closes ({error})"
        refuse("CSV-2", table.source, found, "quotes in pairs")


def _one_cell(cell: str) -> str:
    """A number in quotes, which may have a decimal comma; what is no number stays none."""
    return cell.replace(",", ".").replace("\n", " ")


def _with_commas(data: bytes, delimiter: str) -> bytes:
    """The same bytes with a comma between numbers and a point in them, each in its place."""
    if delimiter == ",":
        return data
    return data.translate(bytes.maketrans(b"," + delimiter.encode(), b".,"))


def _cells(data: np.ndarray, block: _Block, table: _Table) -> tuple[np.ndarray, np.ndarray]:
    """Where each cell of each row begins and ends."""
    n_columns, n_rows = len(table.columns.names), len(block.numbers)
    is_end = (data == _COMMA) | (data == _NEWLINE)
    ends: np.ndarray = np.flatnonzero(is_end).astype(np.int32)
    last_in_row = ends[n_columns - 1 :: n_columns]
    if len(ends) != n_rows * n_columns or (data[last_in_row] != _NEWLINE).any():
        _refuse_ragged(block, table)
    ends = ends.reshape(n_rows, n_columns)
    return _starts(ends), ends


def _starts(ends: np.ndarray) -> np.ndarray:
    starts = np.roll(ends, 1) + 1
    starts[0, 0] = 0
    return starts


def _only(cells: np.ndarray, columns: tuple[int, ...]) -> np.ndarray:
    """Some of the cells of each row: a view where the columns stand side by side."""
    first, last = columns[0], columns[-1]
    if last - first + 1 == len(columns):
        return cells[:, first : last + 1]
    return cells[:, np.array(columns)]


def _numbers(
    table: _Table, data: np.ndarray, starts: np.ndarray, ends: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    """Value of each cell: as bytes, until one is no whole number up to 255."""
    if table.are_bytes:
        values, bad = _to_bytes(data, starts, ends)
        if not bad.any():
            return values
        table.are_bytes = False
    return _to_floats(table, data, starts, ends, rows)


def _to_bytes(
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


def _to_floats(
    table: _Table, data: np.ndarray, starts: np.ndarray, ends: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    """Value of each cell; the first that is no finite number is refused."""
    text = data.tobytes()
    values = _parse_rows(text, starts, ends)
    if values is None:
        for row, column in np.ndindex(*ends.shape):
            cell = text[starts[row, column] : ends[row, column]]
            if _parse(cell, 1) is None:
                told = cell.decode("utf-8", "replace")
                _refuse_cell(table.columns, int(rows[row]), column, told, table.source)
        raise AssertionError("rows that cannot be read have a cell that cannot be read")
    return values.astype(np.float32).reshape(ends.shape)


def _parse_rows(text: bytes, starts: np.ndarray, ends: np.ndarray) -> np.ndarray | None:
    if (ends - starts).max() > _LONGEST_NUMBER:
        return None
    if (ends[:, :-1] + 1 == starts[:, 1:]).all():  # side by side: a row is one piece
        starts, ends = starts[:, :1], ends[:, -1:]
    places = zip(starts.ravel().tolist(), ends.ravel().tolist(), strict=True)
    joined = b",".join(text[start:end] for start, end in places)
    return _parse(joined, joined.count(b",") + 1)


def _parse(text: bytes, count: int) -> np.ndarray | None:
    """So many numbers between commas; None where one of them is none, or no finite one."""
    if text.translate(None, _NUMERALS) or _BLANK.search(text):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # raised where it stops in the middle
        try:
            values = np.fromstring(text, sep=",")
        except (ValueError, DeprecationWarning):
            return None
    is_whole = len(values) == count and (np.abs(values) < np.finfo(np.float32).max).all()
    return values if is_whole else None


def _check_labels(labels: list[str], table: _Table) -> None:
    for name in set(labels):
        row = int(np.concatenate(table.numbers)[labels.index(name)]) if name else 0
        check_label(name, row, table.source)


def _beyond(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(values.astype(np.float32) - 127.5))


def _refuse_empty(source: str) -> NoReturn:
    refuse("CSV-1", source, "there is a header but no row", "one row for each image")


def _refuse_ragged(block: _Block, table: _Table) -> NoReturn:
    for row, line in zip(block.numbers.tolist(), block.data.split(b"\n"), strict=False):
        n_cells = line.count(table.delimiter.encode()) + 1
        if n_cells != len(table.columns.names) and table.delimiter == ",":
            refuse_delimiter(line.decode(), row, table.source)
        _check_count(row, n_cells, table)
    raise AssertionError("a block that is ragged has a ragged row")


def _check_count(row: int, n_cells: int, table: _Table) -> None:
    expected = len(table.columns.names)
    if n_cells != expected:
        told = f"row {row:,} has {n_cells:,} values, the first has {expected:,}"
        refuse("CSV-3", table.source, told, "as many values in every row")


def _refuse_cell(columns: PixelColumns, row: int, column: int, cell: str, source: str) -> NoReturn:
    name = columns.names[columns.pixels[column]]
    refuse(
        "CSV-4",
        source,
        f"row {row:,}, column {name}: '{escaped(cell[:40])}' is not 0-255",
        "a number in every cell, and one scale for all of them",
    )
