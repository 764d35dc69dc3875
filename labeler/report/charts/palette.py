"""Colours for clusters and classes: told apart beside each other, on white and on dark."""

from collections.abc import Sequence

import numpy as np

COLOURS = (
    "#4e79a7",
    "#f28e2b",
    "#59a14f",
    "#e15759",
    "#76b7b2",
    "#edc948",
    "#b07aa1",
    "#9c755f",
    "#ff9da7",
    "#8cd17d",
    "#499894",
    "#d37295",
    "#b6992d",
    "#86bcb6",
    "#a0cbe8",
    "#d4a6c8",
)
"""Tableau's colours, the ten most distinct first; beyond the last they begin again."""

OTHERS = "#98a2ae"
NO_COLOUR = "none"
"""The key of ``OTHERS``."""

MOST_CLASSES = 12
"""With more classes than that, the rarer ones share one colour."""


def colour(number: int) -> str:
    """Of the cluster or class of that number."""
    return COLOURS[number % len(COLOURS)]


def colour_key(number: int) -> str:
    """The class of the style sheet, after its ``c``; a negative number is of no class."""
    return str(number % len(COLOURS)) if number >= 0 else NO_COLOUR


def is_dark(key: str) -> bool:
    """Whether text on a colour is to be light."""
    shade = OTHERS if key == NO_COLOUR else COLOURS[int(key)]
    red, green, blue = (int(shade[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.56


def told_apart(totals: Sequence[int] | np.ndarray) -> list[int]:
    """The classes that have a colour of their own: all, or the most frequent ones, in label order.

    Parameters
    ----------
    totals : sequence of int
        Images of each class.
    """
    if len(totals) <= MOST_CLASSES:
        return list(range(len(totals)))
    order = np.argsort(-np.asarray(totals), kind="stable")[: MOST_CLASSES - 1]
    return sorted(order.tolist())
