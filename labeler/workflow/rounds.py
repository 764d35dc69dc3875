"""The rounds of questions, and what chose each: names that front ends may ask for lightly."""

from collections.abc import Mapping
from typing import Any

FIRST, SECOND = "representatives", "uncertain"
"""The strategies of the two phases; also the names of their streams of random numbers."""


def round_names(settings: Mapping[str, Any]) -> dict[int, str]:
    """The strategy that chose each round of a run, by its number."""
    named = settings.get("rounds", {})
    return {0: FIRST} | {int(number): name for number, name in named.items()}
