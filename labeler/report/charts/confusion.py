"""What is taken for what: shares of each true class, as steps of a colour ramp."""

from collections.abc import Sequence

import numpy as np

from labeler import words
from labeler.report.charts import svg

HEAT_STEPS = 10
_MOST_NUMBERED, _MOST_NAMED, _LONGEST = 15, 40, 22
_LEAST_TOLD = 0.005


def heat(confusion: np.ndarray) -> list[list[tuple[int, int, float]]]:
    """Rows of (count, step of the colour ramp, share of the row's true class).

    Parameters
    ----------
    confusion : ndarray of shape (n_classes, n_classes)
        Row: true class; column: predicted class.
    """
    totals = np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    shares = confusion / totals
    steps = np.ceil(shares * HEAT_STEPS).astype(int)
    return [
        list(zip(counts, ramp, part, strict=True))
        for counts, ramp, part in zip(
            confusion.tolist(), steps.tolist(), shares.tolist(), strict=True
        )
    ]


def confusion_chart(confusion: np.ndarray, classes: Sequence[str]) -> svg.Drawing:
    """The matrix, each row as shares of its true class; names where there is room for them."""
    n = len(classes)
    side = float(np.clip(520 / n, 8, 38))
    names = [svg.cut(name, _LONGEST) for name in classes]
    margin = 34 + max(svg.text_width(name, 12) for name in names)
    width, height = margin + n * side + 0.75 * margin, 14 + n * side + 0.75 * margin + 22
    left, top = margin, 14.0
    body = "".join(
        _cell(left + column * side, top + row * side, side, n, (row, column), cell, names)
        for row, cells in enumerate(heat(confusion))
        for column, cell in enumerate(cells)
        if cell[0]
    )
    for place in range(n + 1):
        at = place * side
        body += svg.line(left + at, top, left + at, top + n * side, "cell")
        body += svg.line(left, top + at, left + n * side, top + at, "cell")
    every = -(-n // _MOST_NAMED)
    for place in range(0, n, every):
        middle = (place + 0.5) * side
        body += svg.text(left - 8, top + middle + 4, names[place], "name", "end")
        body += _slanted(left + middle, top + n * side + 14, names[place])
    body += svg.text(left + n * side / 2, height - 6, "Predicted", anchor="middle")
    body += svg.tag(
        "text",
        "True class",
        transform=f"translate(12 {svg.number(top + n * side / 2)}) rotate(-90)",
        text_anchor="middle",
    )
    told = "Confusion matrix: rows are true classes, columns predictions, as shares of a row."
    return svg.Drawing("confusion-chart", width, height, told, body)


def _cell(
    x: float,
    y: float,
    side: float,
    n: int,
    place: tuple[int, int],
    cell: tuple[int, int, float],
    names: Sequence[str],
) -> str:
    (true, predicted), (count, step, share) = place, cell
    colour = f"{'ok' if true == predicted else 'off'} h{step}"
    told = f"{words.count(count)} of true class {names[true]}, taken for {names[predicted]}"
    drawn = svg.rectangle(x, y, side, side, colour, told)
    if n <= _MOST_NUMBERED and share >= _LEAST_TOLD:
        shown = f"{100 * share:.0f}"
        drawn += svg.text(x + side / 2, y + side / 2 + 4, shown, f"{colour} share", "middle")
    return drawn


def _slanted(x: float, y: float, name: str) -> str:
    """A name below its column, ending there."""
    turned = f"translate({svg.number(x)} {svg.number(y)}) rotate(-40)"
    return svg.tag("g", svg.text(0, 0, name, "name", "end"), transform=turned)
