"""Test accuracy over the labels asked for, one line for each way of using them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, log, pi, sin

from labeler import words
from labeler.records import Simulation, Stage
from labeler.report.charts import svg
from labeler.report.charts.accuracy import stage_colour
from labeler.report.charts.scales import (
    Scale,
    extent,
    interval_ends,
    share_ticks,
    spread_out,
    vertical_axis,
)
from labeler.report.published import Published, published
from labeler.report.scores import BOUNDS, budgets, reach

WIDTH, HEIGHT = 720, 400
LEFT, TOP, BOTTOM = 66, 10, 46
_LABEL, _LONGEST, _LEGEND_ROW = 13, 30, 19
_MARKS = ((4, 0.0), (4, 0.25), (3, 0.0), (3, 0.5), (5, 0.0), (6, 0.0))
"""Corners of each mark, and how far it is turned, in parts of a full turn over its corners."""


@dataclass(frozen=True)
class _Line:
    name: str
    colour: str
    stages: tuple[Stage, ...]

    @property
    def end(self) -> float:
        return self.stages[-1].test_accuracy.mean


@dataclass(frozen=True)
class _Frame:
    """Where budgets and accuracies stand."""

    asked: tuple[int, ...]
    right: float
    y: Scale

    def x(self, n_labels: int) -> float:
        first, last = self.asked[0], self.asked[-1]
        return LEFT + (self.right - LEFT) * log(n_labels / first) / log(last / first)

    def axes(self) -> str:
        ticks = [
            svg.text(self.x(n), HEIGHT - BOTTOM + 18, words.count(n), anchor="middle")
            for n in self.asked
        ]
        title = svg.text((LEFT + self.right) / 2, HEIGHT - 8, "Labels asked for", anchor="middle")
        return vertical_axis(self.y, LEFT, self.right) + "".join(ticks) + title


def curve_chart(simulation: Simulation) -> svg.Drawing:
    """A line for each way; the way of other presets dashed, published figures marked.

    Raises
    ------
    ValueError
        There are not two budgets to draw a line between.
    """
    asked = budgets(simulation)
    if len(asked) < 2:
        raise ValueError(f"a curve needs at least two budgets, got {asked}")
    marked = [
        figure
        for figure in published(simulation.dataset)
        if asked[0] <= figure.n_labels <= asked[-1]
    ]
    lines = [*_own(simulation), *_others(simulation)]
    bounds = [
        _Line(words.stage_name(stage), "supervised bound", (stage,))
        for stage in simulation.stages
        if stage.stage in BOUNDS
    ]
    frame = _frame(asked, [*lines, *bounds], marked)
    parts = [frame.axes(), *(_bound(bound, frame) for bound in bounds)]
    parts += [_line(line, frame) for line in lines]
    parts += [_labels([*lines, *bounds], frame), *_published(marked, frame)]
    legend, height = _legend(marked)
    told = (
        "Test accuracy by the labels asked for, a line for each stage; the table has the figures."
    )
    return svg.Drawing("curve-chart", WIDTH, HEIGHT + height, told, "".join([*parts, legend]))


def _frame(asked: tuple[int, ...], lines: Sequence[_Line], marked: Sequence[Published]) -> _Frame:
    accuracies = [stage.test_accuracy for line in lines for stage in line.stages]
    ticks = share_ticks(*extent(accuracies, [figure.accuracy for figure in marked]))
    room = max(svg.text_width(svg.cut(line.name, _LONGEST), _LABEL) for line in lines)
    return _Frame(asked, WIDTH - 14 - room, Scale(ticks, HEIGHT - BOTTOM, TOP))


def _own(simulation: Simulation) -> Iterator[_Line]:
    for stages in _lines(simulation):
        colour = stage_colour(stages[0], simulation.stages)
        yield _Line(words.stage_name(stages[0]), colour, stages)


def _others(simulation: Simulation) -> Iterator[_Line]:
    """Of each other preset, the labels it spreads furthest."""
    for other in simulation.others:
        stages = max(_lines(other), key=lambda line: reach(line[-1]))
        yield _Line(f"{other.preset}: {words.stage_name(stages[-1])}", "other", stages)


def _lines(simulation: Simulation) -> list[tuple[Stage, ...]]:
    lines: dict[tuple[str, float | None, str | None], list[Stage]] = {}
    for stage in simulation.stages:
        if stage.stage not in BOUNDS:
            lines.setdefault((stage.stage, stage.fraction, stage.method), []).append(stage)
    return [tuple(sorted(line, key=lambda stage: stage.n_labels)) for line in lines.values()]


def _line(line: _Line, frame: _Frame) -> str:
    """A band of the 95 % interval, a line, and a dot for each budget."""
    placed = [(frame.x(stage.n_labels), stage.test_accuracy) for stage in line.stages]
    means = [(x, frame.y(accuracy.mean)) for x, accuracy in placed]
    parts = []
    if any(accuracy.ci95 for _, accuracy in placed):
        ends = [(x, *interval_ends(accuracy)) for x, accuracy in placed]
        upper = [(x, frame.y(high)) for x, _, high in ends]
        lower = [(x, frame.y(low)) for x, low, _ in reversed(ends)]
        parts.append(svg.tag("polygon", points=svg.points([*upper, *lower]), cls="band"))
    parts.append(svg.tag("polyline", points=svg.points(means), cls="way"))
    for (x, y), stage in zip(means, line.stages, strict=True):
        told = f"{words.count(stage.n_labels)}: {words.interval(stage.test_accuracy)}"
        parts.append(svg.circle(x, y, 4, told=told))
    return svg.group(parts, line.colour)


def _bound(bound: _Line, frame: _Frame) -> str:
    at = frame.y(bound.end)
    across = svg.line(LEFT, at, frame.right, at, bound.stages[0].stage)
    return svg.group([across], bound.colour)


def _labels(lines: Sequence[_Line], frame: _Frame) -> str:
    """Name each line at its right end, moved apart where they would touch."""
    downwards = sorted(lines, key=lambda line: (line.end, line.name), reverse=True)
    wanted = [frame.y(line.end) for line in downwards]
    placed = spread_out(wanted, _LABEL + 3, HEIGHT - BOTTOM)
    names = [
        svg.text(frame.right + 9, at + 4, svg.cut(line.name, _LONGEST), "end-name")
        for at, line in zip(placed, downwards, strict=True)
    ]
    named = zip(names, downwards, strict=True)
    return "".join(svg.group([name], line.colour) for name, line in named)


def _published(marked: Sequence[Published], frame: _Frame) -> list[str]:
    return [
        _mark(frame.x(figure.n_labels), frame.y(figure.accuracy), number)
        for number, of_name in enumerate(_by_name(marked).values())
        for figure in of_name
    ]


def _by_name(marked: Sequence[Published]) -> dict[str, list[Published]]:
    names: dict[str, list[Published]] = {}
    for figure in marked:
        names.setdefault(figure.name, []).append(figure)
    return names


def _legend(marked: Sequence[Published]) -> tuple[str, float]:
    """What each mark is and what it was reached under; and the room that takes."""
    groups = _by_name(marked)
    rows = [
        _mark(LEFT, HEIGHT + _LEGEND_ROW * (row + 0.5), row)
        + svg.text(
            LEFT + 14,
            HEIGHT + _LEGEND_ROW * (row + 0.5) + 4,
            f"published: {name} ({of[0].protocol})",
        )
        for row, (name, of) in enumerate(groups.items())
    ]
    return "".join(rows), _LEGEND_ROW * len(rows) + (8 if rows else 0)


def _mark(x: float, y: float, number: int) -> str:
    corners, turn = _MARKS[number % len(_MARKS)]
    angles = [2 * pi * (turn + i) / corners - pi / 2 for i in range(corners)]
    shape = [(x + 5.5 * cos(angle), y + 5.5 * sin(angle)) for angle in angles]
    return svg.tag("polygon", points=svg.points(shape), cls="mark")
