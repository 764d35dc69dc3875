"""The plots of an exploration: figures in, PNG bytes out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from labeler import words
from labeler.learning.cluster_analysis.records import IndexRow, SuggestedK
from labeler.report.drawing import LIGHT, NORMAL, SMALL, Theme, new_figure, new_grid, rendered
from labeler.report.exploration.findings import Findings
from labeler.report.exploration.palette import OTHERS, colour, told_apart

_WIDTH = 7.2
_ROW = 0.42
_THUMBNAIL = 0.34
_LEAST_NAMED = 0.075
"""Share of the longest bar from which a class is named inside it."""


@dataclass(frozen=True)
class _Panel:
    title: str
    index: str
    sd: str | None
    write: Callable[[float, int], str]


_PANELS = (
    _Panel("Inertia (elbow)", "inertia", None, lambda value, _: _short(value)),
    _Panel("Silhouette", "silhouette", "silhouette_sd", lambda value, _: f"{value:.3g}"),
    _Panel("Calinski–Harabasz", "calinski_harabasz", None, lambda value, _: _short(value)),
    _Panel("Davies–Bouldin (low is good)", "davies_bouldin", None, lambda value, _: f"{value:.3g}"),
    _Panel("Stability over seeds", "stability", "stability_sd", lambda value, _: f"{value:.3g}"),
)


def index_plot(
    rows: Sequence[IndexRow], suggestions: Sequence[SuggestedK], theme: Theme = LIGHT
) -> bytes:
    """Every index over k, with the k that it suggests; last, the agreement with true classes."""
    has_truth = any(row.agreement is not None for row in rows)
    figure, grid = new_grid(_WIDTH, 6.4, 3, 2, theme)
    by_index = {one.index: one for one in suggestions}
    for axes, panel in zip(grid, _PANELS, strict=False):
        _draw_panel(axes, rows, panel, by_index[panel.index], theme)
    if has_truth:
        _draw_truth(grid[-1], rows, theme)
    else:
        grid[-1].set_axis_off()
    return rendered(figure)


def clusters_plot(findings: Findings, theme: Theme = LIGHT) -> bytes:
    """All clusters in one picture: a bar for each, stacked by class, its representative beside it.

    Below each bar a thin one of the test images nearest to its centroid, to the same length in all.
    """
    clusters = findings.details.clusters
    figure, axes = new_figure(_WIDTH, 1.0 + _ROW * len(clusters), theme)
    told = "Images of the pool"
    if findings.has_truth:
        _stack_classes(axes, findings, theme)
        if findings.n_test:
            told += "; thin bars: the test images nearest to the same centroid, as shares"
    else:
        sizes = [one.size for one in clusters]
        axes.barh(range(len(clusters)), sizes, 0.62, color=theme.fill)
    for row, one in enumerate(clusters):
        _draw_thumbnail(axes, findings.dataset.train.images[one.representative], row, theme)
        figure_of = words.count(one.size)
        if one.purity is not None:
            figure_of += f" · {words.percent(one.purity, 0)}"
        _note(axes, (one.size, row), (4, 0), figure_of, theme.muted)
    axes.set_yticks(range(len(clusters)), labels=[one.name for one in clusters])
    axes.tick_params(axis="y", labelsize=NORMAL, labelcolor=theme.ink, pad=32)
    axes.set_ylim(len(clusters) - 0.4, -0.6)
    axes.set_xlim(0, 1.16 * max(one.size for one in clusters))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.count(value)))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.grid(True, axis="x", color=theme.line, linewidth=0.8)
    axes.set_xlabel(told, fontsize=SMALL, color=theme.muted)
    return rendered(figure)


def map_plot(findings: Findings, theme: Theme = LIGHT) -> bytes:
    """A sample of the pool in two dimensions, by cluster and, with ground truth, by class."""
    places, xy = findings.pool_map.places, findings.pool_map.xy
    clusters = findings.partition.clusters.labels[places]
    classes = findings.dataset.train.labels[places]
    n_panels = 2 if findings.has_truth else 1
    width = _WIDTH if n_panels == 2 else 5.2
    figure, grid = new_grid(width, 3.7 if n_panels == 2 else 4.8, 1, n_panels, theme)
    _scatter(grid[0], xy, [colour(int(number)) for number in clusters], "By cluster", theme)
    names = findings.partition.names
    for number in np.unique(clusters):
        _name_spot(grid[0], xy[clusters == number], names[number], theme)
    if n_panels == 2:
        shown = told_apart(np.bincount(classes[classes >= 0], minlength=1))
        colours = [colour(int(one)) if one in shown else OTHERS for one in classes]
        _scatter(grid[1], xy, colours, "By true class", theme)
        for label in shown:
            if np.count_nonzero(classes == label) >= 3:
                name = words.printable(findings.dataset.classes[label])
                _name_spot(grid[1], xy[classes == label], name, theme)
    return rendered(figure)


def map_caption(findings: Findings) -> str:
    """What the map's axes are."""
    shown = words.counted(len(findings.pool_map.places), "image")
    if findings.pool_map.method == "umap":
        return f"{shown} laid out by UMAP: neighbours stay near, distances mean nothing."
    explained = findings.pool_map.explained or 0.0
    return (
        f"{shown} on the first two principal components, which hold "
        f"{words.percent(explained, 0)} of the variance: what lies on one spot here can be far "
        "apart."
    )


def _draw_panel(
    axes: Axes, rows: Sequence[IndexRow], panel: _Panel, suggestion: SuggestedK, theme: Theme
) -> None:
    ks = [row.k for row in rows]
    values = np.array([getattr(row, panel.index) for row in rows], dtype=float)
    if panel.sd is not None:
        sd = np.array([getattr(row, panel.sd) for row in rows])
        # Neither index can be above 1, however wide the spread below it.
        high = np.minimum(values + sd, 1)
        axes.fill_between(
            ks, values - sd, high, color=theme.representatives, alpha=0.16, linewidth=0
        )
    axes.plot(ks, values, "-", color=theme.representatives, linewidth=1.6)
    axes.plot(ks, values, "o", color=theme.representatives, markersize=3)
    for k in suggestion.others[:3]:
        spot = (k, float(values[ks.index(k)]))
        axes.plot(*spot, "o", color=theme.paper, markeredgecolor=theme.alarm, markersize=7)
        _note(axes, spot, (0, 9), str(k), theme.alarm, "center")
    if suggestion.k is not None:
        spot = (suggestion.k, float(values[ks.index(suggestion.k)]))
        axes.plot(*spot, "o", color=theme.alarm, markersize=7)
        is_low = panel.index == "davies_bouldin"
        offset, ha = _beside(suggestion.k, ks)
        _note(axes, spot, (offset, -10 if is_low else 9), f"k = {suggestion.k}", theme.alarm, ha)
    _finish_panel(axes, panel.title, ks, theme)
    axes.yaxis.set_major_formatter(FuncFormatter(panel.write))


def _beside(k: int, ks: Sequence[int]) -> tuple[int, str]:
    """Where the name of a dot goes, so that it stays inside the plot."""
    if k == ks[0]:
        return 5, "left"
    return (-5, "right") if k == ks[-1] else (0, "center")


def _draw_truth(axes: Axes, rows: Sequence[IndexRow], theme: Theme) -> None:
    known = [row for row in rows if row.agreement is not None and row.purity is not None]
    ks = [row.k for row in known]
    lines = (
        ("purity", [row.purity or 0.0 for row in known], theme.propagated[0], 8),
        ("Rand index", [row.agreement or 0.0 for row in known], theme.random, -9),
    )
    for name, values, shade, offset in lines:
        axes.plot(ks, values, "o-", color=shade, linewidth=1.6, markersize=3)
        _note(axes, (ks[-1], values[-1]), (0, offset), name, shade, "right")
    _finish_panel(axes, "Beside the true classes", [row.k for row in rows], theme)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.2g}"))


def _finish_panel(axes: Axes, title: str, ks: Sequence[int], theme: Theme) -> None:
    axes.set_title(title, loc="left", fontsize=NORMAL, color=theme.ink, pad=8)
    axes.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlim(ks[0] - 0.4, ks[-1] + 0.4)
    axes.margins(y=0.16)
    axes.grid(True, color=theme.line, linewidth=0.8)


def _stack_classes(axes: Axes, findings: Findings, theme: Theme) -> None:
    clusters = findings.details.clusters
    pool = np.stack([one.histogram for one in clusters if one.histogram is not None])
    tested = [one.test_histogram for one in clusters]
    shown = told_apart(pool.sum(axis=0))
    _legend_classes(axes, findings, shown, theme)
    longest = max(one.size for one in clusters)
    for row in range(len(clusters)):
        _stack(axes, pool[row], shown, row - 0.06, 0.56, 1.0, theme)
        _name_segments(axes, findings, pool[row], shown, row - 0.06, longest)
        test = tested[row]
        if test is not None and test.any():
            # As long as the pool's bar: shares are to be compared, there are fewer test images.
            scale = pool[row].sum() / test.sum()
            _stack(axes, test, shown, row + 0.30, 0.11, scale, theme)


def _legend_classes(axes: Axes, findings: Findings, shown: Sequence[int], theme: Theme) -> None:
    classes = [words.printable(name) for name in findings.dataset.classes]
    named = [(colour(label), _cut(classes[label])) for label in shown]
    named += [(OTHERS, "others")] if len(shown) < len(classes) else []
    axes.legend(
        handles=[Patch(color=shade, label=name) for shade, name in named],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=min(5, len(named)),
        fontsize=SMALL,
        labelcolor=theme.ink,
        frameon=False,
        handlelength=0.9,
        handleheight=0.9,
        columnspacing=1.2,
        borderaxespad=0.2,
    )


def _cut(name: str, longest: int = 16) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1].rstrip()}…"


def _stack(
    axes: Axes,
    histogram: np.ndarray,
    shown: Sequence[int],
    y: float,
    height: float,
    scale: float,
    theme: Theme,
) -> None:
    rest = int(histogram.sum() - histogram[list(shown)].sum())
    parts = [(colour(label), int(histogram[label])) for label in shown] + [(OTHERS, rest)]
    left = 0.0
    for shade, count in parts:
        if count:
            width = count * scale
            axes.barh(y, width, height, left, color=shade, edgecolor=theme.paper, linewidth=0.3)
            left += width


def _name_segments(
    axes: Axes,
    findings: Findings,
    histogram: np.ndarray,
    shown: Sequence[int],
    y: float,
    longest: int,
) -> None:
    """Names where there is room for them."""
    left = 0
    for label in shown:
        count = int(histogram[label])
        name = words.printable(findings.dataset.classes[label])
        room = int(count / longest / _LEAST_NAMED * 6.5)
        if count / longest >= _LEAST_NAMED:
            told = name if len(name) <= room else f"{name[: max(room - 1, 1)].rstrip()}…"
            shade = "#ffffff" if _is_dark(colour(label)) else "#1b2430"
            axes.text(
                left + count / 2, y, told, ha="center", va="center", fontsize=6.5, color=shade
            )
        left += count


def _is_dark(shade: str) -> bool:
    red, green, blue = to_rgb(shade)
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.56


def _draw_thumbnail(axes: Axes, image: np.ndarray, row: int, theme: Theme) -> None:
    zoom = _THUMBNAIL * 72 / max(image.shape[:2])
    picture = OffsetImage(
        image, zoom=zoom, cmap="gray", norm=None, interpolation="nearest", resample=False
    )
    if image.ndim == 2:
        picture.set_data(np.repeat(image[:, :, None], 3, axis=2))
    box = AnnotationBbox(
        picture,
        (0, row),
        xycoords=("axes fraction", "data"),
        xybox=(-17, 0),
        boxcoords="offset points",
        frameon=False,
        pad=0,
        annotation_clip=False,
    )
    axes.add_artist(box)


def _scatter(axes: Axes, xy: np.ndarray, colours: list[str], title: str, theme: Theme) -> None:
    size = float(np.clip(9_000 / len(xy), 4, 40))
    axes.scatter(xy[:, 0], xy[:, 1], s=size, c=colours, alpha=0.75, linewidths=0)
    axes.set_title(title, loc="left", fontsize=NORMAL, color=theme.ink, pad=8)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])


def _name_spot(axes: Axes, xy: np.ndarray, name: str, theme: Theme) -> None:
    x, y = np.median(xy, axis=0)
    axes.text(
        float(x),
        float(y),
        name,
        ha="center",
        va="center",
        fontsize=SMALL,
        color=theme.ink,
        bbox={
            "boxstyle": "round,pad=0.25",
            "facecolor": theme.paper,
            "edgecolor": "none",
            "alpha": 0.82,
        },
    )


def _note(
    axes: Axes,
    spot: tuple[float, float],
    offset: tuple[int, int],
    text: str,
    shade: str,
    ha: str = "left",
) -> None:
    axes.annotate(
        text,
        spot,
        xytext=offset,
        textcoords="offset points",
        ha=ha,
        va="center",
        fontsize=SMALL,
        color=shade,
        annotation_clip=False,
    )


def _short(value: float) -> str:
    """``2500000`` → ``2.5M``."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"
