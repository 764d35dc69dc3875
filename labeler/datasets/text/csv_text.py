"""What both kinds of CSV file share: the header, the encoding, and how they are refused."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from typing import BinaryIO

from labeler.datasets.classes import has_hidden_characters
from labeler.datasets.limits import MAX_LABEL_LENGTH
from labeler.exceptions import refuse
from labeler.imaging.sniffing import content_kind

RISKY = frozenset("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20")
"""First characters that make a spreadsheet run a cell instead of showing it; the last four are
the wide forms of the first, which some take for them."""

RAW_COLUMN, RAW = "raw", "true"
"""Which column says that the text of a row is as it is, and what is in it then."""

WRITTEN_COLUMN = "written_as"
"""Where an exported set says which of its files a row is about."""

MAX_HEADER = 4_000_000
"""Bytes of the first row."""

_UTF8_LETTER = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
_NO_TEXT = re.compile("[\\x00-\\x08\\x0e-\\x1f]")


def read_header(file: BinaryIO, source: str) -> list[str]:
    """Read the first row: column names without surrounding spaces."""
    line = file.readline(MAX_HEADER + 1)
    if not line:
        refuse("CSV-1", source, "the file is empty", "a header and one row for each image")
    if content_kind(line[:512]) in ("UTF-16 text", "gzip", "zip", "HTML"):
        found = f"this is {content_kind(line[:512])}"
        refuse("CSV-1", source, found, "UTF-8 text", "Save it as CSV in UTF-8.")
    text = text_of_row(line, 1, source)
    refuse_delimiter(text, 1, source)
    names = cells_of_row(text, ",", 1, source)
    require_distinct(names, source)
    return names


def text_of_row(line: bytes, row: int, source: str) -> str:
    """The text of a first row, without its line end.

    Raises
    ------
    InputError
        CSV-1, CSV-2
    """
    if len(line) > MAX_HEADER:
        refuse("CSV-2", source, f"row {row} is longer than {MAX_HEADER:,} bytes", "column names")
    text = decode(line, source, first_row=row).rstrip("\r\n")
    if "\r" in text:
        refuse("CSV-2", source, "lines end with CR alone", "lines that end with LF or CRLF")
    return text


def cells_of_row(text: str, delimiter: str, row: int, source: str) -> list[str]:
    """The cells of one row, without surrounding spaces.

    Raises
    ------
    InputError
        CSV-2
    """
    try:
        cells = next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        found = f"quote opened in row {row} never closes ({error})"
        refuse("CSV-2", source, found, "closed quotes")
    return [cell.strip() for cell in cells]


def require_distinct(names: Sequence[str], source: str) -> None:
    """Refuse a name that two columns have; several may have none.

    Raises
    ------
    InputError
        CSV-3
    """
    for name, n_columns in Counter(names).items():
        if name and n_columns > 1:
            refuse("CSV-3", source, f"column {name[:80]!r} appears twice", "each column once")


def find_column(header: list[str], names: tuple[str, ...]) -> int | None:
    """Position of the first column that has one of ``names``, whatever its case."""
    lowered = [name.lower() for name in header]
    return next((lowered.index(name) for name in names if name in lowered), None)


def decode(data: bytes, source: str, first_row: int) -> str:
    """Text of whole lines; the row and the byte where it is not UTF-8, or is binary.

    A byte-order mark is no text.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = first_row + error.object.count(b"\n", 0, error.start)
        found = f"row {row:,}, byte 0x{error.object[error.start]:02x} is not UTF-8"
        refuse("CSV-1", source, found, "UTF-8 text", "Save it as CSV in UTF-8.")
    if "\0" in text:
        row = first_row + text.count("\n", 0, text.index("\0"))
        refuse("CSV-1", source, f"row {row:,} holds a NUL byte", "text without binary data")
    return text


def _decode_windows(data: bytes) -> str | None:
    """Text as Western European Windows programs save it (cp1252); None where it is not that.

    Damaged UTF-8 is not, nor is what holds binary data.
    """
    if _UTF8_LETTER.search(data):
        return None
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    return None if _NO_TEXT.search(text) else text


def as_utf8(data: bytes) -> tuple[bytes, bool]:
    """A whole file in UTF-8, and whether it was cp1252; what is neither stays as it is."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        windows = _decode_windows(data)
        return (data, False) if windows is None else (windows.encode(), True)
    return data, False


def windows_note(name: str) -> str:
    """What to say of a file that was read as cp1252."""
    return (
        f"{name} is not UTF-8 and was read as cp1252 (Western European Windows): save it as UTF-8 "
        "if names look wrong"
    )


def is_risky(text: str) -> bool:
    """Whether a spreadsheet would run a text, apostrophes in front of it left aside."""
    return text.lstrip("'")[:1] in RISKY


def restore(text: str) -> str:
    """A text without the apostrophe that was put before it for spreadsheets."""
    return text[1:] if text.startswith("'") and is_risky(text) else text


def is_raw(cell: str) -> bool:
    """Whether the cell of ``RAW_COLUMN`` says that nothing was put before any text of its row."""
    return cell.strip().lower() == RAW


def check_label(name: str, row: int, source: str) -> None:
    """Refuse a class name nobody could read."""
    if len(name) > MAX_LABEL_LENGTH:
        found = f"row {row:,}: the label has {len(name):,} characters"
        refuse("CSV-6", source, found, f"at most {MAX_LABEL_LENGTH}")
    if has_hidden_characters(name):
        found = f"row {row:,}: the label {name!r} holds invisible characters"
        refuse("CSV-6", source, found, "text without control or direction characters")


def refuse_delimiter(line: str, row: int, source: str) -> None:
    """Refuse a row whose values are not separated by commas."""
    for delimiter, name in ((";", "';'"), ("\t", "TAB")):
        if delimiter in line and "," not in line:
            found = f"row {row:,}: found {name} between values"
            refuse("CSV-2", source, found, "','", "Save it as comma-separated values.")
