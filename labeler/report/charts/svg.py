"""SVG: shapes and text, and a drawing that a page holds or that is a file of its own.

A page has the style sheets already; a file holds them, with every colour written out, for
programs that know no variables.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from html import escape

from labeler.locations import static_folder
from labeler.words import printable

_NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"'
_PALETTE, _CHARTS = "palette.css", "charts.css"
_MARGIN = 16
"""Of a file; a page has its own."""

_LETTER = 0.58
"""Mean width of a letter, in sizes of the type; browsers have no say here."""


@dataclass(frozen=True)
class Drawing:
    """A finished chart. In a template, ``{{ drawing }}`` is the SVG itself.

    Attributes
    ----------
    kind : str
        Its class in the style sheet.
    width, height : float
    told : str
        What it shows, in words.
    body : str
        What is in it, as SVG.
    """

    kind: str
    width: float
    height: float
    told: str
    body: str

    def __html__(self) -> str:
        """As part of a page, with a name for those who do not see it."""
        return self._svg(0, f'role="img" aria-label="{escape(self.told)}"', self.body)

    def file(self) -> bytes:
        """As a file that needs nothing beside itself, on paper of its own."""
        width, height = self.width + 2 * _MARGIN, self.height + 2 * _MARGIN
        paper = rectangle(-_MARGIN, -_MARGIN, width, height, "paper")
        title, style = tag("title", escape(self.told)), tag("style", written_out())
        size = f'{_NAMESPACE} width="{number(width)}" height="{number(height)}" role="img"'
        whole = self._svg(_MARGIN, size, title + style + paper + self.body)
        return whole.encode("utf-8", "replace")

    def _svg(self, margin: int, attributes: str, body: str) -> str:
        size = f"{number(self.width + 2 * margin)} {number(self.height + 2 * margin)}"
        box = f"{-margin} {-margin} {size}"
        return f'<svg class="chart {self.kind}" viewBox="{box}" {attributes}>{body}</svg>'


def tag(name: str, content: str = "", /, **attributes: float | str | None) -> str:
    """An element; ``cls`` stands for ``class``, ``_`` for a hyphen, None for no attribute.

    Parameters
    ----------
    name : str
    content : str
        Markup; text goes through ``text`` or ``html.escape``.
    **attributes
    """
    pairs = "".join(
        f' {"class" if key == "cls" else key.replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{pairs}>{content}</{name}>" if content else f"<{name}{pairs}/>"


def text(
    x: float, y: float, content: str, cls: str | None = None, anchor: str | None = None
) -> str:
    """One line of text, whatever is in it; ``anchor`` is ``middle`` or ``end``."""
    shown = escape(printable(content)) or " "
    return tag("text", shown, x=x, y=y, cls=cls, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, cls: str | None = None) -> str:
    """A straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, cls=cls)


def circle(x: float, y: float, r: float, cls: str | None = None, told: str = "") -> str:
    """A dot, with what it says when it is pointed at."""
    return tag("circle", hint(told), cx=x, cy=y, r=r, cls=cls)


def rectangle(
    x: float, y: float, width: float, height: float, cls: str | None = None, told: str = ""
) -> str:
    """A rectangle, with what it says when it is pointed at."""
    return tag("rect", hint(told), x=x, y=y, width=width, height=height, cls=cls)


def hint(told: str) -> str:
    """What an element says when it is pointed at."""
    return tag("title", escape(printable(told))) if told else ""


def group(parts: Iterable[str], cls: str | None = None) -> str:
    """Elements of one class."""
    return tag("g", "".join(parts), cls=cls)


def points(pairs: Iterable[tuple[float, float]]) -> str:
    """The points of a polyline or a polygon."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in pairs)


def number(value: float) -> str:
    """A coordinate: a tenth is finer than the eye."""
    return f"{value:.1f}".removesuffix(".0")


def text_width(content: str, size: float) -> float:
    """Roughly how wide a line of text will be."""
    return _LETTER * size * len(content)


def cut(name: str, longest: int) -> str:
    """A name on one line, with a sign where something is left out."""
    shown = printable(name)
    return shown if len(shown) <= longest else f"{shown[: max(longest - 1, 1)].rstrip()}…"


def style_sheets() -> str:
    """What a page needs that holds charts and stands alone."""
    return _sheet(_PALETTE) + _sheet(_CHARTS)


@cache
def written_out() -> str:
    """The look of charts without variables: in light, and in dark where that is preferred."""
    light, dark = map(_variables, _sheet(_PALETTE).split("@media"))
    in_light, in_dark = _resolved(light), _resolved(light | dark)
    return f"{in_light}@media (prefers-color-scheme: dark) {{\n{in_dark}}}\n"


def _variables(palette: str) -> dict[str, str]:
    return dict(re.findall(r"(--[\w-]+): ([^;]+);", palette))


def _resolved(values: dict[str, str]) -> str:
    return re.sub(r"var\((--[\w-]+)\)", lambda match: values[match[1]], _sheet(_CHARTS))


def _sheet(name: str) -> str:
    return (static_folder() / name).read_text(encoding="utf-8")


def _value(value: float | str) -> str:
    return escape(value) if isinstance(value, str) else number(value)
