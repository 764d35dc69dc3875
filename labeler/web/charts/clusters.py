"""Plots of clusters as shapes for a template to draw as SVG: indices over k, classes, a map."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labeler.learning.cluster_analysis import IndexRow, SuggestedK
from labeler.report.exploration.palette import COLOURS
from labeler.workflow.clusters.cards import ClusterCard, ClustersView

WIDTH, HEIGHT = 340, 176
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 14, 26
_MOST_X_TICKS = 10
_DEVIATIONS = {"silhouette": "silhouette_sd", "stability": "stability_sd"}

STACK_WIDTH, STACK_LEFT, STACK_RIGHT = 720, 48, 64
_FEW_ROWS = 24
_MOST_SEGMENTS = 12

MAP_SIDE = 640
_MAP_EDGE = 12


@dataclass(frozen=True)
class IndexChart:
    """One index over k.

    Attributes
    ----------
    suggestion : SuggestedK
    line, band : str
        Points of a polyline, and of the polygon of its standard deviation (empty without one).
    dots : tuple of (x, y, k, value)
    x_ticks, y_ticks : tuple of (position, text)
    mark : float or None
        Where the suggested k is.
    """

    suggestion: SuggestedK
    line: str
    band: str
    dots: tuple[tuple[float, float, int, str], ...]
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    mark: float | None
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True)
class Segment:
    """A part of a bar; ``colour`` is the number of a colour, or ``none``."""

    x: float
    width: float
    colour: str
    title: str


@dataclass(frozen=True)
class Bar:
    """One cluster as a row."""

    name: str
    y: float
    height: float
    size: int
    end: float
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class StackChart:
    """All clusters in one picture: a bar for each, as long as it is large."""

    width: int
    height: float
    left: int
    bars: tuple[Bar, ...]
    legend: tuple[tuple[str, str], ...]
    small: bool


@dataclass(frozen=True)
class Spot:
    """One image on the map, with the number of its colour in each way to colour it."""

    image: int
    x: float
    y: float
    cluster: str
    label: str
    true: str
    place: int


def index_charts(
    rows: Sequence[IndexRow], suggestions: Sequence[SuggestedK]
) -> tuple[IndexChart, ...]:
    """One chart for each index that says something at more than one k."""
    return tuple(
        _index_chart(rows, one)
        for one in suggestions
        if len(rows) > 1 and np.isfinite([float(getattr(row, one.index)) for row in rows]).any()
    )


def stack_chart(view: ClustersView) -> StackChart:
    """The true classes in each cluster; without ground truth, what each was named."""
    cards = sorted(view.cards, key=lambda card: -card.size)
    few = len(cards) <= _FEW_ROWS
    step = 24 if few else 13
    most = max(card.size for card in cards)
    room = STACK_WIDTH - STACK_LEFT - STACK_RIGHT
    bars = tuple(
        _bar(card, view, row * step + 2, step - (6 if few else 3), room / most)
        for row, card in enumerate(cards)
    )
    shown = {
        segment.colour: segment.title.partition(":")[0] for bar in bars for segment in bar.segments
    }
    legend = [
        (str(label % len(COLOURS)), name)
        for label, name in enumerate(view.names)
        if str(label % len(COLOURS)) in shown
    ]
    if "none" in shown:
        legend.append(("none", shown["none"]))
    return StackChart(
        STACK_WIDTH, len(cards) * step + 4, STACK_LEFT, bars, tuple(legend), small=not few
    )


def spots(view: ClustersView) -> tuple[Spot, ...]:
    """The map's images, the origin at the top left."""
    room = MAP_SIDE - 2 * _MAP_EDGE
    return tuple(
        Spot(
            image=point.image,
            x=round(_MAP_EDGE + room * point.x, 1),
            y=round(_MAP_EDGE + room * (1 - point.y), 1),
            cluster=colour_of(point.cluster),
            label=colour_of(point.label),
            true=colour_of(point.true),
            place=point.cluster,
        )
        for point in view.points
    )


def colour_of(number: int) -> str:
    """The number of a colour; those there are begin again where they end."""
    return str(number % len(COLOURS)) if number >= 0 else "none"


def _index_chart(rows: Sequence[IndexRow], suggestion: SuggestedK) -> IndexChart:
    values = np.array([float(getattr(row, suggestion.index)) for row in rows])
    spread = np.zeros(len(rows))
    if suggestion.index in _DEVIATIONS:
        spread = np.nan_to_num([getattr(row, _DEVIATIONS[suggestion.index]) for row in rows])
    defined = np.isfinite(values)
    ks = np.array([row.k for row in rows])
    most = float((values + spread)[defined].max())
    if suggestion.index in _DEVIATIONS:
        most = min(most, 1.0)  # neither goes beyond; only a mean with its deviation does
    ticks = _ticks(float((values - spread)[defined].min()), most)
    low, high = ticks[0], ticks[-1]
    x = LEFT + (WIDTH - LEFT - RIGHT) * (ks - ks[0]) / (ks[-1] - ks[0])

    def y(of: np.ndarray | float) -> np.ndarray:
        room = HEIGHT - TOP - BOTTOM
        return np.asarray(TOP + room * (high - of) / (high - low))

    upper, lower = y(np.minimum(values + spread, high)), y(values - spread)
    around = [*zip(x, upper, strict=True), *reversed(list(zip(x, lower, strict=True)))]
    every = -(-len(rows) // _MOST_X_TICKS)
    return IndexChart(
        suggestion=suggestion,
        line=_points([(a, b) for a, b in zip(x, y(values), strict=True) if np.isfinite(b)]),
        band=_points([one for one in around if np.isfinite(one[1])]) if spread.any() else "",
        dots=tuple(
            (round(a, 1), round(b, 1), int(k), _figure(value))
            for a, b, k, value in zip(
                x.tolist(), y(values).tolist(), ks, values.tolist(), strict=True
            )
            if np.isfinite(b)
        ),
        x_ticks=tuple(
            (round(float(a), 1), str(k)) for a, k in list(zip(x, ks, strict=True))[::every]
        ),
        y_ticks=tuple((round(float(y(tick)), 1), _figure(tick)) for tick in ticks),
        mark=None
        if suggestion.k is None
        else round(float(x[int(np.flatnonzero(ks == suggestion.k)[0])]), 1),
    )


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round figures around the values."""
    width = (high - low) or abs(high) or 1.0
    step = 10 ** np.floor(np.log10(width / 3))
    step *= next(factor for factor in (1, 2, 5, 10) if width / (step * factor) <= 6)
    first, last = np.floor(low / step), np.ceil(high / step)
    return [float(n * step) for n in np.arange(first, max(last, first + 1) + 1)]


def _figure(value: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g} {letter}"
    return f"{value:.3g}"


def _points(pairs: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in pairs)


def _bar(card: ClusterCard, view: ClustersView, y: float, height: float, scale: float) -> Bar:
    segments, x = [], float(STACK_LEFT)
    for colour, width, title in _parts(card, view):
        segments.append(Segment(round(x, 1), round(width * scale, 1), colour, title))
        x += width * scale
    end = round(STACK_LEFT + card.size * scale, 1)
    return Bar(card.name, y, height, card.size, end, tuple(segments))


def _parts(card: ClusterCard, view: ClustersView) -> list[tuple[str, float, str]]:
    """Colour, images and title of each part of a bar."""
    if not view.has_truth:
        label = view.names.index(card.class_name) if card.class_name in view.names else -1
        name = card.class_name or "not named"
        return [(colour_of(label), card.size, f"{name}: {card.size:,} images")]
    parts = [
        (colour_of(one.label), one.n_images, f"{one.name}: {one.n_images:,} images")
        for one in sorted(card.classes[:_MOST_SEGMENTS], key=lambda one: one.label)
        if one.n_images
    ]
    rest = card.size - sum(n for _, n, _ in parts)
    return [*parts, ("none", rest, f"other or not known: {rest:,} images")] if rest else list(parts)
