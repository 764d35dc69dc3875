"""All clusters in one picture: a bar for each, as long as it is large, in parts by class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labeler import words
from labeler.report.charts import svg
from labeler.report.charts.palette import NO_COLOUR, colour_key, is_dark

WIDTH, RIGHT = 720, 96
_LEGEND_COLUMNS, _LEGEND_ROW, _LONGEST = 5, 20, 18
_SHORTEST = 5
"""Letters of a class inside its part, at least: fewer would say nothing."""
_FEW_ROWS = 24
_NAME, _SMALL_NAME = 11.0, 9.0
_TILE = 24
ONE_COLOUR = "one"
"""Of bars without parts: they need no legend."""


@dataclass(frozen=True)
class Part:
    """A part of a bar: how many images, in what colour, of which class."""

    colour: str
    n_images: int
    name: str


@dataclass(frozen=True)
class Bar:
    """One cluster.

    Attributes
    ----------
    name : str
    size : int
    parts : tuple of Part
    note : str
        What stands at its end.
    test_parts : tuple of Part
        The test images nearest to its centroid: a thin bar of the same length.
    picture : str or None
        Address of the image that stands for it.
    """

    name: str
    size: int
    parts: tuple[Part, ...]
    note: str
    test_parts: tuple[Part, ...] = ()
    picture: str | None = None


def class_parts(
    counts: Mapping[int, int], size: int, names: Sequence[str], shown: Sequence[int]
) -> tuple[Part, ...]:
    """A cluster by class: those with a colour of their own in label order, then the rest.

    Parameters
    ----------
    counts : dict of int to int
        Images by label.
    size : int
        All images, also those of unknown class.
    names : sequence of str
        Classes by label.
    shown : sequence of int
        Labels with a colour of their own.
    """
    parts = [
        Part(colour_key(label), counts[label], names[label]) for label in shown if counts.get(label)
    ]
    rest = size - sum(part.n_images for part in parts)
    return (*parts, Part(NO_COLOUR, rest, "other or not known")) if rest else tuple(parts)


def stack_chart(bars: Sequence[Bar], told: str, note: str = "") -> svg.Drawing:
    """The bars from top to bottom, below the names of their colours; a note is for the eye."""
    has_pictures = any(bar.picture for bar in bars)
    is_small = len(bars) > _FEW_ROWS and not has_pictures
    step = 34 if has_pictures else 13 if is_small else 26
    longest_name = max(svg.text_width(bar.name, _SMALL_NAME if is_small else 13.5) for bar in bars)
    left = longest_name + 14 + (_TILE + 8 if has_pictures else 0)
    legend, top = _legend(bars)
    scale = (WIDTH - left - RIGHT) / max(bar.size for bar in bars)
    body = legend
    for row, bar in enumerate(bars):
        body += _bar(bar, left, top + row * step, step, scale)
    kind = "stack-chart crowded" if is_small else "stack-chart"
    bottom = top + len(bars) * step + 4
    if note:
        body += svg.text(left, bottom + 12, note)
        bottom += 20
    return svg.Drawing(kind, WIDTH, bottom, told, body)


def _legend(bars: Sequence[Bar]) -> tuple[str, float]:
    """Each colour with the name of its class; and the room that takes."""
    named = {part.name: part.colour for bar in bars for part in (*bar.parts, *bar.test_parts)}
    named = {name: colour for name, colour in named.items() if colour != ONE_COLOUR}
    rest = {name: colour for name, colour in named.items() if colour == NO_COLOUR}
    shown = [*sorted(named.items() - rest.items(), key=_by_number), *rest.items()]
    room = WIDTH / _LEGEND_COLUMNS
    drawn = ""
    for place, (name, colour) in enumerate(shown):
        row, column = divmod(place, _LEGEND_COLUMNS)
        x, y = column * room, row * _LEGEND_ROW
        drawn += svg.rectangle(x, y + 2, 11, 11, f"c{colour}")
        drawn += svg.text(x + 17, y + 12, svg.cut(name, _LONGEST), "legend-name")
    return drawn, _LEGEND_ROW * -(-len(shown) // _LEGEND_COLUMNS) + 8


def _by_number(named: tuple[str, str]) -> tuple[int, str]:
    name, colour = named
    return int(colour), name


def _bar(bar: Bar, left: float, y: float, step: float, scale: float) -> str:
    height = step - (3 if step < 20 else 6)
    middle = y + height / 2
    drawn = svg.text(0, middle + 4, bar.name, "name")
    if bar.picture:
        drawn += svg.tag(
            "image",
            href=bar.picture,
            x=left - _TILE - 8,
            y=middle - _TILE / 2,
            width=_TILE,
            height=_TILE,
            cls="pixels",
        )
    thick = height - 8 if bar.test_parts else height
    drawn += _parts(bar, bar.parts, left, y, thick, scale)
    n_test = sum(part.n_images for part in bar.test_parts)
    if n_test:
        # As long as the pool's bar: shares are to be compared, there are fewer test images.
        scale_test = scale * bar.size / n_test
        drawn += _parts(bar, bar.test_parts, left, y + thick + 2, 5, scale_test, "test images, ")
    return drawn + svg.text(left + bar.size * scale + 6, middle + 4, bar.note, "value")


def _parts(
    bar: Bar,
    parts: Sequence[Part],
    left: float,
    y: float,
    height: float,
    scale: float,
    of: str = "",
) -> str:
    drawn, x = "", left
    for part in parts:
        width = part.n_images * scale
        told = f"Cluster {bar.name}, {of}{part.name}: {words.counted(part.n_images, 'image')}"
        drawn += svg.rectangle(x, y, width, height, f"c{part.colour}", told)
        room = int((width - 6) / svg.text_width("m", _NAME))
        has_room = room >= min(len(part.name), _SHORTEST) and height >= _NAME + 3
        if has_room and not of and part.colour != ONE_COLOUR:
            kind = "on-dark" if is_dark(part.colour) else "on-light"
            shown = svg.cut(part.name, room)
            drawn += svg.text(x + width / 2, y + height / 2 + 4, shown, kind, "middle")
        x += width
    return drawn
