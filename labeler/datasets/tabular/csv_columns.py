"""Which columns of a table are the pixels of an image, which one its label, and which are neither.

With a header, pixels are the columns that are numbered (``pixel0``, ``px1``, ``V1``, ``0``) or
called by their place (``1x1``, ``r0_c0``). Without one, or where the header is numbers alone, all
columns are pixels but for a label at one end, and pandas' number of the row before it. How many
pixels there are gives the shape: a square, grey or in colour.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from labeler.datasets.containers.files import escaped
from labeler.datasets.limits import MAX_SIDE
from labeler.datasets.tabular.csv_dialect import is_number
from labeler.datasets.text.column_names import IMAGE_LABEL_NAMES
from labeler.datasets.text.csv_text import find_column
from labeler.exceptions import refuse

_NUMBERED = re.compile(r"(.*?)([0-9]{1,8})")
_GRID = re.compile(r"[a-z]*[ _]?([0-9]{1,5}) ?[x_,-] ?[a-z]*([0-9]{1,5})", re.IGNORECASE)
_MOST_OTHERS = 8
_LEAST_COLOUR = 8
"""Pixels along the side of a colour image: a smaller one is a column mixed up."""


@dataclass(frozen=True)
class PixelColumns:
    """What the columns of a table are.

    Attributes
    ----------
    names : tuple of str
        All of them, in the order of the file.
    label : int or None
        Position of the label.
    pixels : tuple of int
        Positions of the pixels, rising.
    height, width, channels : int
        One channel, or three.
    """

    names: tuple[str, ...]
    label: int | None
    pixels: tuple[int, ...]
    height: int
    width: int
    channels: int = 1

    @property
    def notes(self) -> tuple[str, ...]:
        """Which columns are not used."""
        used = {self.label, *self.pixels}
        others = [name for at, name in enumerate(self.names) if at not in used]
        if not others:
            return ()
        shown = ", ".join(escaped(name[:40]) or "without a name" for name in others)
        return (f"column{'s' * (len(others) > 1)} not used: {shown}",)


def columns_of_header(
    names: tuple[str, ...], rows: Sequence[Sequence[str]], source: str
) -> PixelColumns:
    """What a header says; the first ``rows`` help where it names no label.

    Raises
    ------
    InputError
        CSV-3 for a column that is missing or unknown, CSV-5 for a count that is no image's.
    """
    label = find_column(list(names), IMAGE_LABEL_NAMES)
    free = [at for at in range(len(names)) if at != label]
    pixels, shape = _grid(names, free)
    if not pixels:
        pixels = _numbered(names, free, source)
        if label is None and not _shape(len(pixels)) and _shape(len(pixels) - 1):
            return _without_names(names, pixels, rows, source)
        shape = _shape_or_refuse(len(pixels), source)
    return _checked(PixelColumns(names, label, tuple(pixels), *shape), source)


def columns_of_values(
    first: Sequence[str], rows: Sequence[Sequence[str]], source: str
) -> PixelColumns:
    """What the columns are where nothing names them, from the first row and some ``rows``.

    Raises
    ------
    InputError
        CSV-5 for a count that is no image's.
    """
    names = tuple(f"column {number}" for number in range(1, len(first) + 1))
    return _without_names(names, list(range(len(names))), rows, source)


def _without_names(
    names: tuple[str, ...], at: list[int], rows: Sequence[Sequence[str]], source: str
) -> PixelColumns:
    """Columns ``at`` are pixels, perhaps with a label and a number of the row among them."""
    n_others = next((n for n in range(3) if _shape(len(at) - n)), None)
    if n_others is None:
        _refuse_count(len(at) - 1, source, "after the label")
    if n_others == 2:
        at = at[1:]
    label = _label_end(at, rows) if n_others else None
    pixels = [position for position in at if position != label]
    shape = _shape_or_refuse(len(pixels), source)
    return _checked(PixelColumns(names, label, tuple(pixels), *shape), source)


def _label_end(at: list[int], rows: Sequence[Sequence[str]]) -> int:
    """Whether the first or the last of the columns ``at`` looks like a label rather than a pixel.

    A corner of a picture is often the same in all of them, and seldom is each of its values one
    that counts up from 0 or 1 without a gap. Without a difference it is the first.
    """

    def likeness(position: int) -> tuple[bool, bool, bool]:
        values = {row[position].strip() for row in rows if position < len(row)}
        if not values or not all(map(is_number, values)):
            return (True, True, True)
        numbers = sorted({float(value.replace(",", ".")) for value in values})
        is_whole = all(number == int(number) for number in numbers)
        counts = is_whole and numbers[0] in (0, 1) and numbers[-1] - numbers[0] < len(numbers)
        return (is_whole, len(numbers) > 1, len(numbers) > 1 and counts)

    first, last = likeness(at[0]), likeness(at[-1])
    return at[-1] if last > first else at[0]


def _grid(names: tuple[str, ...], free: list[int]) -> tuple[list[int], tuple[int, int, int]]:
    """The columns called by row and column, row by row; none where they are called otherwise."""
    matches = [(at, _GRID.fullmatch(names[at])) for at in free]
    places = [(at, int(match[1]), int(match[2])) for at, match in matches if match]
    if not places:
        return [], (0, 0, 0)
    (_, top, left), (_, bottom, right) = places[0], places[-1]
    height, width = bottom - top + 1, right - left + 1
    if height * width != len(places) or width < 1 or len(places) < 4:
        return [], (0, 0, 0)
    expected = [(y, x) for y in range(top, bottom + 1) for x in range(left, right + 1)]
    is_whole = [(y, x) for _, y, x in places] == expected
    return ([at for at, _, _ in places], (height, width, 1)) if is_whole else ([], (0, 0, 0))


def _numbered(names: tuple[str, ...], free: list[int], source: str) -> list[int]:
    """The columns that are numbered alike, each one after the other."""
    groups: dict[str, list[tuple[int, int]]] = {}
    for at in free:
        match = _NUMBERED.fullmatch(names[at])
        if match:
            groups.setdefault(match[1].strip(" _").lower(), []).append((at, int(match[2])))
    if not groups:
        found = "no pixel columns" + (f", but {names[free[0]][:80]!r}" if free else "")
        refuse("CSV-3", source, found, "label,pixel1,pixel2,… in row 1")
    group = max(groups.values(), key=len)
    start = group[0][1]
    for place, (at, number) in enumerate(group):
        if number != start + place or start not in (0, 1):
            _refuse_name(names[at], at, source)
    pixels = [at for at, _ in group]
    others = sorted(set(free) - set(pixels))
    if len(others) > min(_MOST_OTHERS, len(group)):
        _refuse_name(names[others[0]], others[0], source)
    return pixels


def _shape(n_pixels: int) -> tuple[int, int, int] | None:
    """Height, width and channels of a square image; grey where it could be either."""
    for channels in (1, 3):
        side = math.isqrt(max(0, n_pixels) // channels)
        least = _LEAST_COLOUR if channels == 3 else 1
        if side >= least and channels * side * side == n_pixels:
            return side, side, channels
    return None


def _shape_or_refuse(n_pixels: int, source: str) -> tuple[int, int, int]:
    shape = _shape(n_pixels)
    if shape is None:
        _refuse_count(n_pixels, source)
    return shape


def _checked(columns: PixelColumns, source: str) -> PixelColumns:
    if max(columns.height, columns.width) > MAX_SIDE:
        found = f"images of {columns.height} x {columns.width}"
        refuse("CSV-5", source, found, f"at most {MAX_SIDE} a side")
    return columns


def _refuse_count(n_pixels: int, source: str, where: str = "") -> NoReturn:
    side = round(math.sqrt(max(0, n_pixels)))
    found = f"{n_pixels:,} pixels {where}".strip()
    expected = "as many pixels as a square image has, grey or in three colours"
    refuse("CSV-5", source, f"{found}: not {side} x {side} = {side * side:,}", expected)


def _refuse_name(name: str, at: int, source: str) -> NoReturn:
    expected = "label,pixel1,pixel2,… or file_name,label in row 1, none missing"
    remedy = "Add a header, or put the columns in order."
    refuse("CSV-3", source, f"column {at + 1} is called {name[:80]!r}", expected, remedy)
