"""How every plot looks: colours, type, and the way from a figure to PNG bytes."""

import io
import warnings
from dataclasses import dataclass
from functools import cache

from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

DPI = 200
SMALL, NORMAL = 8.0, 9.0
_OTHER_SCRIPTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "PingFang SC",
    "Hiragino Sans",
    "Microsoft YaHei",
    "Yu Gothic",
    "Malgun Gothic",
    "WenQuanYi Micro Hei",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "Arial Unicode MS",
)


@dataclass(frozen=True)
class Theme:
    """Colours of one appearance of the page; the page's style sheet has the same values."""

    paper: str
    ink: str
    muted: str
    line: str
    random: str
    representatives: str
    propagated: tuple[str, ...]
    supervised: str
    alarm: str
    fill: str
    ramp: tuple[str, str, str]


LIGHT = Theme(
    paper="#ffffff",
    ink="#1b2430",
    muted="#566272",
    line="#dfe4ea",
    random="#7d8896",
    representatives="#2f6f9f",
    propagated=("#0b7a6b", "#4c8f1f", "#8a6d00", "#7a4fa3"),
    supervised="#1b2430",
    alarm="#b4431f",
    fill="#8fb8b0",
    ramp=("#ffffff", "#7fb5ab", "#0a4a42"),
)
DARK = Theme(
    paper="#1a2028",
    ink="#e6eaef",
    muted="#a3aebb",
    line="#333d49",
    random="#8e99a7",
    representatives="#6db1e0",
    propagated=("#3fc0ab", "#93c95c", "#d9b64a", "#b993de"),
    supervised="#e6eaef",
    alarm="#ef8a63",
    fill="#37776d",
    ramp=("#1a2028", "#2c7a6d", "#b5ece1"),
)


def new_figure(width: float, height: float, theme: Theme) -> tuple[Figure, Axes]:
    """An empty plot of ``width`` by ``height`` inches without frame or tick marks."""
    figure, axes = new_grid(width, height, 1, 1, theme)
    return figure, axes[0]


def new_grid(
    width: float, height: float, rows: int, columns: int, theme: Theme
) -> tuple[Figure, list[Axes]]:
    """Several empty plots on one figure, row by row."""
    figure = Figure(figsize=(width, height), layout="constrained", facecolor=theme.paper)
    FigureCanvasAgg(figure)
    grid: list[Axes] = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for axes in grid:
        axes.set_facecolor(theme.paper)
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0, labelsize=SMALL, labelcolor=theme.muted, pad=5)
        axes.set_axisbelow(True)
    return figure, grid


def rendered(figure: Figure) -> bytes:
    """The figure as PNG; text is taken literally (``$`` is no formula) in any script."""
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_parse_math(False)
        text.set_fontfamily(_families())
    file = io.BytesIO()
    with warnings.catch_warnings():
        # A script without a font here shows as boxes; a warning would not change that.
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
        figure.savefig(file, format="png", dpi=DPI)
    return file.getvalue()


@cache
def _families() -> list[str]:
    """DejaVu Sans, which comes with matplotlib, then what this machine has for other scripts."""
    installed = set(font_manager.get_font_names())
    return ["DejaVu Sans", *(name for name in _OTHER_SCRIPTS if name in installed)]
