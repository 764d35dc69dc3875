"""The rounds of questions, and what chose each: names that front ends may ask for lightly."""

from collections.abc import Mapping
from typing import Any

FIRST, SECOND = "representatives", "uncertain"
"""The strategies of the two phases."""


def second_round(number: int) -> str:
    """The name of a round of the second phase, counted from 0; also of its random numbers."""
    return SECOND if number == 0 else f"{SECOND} {number + 1}"


def strategy_of(name: str | None) -> str | None:
    """What chose the questions of the round of that name, in words that do not count rounds."""
    is_second = name is not None and name.partition(" ")[0] == SECOND
    return SECOND if is_second else name


def round_names(settings: Mapping[str, Any]) -> dict[int, str]:
    """The name of each round of a run, by its number."""
    named = settings.get("rounds", {})
    return {0: FIRST} | {int(number): name for number, name in named.items()}


def n_chosen(settings: Mapping[str, Any]) -> int:
    """How many rounds of the second phase a run has."""
    return sum(strategy_of(name) == SECOND for name in round_names(settings).values())
