"""How a table is written: what stands between its values, and whether row 1 names the columns.

Read are values apart by commas, semicolons (then a comma in a number is its decimal point) or tabs;
with a header, or without one, which shows in a first row of numbers.
"""

import re
from codecs import BOM_UTF8
from dataclasses import dataclass

from labeler.datasets.text.csv_text import cells_of_row, require_distinct, text_of_row
from labeler.exceptions import refuse
from labeler.imaging.sniffing import content_kind

_NUMBER = re.compile(r"\s*[-+]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][-+]?[0-9]+)?\s*")
_TEXTS = 2
"""Cells of a first row of numbers that may be something else: a label, a number of the row."""


@dataclass(frozen=True)
class Dialect:
    """How a table is written.

    Attributes
    ----------
    delimiter : str
    header : tuple of str or None
        Names of the columns, without surrounding spaces; None where there is no header.
    first : tuple of str
        The cells of the first row, whatever they are.
    start : int
        Where the rows of values begin, in bytes.
    first_row : int
        The number of the first row of values; the first line is row 1.
    """

    delimiter: str
    header: tuple[str, ...] | None
    first: tuple[str, ...]
    start: int
    first_row: int


def read_dialect(head: bytes, source: str) -> Dialect:
    """What the beginning of a table says.

    Parameters
    ----------
    head : bytes
        The first row at least, unless it is longer than ``csv_text.MAX_HEADER``.
    source : str
        What to call the file in messages.

    Raises
    ------
    InputError
        CSV-1 to CSV-3.
    """
    _require_text(head, source)
    start = len(BOM_UTF8) if head.startswith(BOM_UTF8) else 0
    row = 1
    while (end := head.find(b"\n", start)) >= 0 and not head[start:end].strip():
        start, row = end + 1, row + 1
    line = head[start:] if end < 0 else head[start:end]
    text = text_of_row(line, row, source)
    delimiter = find_delimiter(text)
    first = tuple(cells_of_row(text, delimiter, row, source))
    if _are_values(first):
        return Dialect(delimiter, None, first, start, row)
    end = len(head) if end < 0 else end + 1
    require_distinct(first, source)
    return Dialect(delimiter, first, first, end, row + 1)


def find_delimiter(line: str) -> str:
    """What stands between the values of a row; a comma where there is nothing to tell by."""
    tabs, semicolons, commas = (line.count(mark) for mark in "\t;,")
    if tabs >= max(1, semicolons, commas):
        return "\t"
    # Between semicolons there may be a comma in every number.
    return ";" if semicolons and semicolons + 1 >= commas else ","


def is_number(cell: str) -> bool:
    """Whether a cell is a number as people and programs write them."""
    return _NUMBER.fullmatch(cell) is not None


def _require_text(head: bytes, source: str) -> None:
    kind = content_kind(head[:512])
    if kind == "empty":
        refuse("CSV-1", source, "the file is empty", "one row for each image")
    if kind not in ("text", "XML", "SVG", "BMP", "unknown binary data"):
        refuse("CSV-1", source, f"this is {kind}", "UTF-8 text", "Save it as CSV in UTF-8.")


def _are_values(cells: tuple[str, ...]) -> bool:
    """Whether a first row holds pixels: numbers that do not count up, as names of columns do."""
    numbers = [cell for cell in cells if is_number(cell)]
    if len(numbers) < 4 or len(cells) - len(numbers) > _TEXTS:
        return False
    start = int(numbers[0] == "1")
    return numbers != [str(number) for number in range(start, start + len(numbers))]
