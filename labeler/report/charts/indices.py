"""Each index over the number of clusters, with the number that it suggests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from labeler.learning.cluster_analysis.records import IndexRow, SuggestedK
from labeler.report.charts import svg
from labeler.report.charts.scales import Scale, round_ticks, vertical_axis

WIDTH, HEIGHT = 340, 176
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 18, 26
_MOST_X_TICKS, _MOST_OTHERS = 10, 3
_DEVIATIONS = {"silhouette": "silhouette_sd", "stability": "stability_sd"}
_COLUMNS, _GAP, _TITLE = 2, 28, 22
TRUTH = "Beside the true classes"


@dataclass(frozen=True)
class Panel:
    """One index, drawn.

    Attributes
    ----------
    suggestion : SuggestedK or None
        None for what the true classes say.
    drawing : Drawing
    """

    suggestion: SuggestedK | None
    drawing: svg.Drawing

    @property
    def title(self) -> str:
        return TRUTH if self.suggestion is None else self.suggestion.title


def index_panels(rows: Sequence[IndexRow], suggestions: Sequence[SuggestedK]) -> tuple[Panel, ...]:
    """One for each index that says something at more than one k."""
    return tuple(
        Panel(suggestion, _index(rows, suggestion))
        for suggestion in suggestions
        if len(rows) > 1
        and np.isfinite([float(getattr(row, suggestion.index)) for row in rows]).any()
    )


def index_chart(rows: Sequence[IndexRow], suggestions: Sequence[SuggestedK]) -> svg.Drawing:
    """All indices side by side; last, with ground truth, purity and agreement."""
    panels = [*index_panels(rows, suggestions), *_truth(rows)]
    body = ""
    for place, panel in enumerate(panels):
        row, column = divmod(place, _COLUMNS)
        x, y = column * (WIDTH + _GAP), row * (HEIGHT + _GAP)
        title = svg.text(0, 14, panel.title, "title")
        body += svg.tag(
            "g",
            title + svg.tag("g", panel.drawing.body, transform=f"translate(0 {_TITLE})"),
            transform=f"translate({x} {y})",
        )
    n_rows = -(-len(panels) // _COLUMNS)
    width, height = _COLUMNS * (WIDTH + _GAP) - _GAP, n_rows * (HEIGHT + _GAP)
    told = "Each index over the number of clusters, with the number it suggests."
    return svg.Drawing("index-chart", width, max(height, _TITLE), told, body)


def figure(value: float) -> str:
    """``2500000`` → ``2.5 M``."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g} {letter}"
    return f"{value:.3g}"


def _index(rows: Sequence[IndexRow], suggestion: SuggestedK) -> svg.Drawing:
    values = _column(rows, suggestion.index)
    sd = np.zeros(len(rows))
    if suggestion.index in _DEVIATIONS:
        sd = np.nan_to_num(_column(rows, _DEVIATIONS[suggestion.index]))
    defined = np.isfinite(values)
    most = float((values + sd)[defined].max())
    if suggestion.index in _DEVIATIONS:
        most = min(most, 1.0)  # neither goes beyond; only a mean with its deviation does
    y = _heights(float((values - sd)[defined].min()), most)
    x = _across(rows)
    marks = (
        ""
        if suggestion.k is None
        else svg.line(x(suggestion.k), TOP, x(suggestion.k), HEIGHT - BOTTOM, "mark")
    )
    band = _band(rows, values, np.where(values + sd > y.ticks[-1], y.ticks[-1] - values, sd), sd)
    body = _axes(rows, x, y) + marks
    if sd.any():
        shape = [(x(k), y(value)) for k, value in band]
        body += svg.tag("polygon", points=svg.points(shape), cls="deviation")
    body += _curve(rows, values, x, y) + _dots(rows, values, suggestion, x, y)
    told = f"{suggestion.title} for k from {rows[0].k} to {rows[-1].k}; the table has the values."
    return svg.Drawing("index-chart", WIDTH, HEIGHT, told, body)


def _truth(rows: Sequence[IndexRow]) -> Iterator[Panel]:
    """Purity and Rand index, where there is ground truth."""
    known = [row for row in rows if row.agreement is not None and row.purity is not None]
    if len(known) < 2:
        return
    lines = {"purity": _column(known, "purity"), "Rand index": _column(known, "agreement")}
    y = _heights(min(column.min() for column in lines.values()), 1.0)
    x = _across(rows)
    body = _axes(rows, x, y)
    for colour, (name, values), away in zip(
        ("way0", "random"), lines.items(), (-9, 16), strict=True
    ):
        end = svg.text(x(known[-1].k), y(float(values[-1])) + away, name, "end-name", "end")
        body += svg.group([_curve(known, values, x, y), end], colour)
    yield Panel(None, svg.Drawing("index-chart", WIDTH, HEIGHT, TRUTH, body))


def _column(rows: Sequence[IndexRow], name: str) -> np.ndarray:
    return np.array([float(getattr(row, name)) for row in rows])


def _heights(low: float, high: float) -> Scale:
    return Scale(round_ticks(low, high), HEIGHT - BOTTOM, TOP)


def _across(rows: Sequence[IndexRow]) -> Scale:
    return Scale((float(rows[0].k), float(rows[-1].k)), LEFT, WIDTH - RIGHT)


def _axes(rows: Sequence[IndexRow], x: Scale, y: Scale) -> str:
    every = -(-len(rows) // _MOST_X_TICKS)
    return vertical_axis(y, LEFT, WIDTH - RIGHT, figure) + "".join(
        svg.text(x(row.k), HEIGHT - 8, str(row.k), anchor="middle") for row in rows[::every]
    )


def _band(
    rows: Sequence[IndexRow], values: np.ndarray, above: np.ndarray, below: np.ndarray
) -> list[tuple[int, float]]:
    """Around the curve, there and back, where it is defined."""
    ks = [row.k for row in rows]
    upper = [*zip(ks, (values + above).tolist(), strict=True)]
    lower = [*zip(ks, (values - below).tolist(), strict=True)]
    return [(k, value) for k, value in [*upper, *reversed(lower)] if np.isfinite(value)]


def _curve(rows: Sequence[IndexRow], values: np.ndarray, x: Scale, y: Scale) -> str:
    shape = [
        (x(row.k), y(value))
        for row, value in zip(rows, values.tolist(), strict=True)
        if np.isfinite(value)
    ]
    return svg.tag("polyline", points=svg.points(shape), cls="way")


def _dots(
    rows: Sequence[IndexRow], values: np.ndarray, suggestion: SuggestedK, x: Scale, y: Scale
) -> str:
    """Filled where the index suggests a k, open at its further optima; both with their k."""
    dots = ""
    others = suggestion.others[:_MOST_OTHERS]
    for row, value in zip(rows, values.tolist(), strict=True):
        if not np.isfinite(value):
            continue
        is_chosen, is_other = row.k == suggestion.k, row.k in others
        kind = "dot chosen" if is_chosen else "dot other" if is_other else "dot"
        told = f"k = {row.k}: {figure(value)}"
        dots += svg.circle(x(row.k), y(value), 4.5 if is_chosen or is_other else 2.8, kind, told)
        if is_chosen or is_other:
            dots += svg.text(x(row.k), y(value) - 9, str(row.k), "optimum", "middle")
    return dots
