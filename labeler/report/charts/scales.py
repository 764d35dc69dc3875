"""Where things stand in a chart: round ticks, axes of shares, names that do not touch."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from labeler import words
from labeler.records import Interval
from labeler.report.charts import svg

_SHARE_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)


@dataclass(frozen=True)
class Scale:
    """From values to places.

    Attributes
    ----------
    ticks : tuple of float
        Ascending; the first and the last are the ends.
    start, end : float
        Where the first and the last tick stand.
    """

    ticks: tuple[float, ...]
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a value."""
        low, high = self.ticks[0], self.ticks[-1]
        return self.start + (self.end - self.start) * (value - low) / (high - low)


def share_ticks(low: float, high: float) -> tuple[float, ...]:
    """Round shares around the values, never beyond 0 and 1; at most seven steps."""
    step = next((size for size in _SHARE_STEPS if (high - low) / size <= 5), _SHARE_STEPS[-1])
    first = max(0.0, float(np.floor(low / step - 0.25)) * step)
    last = max(min(1.0, float(np.ceil(high / step + 0.25)) * step), first + step)
    return tuple(np.arange(first, last + step / 2, step).tolist())


def round_ticks(low: float, high: float) -> tuple[float, ...]:
    """Three to six round figures around the values."""
    width = (high - low) or abs(high) or 1.0
    step = 10 ** np.floor(np.log10(width / 3))
    step *= next(factor for factor in (1, 2, 5, 10) if width / (step * factor) <= 6)
    first, last = np.floor(low / step), np.ceil(high / step)
    return tuple(float(n * step) for n in np.arange(first, max(last, first + 1) + 1))


def extent(accuracies: Iterable[Interval], more: Iterable[float] = ()) -> tuple[float, float]:
    """The smallest and the largest of all means, seeds and ends of intervals."""
    values = list(more)
    for accuracy in accuracies:
        values += [*interval_ends(accuracy), *accuracy.per_seed]
    return min(values), max(values)


def interval_ends(accuracy: Interval) -> tuple[float, float]:
    """The 95 % interval, as far as there are accuracies; of two seeds these, of one it twice."""
    if len(accuracy.per_seed) == words.TOO_FEW_SEEDS:
        return min(accuracy.per_seed), max(accuracy.per_seed)
    half = accuracy.ci95 or 0.0
    return max(0.0, accuracy.mean - half), min(1.0, accuracy.mean + half)


def vertical_axis(
    scale: Scale, left: float, right: float, write: Callable[[float], str] | None = None
) -> str:
    """A line across for each tick, with its figure at the left."""
    write = write or (lambda share: words.percent(share, 0))
    return "".join(
        svg.line(left, scale(tick), right, scale(tick), "rule")
        + svg.text(left - 7, scale(tick) + 4, write(tick), anchor="end")
        for tick in scale.ticks
    )


def horizontal_axis(scale: Scale, top: float, bottom: float) -> str:
    """A line down for each tick, with its share below."""
    return "".join(
        svg.line(scale(tick), top, scale(tick), bottom, "rule")
        + svg.text(scale(tick), bottom + 18, words.percent(tick, 0), anchor="middle")
        for tick in scale.ticks
    )


def spread_out(spots: Sequence[float], distance: float, last: float) -> list[float]:
    """Ascending ``spots`` moved apart: upwards, and down again from where they would leave."""
    placed: list[float] = []
    for spot in spots:
        placed.append(max(spot, placed[-1] + distance) if placed else spot)
    limit = last
    for place in reversed(range(len(placed))):
        placed[place] = min(placed[place], limit)
        limit = placed[place] - distance
    return placed
