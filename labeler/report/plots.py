"""The plots of a simulation: figures in, PNG bytes out, no state kept in matplotlib."""

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.ticker import FuncFormatter

from labeler import words
from labeler.plugins import FIRST, of_phase
from labeler.records import Simulation, Stage
from labeler.report.drawing import LIGHT, NORMAL, SMALL, Theme, new_figure, rendered
from labeler.report.published import Published, published
from labeler.report.purity import Purity
from labeler.report.scores import BOUNDS, budgets, reach

_WIDTH = 7.2
_MOST_NUMBERED, _MOST_NAMED = 15, 40
_MARKS = "Ds^vP*"


def accuracy_plot(simulation: Simulation, theme: Theme = LIGHT) -> bytes:
    """Test accuracy of each stage: mean, 95 % interval and every seed, one line each."""
    rows = _rows(simulation.stages)
    figure, axes = new_figure(_WIDTH, 0.75 + 0.3 * (max(rows) + 1), theme)
    for stage, row in zip(simulation.stages, rows, strict=True):
        _draw_stage(axes, stage, row, theme, _colour(stage, simulation, theme))
    names = [_name_with_budget(stage, simulation) for stage in simulation.stages]
    axes.set_yticks(rows, labels=names, fontsize=NORMAL, color=theme.ink)
    axes.set_ylim(max(rows) + 0.7, -0.7)
    _scale_accuracy(axes, _extent(simulation.stages), theme, "x")
    axes.set_xlabel("Test accuracy", fontsize=SMALL, color=theme.muted)
    return rendered(figure)


def curve_plot(simulation: Simulation, theme: Theme = LIGHT) -> bytes:
    """Test accuracy over the labels asked for, one line for each way of using them.

    The way that other presets are meant for is drawn beside them, dashed; published figures on
    the same data are marked, each with its protocol.

    Raises
    ------
    ValueError
        There are not two budgets to draw a line between.
    """
    asked = budgets(simulation)
    if len(asked) < 2:
        raise ValueError(f"a curve needs at least two budgets, got {asked}")
    marked = [one for one in published(simulation.dataset) if asked[0] <= one.n_labels <= asked[-1]]
    figure, axes = new_figure(_WIDTH, 4.0 + 0.22 * len(_by_name(marked)), theme)
    ends: list[tuple[float, str, str]] = []
    for line in _lines(simulation):
        colour = _colour(line[0], simulation, theme)
        _draw_line(axes, line, colour)
        ends.append((line[-1].test_accuracy.mean, words.stage_name(line[-1]), colour))
    others = list(_lines_of_others(simulation))
    for name, line in others:
        _draw_line(axes, line, theme.alarm, "--")
        ends.append((line[-1].test_accuracy.mean, name, theme.alarm))
    for stage in (s for s in simulation.stages if s.stage in BOUNDS):
        mean = stage.test_accuracy.mean
        dashes = (4, 3) if stage.stage == "supervised" else (1, 2)
        axes.axhline(mean, color=theme.supervised, linewidth=1, linestyle=(0, dashes))
        ends.append((mean, words.stage_name(stage), theme.supervised))
    axes.set_xscale("log")
    axes.set_xticks(asked, labels=[words.count(n) for n in asked])
    axes.set_xticks([], minor=True)
    stages = [*simulation.stages, *(stage for _, line in others for stage in line)]
    _scale_accuracy(axes, _extent(stages, [one.accuracy for one in marked]), theme, "y")
    _mark_published(axes, marked, theme)
    _label_ends(axes, asked[-1], ends)
    axes.set_xlabel("Labels asked for", fontsize=SMALL, color=theme.muted)
    axes.set_ylabel("Test accuracy", fontsize=SMALL, color=theme.muted)
    return rendered(figure)


def confusion_plot(confusion: np.ndarray, classes: Sequence[str], theme: Theme = LIGHT) -> bytes:
    """A confusion matrix, each row as shares of its true class.

    Parameters
    ----------
    confusion : ndarray of shape (n_classes, n_classes)
        Row: true class; column: predicted class.
    classes : sequence of str
        Names, in label order.
    theme : Theme
    """
    n = len(classes)
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    side = min(max(3.2, 0.44 * n), 7.0)
    figure, axes = new_figure(side + 1.7, side + 1.3, theme)
    ramp = LinearSegmentedColormap.from_list("shares", [to_rgb(c) for c in theme.ramp])
    axes.imshow(shares, cmap=ramp, vmin=0, vmax=1, interpolation="nearest")
    # Hairlines between the cells, so that an empty row still reads as a row.
    edges = np.arange(n + 1) - 0.5
    axes.vlines(edges, -0.5, n - 0.5, color=theme.line, linewidth=0.6)
    axes.hlines(edges, -0.5, n - 0.5, color=theme.line, linewidth=0.6)
    if n <= _MOST_NUMBERED:
        _number_cells(axes, shares, theme)
    _name_classes(axes, classes, theme)
    axes.set_xlabel("Predicted", fontsize=SMALL, color=theme.muted)
    axes.set_ylabel("True class", fontsize=SMALL, color=theme.muted)
    return rendered(figure)


def purity_plot(purity: Purity, theme: Theme = LIGHT) -> bytes:
    """Purity of each cluster, purest first; a bar is as wide as its cluster is large."""
    order = np.argsort(-purity.shares, kind="stable")
    order = order[purity.known[order] > 0]
    widths = purity.sizes[order]
    left = np.cumsum(widths) - widths
    figure, axes = new_figure(_WIDTH, 3.4, theme)
    misnamed = purity.is_misnamed[order]
    colours = np.where(misnamed, theme.alarm, theme.fill)
    axes.bar(
        left,
        purity.shares[order],
        widths,
        align="edge",
        color=colours.tolist(),
        edgecolor=theme.paper,
        linewidth=min(0.8, 60 / len(order)),
    )
    _mark_overall(axes, purity.overall, theme)
    _legend_purity(axes, int(misnamed.sum()), theme)
    axes.set_xlim(0, widths.sum())
    axes.set_ylim(0, 1.0)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.count(value)))
    _percent_axis(axes, theme, "y")
    axes.set_xlabel(
        f"Images of {words.counted(len(order), 'cluster')}, purest first; width is cluster size",
        fontsize=SMALL,
        color=theme.muted,
    )
    axes.set_ylabel("Most frequent class", fontsize=SMALL, color=theme.muted)
    return rendered(figure)


def _rows(stages: Sequence[Stage]) -> list[float]:
    """Where each stage stands, top down, with a gap where the budget changes."""
    rows, row = [], 0.0
    for i, stage in enumerate(stages):
        row += 0.5 if i and stage.n_labels != stages[i - 1].n_labels else 0
        rows.append(row)
        row += 1
    return rows


def _draw_stage(axes: Axes, stage: Stage, row: float, theme: Theme, colour: str) -> None:
    accuracy = stage.test_accuracy
    if accuracy.ci95 is not None:
        low, high = accuracy.mean - accuracy.ci95, accuracy.mean + accuracy.ci95
        axes.plot([low, high], [row, row], color=colour, linewidth=5, alpha=0.28)
    seeds = accuracy.per_seed
    axes.plot(seeds, [row] * len(seeds), "|", color=colour, markersize=7, markeredgewidth=1)
    axes.plot([accuracy.mean], [row], "o", color=colour, markersize=6.5)
    axes.annotate(
        words.interval(accuracy),
        (1.0, row),
        xycoords=("axes fraction", "data"),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=NORMAL,
        color=theme.ink,
        annotation_clip=False,
    )


def _by_name(marked: Sequence[Published]) -> dict[str, list[Published]]:
    names: dict[str, list[Published]] = {}
    for one in marked:
        names.setdefault(one.name, []).append(one)
    return names


def _mark_published(axes: Axes, marked: Sequence[Published], theme: Theme) -> None:
    """A mark for each figure of others; what it was reached under is said below the plot."""
    for mark, (name, points) in zip(_MARKS, _by_name(marked).items(), strict=False):
        axes.plot(
            [one.n_labels for one in points],
            [one.accuracy for one in points],
            mark,
            color=theme.ink,
            markerfacecolor=theme.paper,
            markersize=6,
            markeredgewidth=1.2,
            label=f"published: {name} ({points[0].protocol})",
        )
    if marked:
        axes.legend(
            loc="upper left",
            bbox_to_anchor=(0, -0.14),
            frameon=False,
            fontsize=SMALL,
            labelcolor=theme.muted,
            borderaxespad=0,
        )


def _draw_line(axes: Axes, line: Sequence[Stage], colour: str, style: str = "-") -> None:
    x = [stage.n_labels for stage in line]
    mean = np.array([stage.test_accuracy.mean for stage in line])
    half = np.array([stage.test_accuracy.ci95 or 0 for stage in line])
    axes.fill_between(x, mean - half, mean + half, color=colour, alpha=0.13, linewidth=0)
    axes.plot(x, mean, f"o{style}", color=colour, linewidth=1.8, markersize=4.5)


def _label_ends(axes: Axes, x: float, ends: Sequence[tuple[float, str, str]]) -> None:
    """Name each line at its right end, moved apart where they would touch."""
    low, high = axes.get_ylim()
    distance = (high - low) * 0.055
    for spot, (_, name, colour) in zip(
        _spread_out([mean for mean, _, _ in sorted(ends)], distance, high),
        sorted(ends),
        strict=True,
    ):
        axes.annotate(
            name,
            (1.0, spot),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=NORMAL,
            color=colour,
            annotation_clip=False,
        )


def _spread_out(spots: Sequence[float], distance: float, highest: float) -> list[float]:
    """Ascending ``spots`` moved apart: upwards, and down again from where they would leave."""
    placed: list[float] = []
    for spot in spots:
        placed.append(max(spot, placed[-1] + distance) if placed else spot)
    limit = highest
    for place in reversed(range(len(placed))):
        placed[place] = min(placed[place], limit)
        limit = placed[place] - distance
    return placed


def _lines(simulation: Simulation) -> list[list[Stage]]:
    lines: dict[tuple[str, float | None, str | None], list[Stage]] = {}
    for stage in simulation.stages:
        if stage.stage not in BOUNDS:
            lines.setdefault((stage.stage, stage.fraction, stage.method), []).append(stage)
    return [sorted(line, key=lambda stage: stage.n_labels) for line in lines.values()]


def _lines_of_others(simulation: Simulation) -> Iterator[tuple[str, list[Stage]]]:
    """Of each other preset, the labels it spreads furthest."""
    for other in simulation.others:
        line = max(_lines(other), key=lambda stages: reach(stages[-1]))
        yield f"{other.preset}: {words.stage_name(line[-1])}", line


def _colour(stage: Stage, simulation: Simulation, theme: Theme) -> str:
    if stage.stage in of_phase(FIRST):
        return theme.representatives
    if stage.stage != "propagated":
        return theme.random if stage.stage == "random" else theme.supervised
    ways = list(
        dict.fromkeys((s.fraction, s.method) for s in simulation.stages if s.stage == "propagated")
    )
    return theme.propagated[ways.index((stage.fraction, stage.method)) % len(theme.propagated)]


def _name_with_budget(stage: Stage, simulation: Simulation) -> str:
    if stage.stage in BOUNDS or len(budgets(simulation)) > 1:
        return f"{words.stage_name(stage)} · {words.count(stage.n_labels)}"
    return words.stage_name(stage)


def _extent(stages: Sequence[Stage], more: Sequence[float] = ()) -> tuple[float, float]:
    """The accuracies to be shown, with some air; never beyond 0 and 1."""
    accuracies = [stage.test_accuracy for stage in stages]
    low = min(*(min(a.mean - (a.ci95 or 0), *a.per_seed, a.mean) for a in accuracies), *more, 1)
    high = max(*(max(a.mean + (a.ci95 or 0), *a.per_seed, a.mean) for a in accuracies), *more, 0)
    air = max(0.02, 0.05 * (high - low))
    return max(-0.01, low - air), min(1.01, high + air)


def _scale_accuracy(axes: Axes, extent: tuple[float, float], theme: Theme, which: str) -> None:
    set_limits = axes.set_xlim if which == "x" else axes.set_ylim
    set_limits(*extent)
    _percent_axis(axes, theme, which)


def _percent_axis(axes: Axes, theme: Theme, which: str) -> None:
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.3g} %"))
    axis.grid(True, color=theme.line, linewidth=0.8)


def _number_cells(axes: Axes, shares: np.ndarray, theme: Theme) -> None:
    for (row, column), share in np.ndenumerate(shares):
        if share >= 0.005:
            colour = theme.paper if share > 0.45 else theme.ink
            weight = "bold" if row == column else "normal"
            axes.text(
                column,
                row,
                f"{100 * share:.0f}",
                ha="center",
                va="center",
                fontsize=SMALL,
                color=colour,
                fontweight=weight,
            )


def _name_classes(axes: Axes, classes: Sequence[str], theme: Theme) -> None:
    names = [_cut(words.printable(name)) for name in classes]
    every = -(-len(names) // _MOST_NAMED)
    ticks = range(0, len(names), every)
    size = SMALL if every == 1 and len(names) <= 20 else 6
    axes.set_xticks(ticks, labels=names[::every], rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(ticks, labels=names[::every])
    axes.tick_params(labelsize=size, labelcolor=theme.ink)


def _cut(name: str, longest: int = 22) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1].rstrip()}…"


def _mark_overall(axes: Axes, overall: float, theme: Theme) -> None:
    axes.axhline(overall, color=theme.ink, linewidth=1, linestyle=(0, (4, 3)))
    axes.annotate(
        f"all images\n{words.percent(overall)}",
        (1.0, overall),
        xycoords=("axes fraction", "data"),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=SMALL,
        color=theme.ink,
        annotation_clip=False,
    )


def _legend_purity(axes: Axes, n_misnamed: int, theme: Theme) -> None:
    if n_misnamed:
        text = f"■ {words.counted(n_misnamed, 'cluster')} named after another class"
        axes.set_title(text, loc="right", fontsize=SMALL, color=theme.alarm, pad=8)
