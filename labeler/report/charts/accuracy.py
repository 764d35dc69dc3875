"""Test accuracy of each stage: mean, 95 % interval and every seed, one line each."""

from collections.abc import Sequence

from labeler import words
from labeler.plugins import FIRST, of_phase
from labeler.records import Simulation, Stage
from labeler.report.charts import svg
from labeler.report.charts.scales import Scale, extent, horizontal_axis, interval_ends, share_ticks
from labeler.report.scores import BOUNDS, budgets

WIDTH, TOP, BOTTOM = 720, 8, 28
_MOST_ROOMY = 12
_SPREAD = ("propagated", "combined", "chosen", "reviewed")
_N_WAYS = 4
"""Colours of ways to spread, in the style sheet; beyond the last they begin again."""


def accuracy_chart(simulation: Simulation) -> svg.Drawing:
    """One row for each stage, with a gap where the budget changes."""
    stages = simulation.stages
    names = [_name(stage, simulation) for stage in stages]
    values = [words.interval(stage.test_accuracy) for stage in stages]
    step = 34 if len(stages) <= _MOST_ROOMY else 24
    rows = [TOP + step * (row + 0.5) for row in _rows(stages)]
    bottom = rows[-1] + step / 2
    left = 14 + max(svg.text_width(name, 13.5) for name in names)
    right = WIDTH - 22 - max(svg.text_width(value, 13.5) for value in values)
    scale = Scale(share_ticks(*extent(stage.test_accuracy for stage in stages)), left, right)
    body = horizontal_axis(scale, 0, bottom)
    for name, stage, value, y in zip(names, stages, values, rows, strict=True):
        shown = _row(stage, scale, y)
        labels = [
            svg.text(0, y + 4.5, name, "name"),
            svg.text(WIDTH, y + 4.5, value, "value", "end"),
        ]
        body += svg.group([*labels, shown], stage_colour(stage, stages))
    told = "Test accuracy by stage; the table has the figures."
    return svg.Drawing("accuracy-chart", WIDTH, bottom + BOTTOM, told, body)


def stage_colour(stage: Stage, stages: Sequence[Stage]) -> str:
    """The class of the style sheet that a stage is drawn in."""
    if stage.stage in (*of_phase(FIRST), "answers"):
        return "first"
    if stage.stage not in _SPREAD:
        return "random" if stage.stage == "random" else "supervised"
    ways = list(dict.fromkeys(_way(s) for s in stages if s.stage in _SPREAD))
    return f"way{ways.index(_way(stage)) % _N_WAYS}"


def _way(stage: Stage) -> tuple[str, float | None, str | None]:
    return stage.stage, stage.fraction, stage.method


def _rows(stages: Sequence[Stage]) -> list[float]:
    rows, row = [], 0.0
    for i, stage in enumerate(stages):
        row += 0.4 if i and stage.n_labels != stages[i - 1].n_labels else 0
        rows.append(row)
        row += 1
    return rows


def _row(stage: Stage, scale: Scale, y: float) -> str:
    accuracy = stage.test_accuracy
    x = scale(accuracy.mean)
    low, high = map(scale, interval_ends(accuracy))
    parts = svg.line(scale.start, y, x, y, "from")
    if high > low:
        parts += svg.line(low, y, high, y, "interval")
    if len(accuracy.per_seed) > 1:
        parts += "".join(
            svg.line(scale(value), y - 6, scale(value), y + 6, "seed")
            for value in accuracy.per_seed
        )
    return parts + svg.circle(x, y, 6)


def _name(stage: Stage, simulation: Simulation) -> str:
    if stage.stage in BOUNDS or len(budgets(simulation)) > 1:
        return f"{words.stage_name(stage)} · {words.count(stage.n_labels)}"
    return words.stage_name(stage)
