"""Plots as shapes to be drawn as SVG by a template: numbers in, coordinates out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labeler.plugins import FIRST, of_phase
from labeler.records import Stage

WIDTH, ROW, TOP, LEFT, RIGHT, BOTTOM = 720, 34, 8, 210, 70, 30
HEAT_STEPS = 10
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2)


@dataclass(frozen=True)
class Dot:
    """One row of the accuracy plot: a name, a dot and its figure."""

    name: str
    kind: str
    x: float
    y: float
    value: float


@dataclass(frozen=True)
class AccuracyChart:
    """Test accuracy by stage, on a scale that fits the figures.

    Attributes
    ----------
    dots : tuple of Dot
    ticks : tuple of (x, share)
    """

    width: int
    height: int
    left: float
    bottom: float
    right: float
    dots: tuple[Dot, ...]
    ticks: tuple[tuple[float, float], ...]


def accuracy_chart(stages: Sequence[tuple[str, Stage]]) -> AccuracyChart:
    """Lay out one row for each named stage."""
    values = [stage.test_accuracy.mean for _, stage in stages]
    low, high, step = _scale(min(values), max(values))
    room = WIDTH - LEFT - RIGHT
    bottom = TOP + ROW * len(stages)

    def place(share: float) -> float:
        return round(LEFT + room * (share - low) / (high - low), 1)

    dots = tuple(
        Dot(name, _kind(stage), place(value), TOP + ROW * (row + 0.5), value)
        for row, ((name, stage), value) in enumerate(zip(stages, values, strict=True))
    )
    shares = np.arange(low, high + step / 2, step).tolist()
    ticks = tuple((place(share), share) for share in shares)
    return AccuracyChart(WIDTH, bottom + BOTTOM, LEFT, bottom, WIDTH - RIGHT, dots, ticks)


def _kind(stage: Stage) -> str:
    return "first" if stage.stage in of_phase(FIRST) else stage.stage


def heat(confusion: np.ndarray) -> list[list[tuple[int, int, float]]]:
    """Rows of (count, step of the colour ramp, share of the row's true class)."""
    totals = np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    shares = confusion / totals
    steps = np.ceil(shares * HEAT_STEPS).astype(int)
    return [
        list(zip(counts, ramp, part, strict=True))
        for counts, ramp, part in zip(
            confusion.tolist(), steps.tolist(), shares.tolist(), strict=True
        )
    ]


def _scale(low: float, high: float) -> tuple[float, float, float]:
    """Round ends with at most seven ticks between them."""
    step = next((one for one in _TICKS if (high - low) / one <= 5), _TICKS[-1])
    first = max(0.0, float(np.floor(low / step - 0.25)) * step)
    last = min(1.0, float(np.ceil(high / step + 0.25)) * step)
    return first, max(last, first + step), step
