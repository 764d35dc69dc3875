"""The rounds of questions, and what chose each: names that front ends may ask for lightly."""

from collections.abc import Mapping
from typing import Any

from labeler.plugins import LATER, Plan, of_phase


def later_round(plan: Plan, number: int) -> str:
    """The name of a round of the second phase, counted from 0; also of its random numbers."""
    return f"{plan.later}" if number == 0 else f"{plan.later} {number + 1}"


def strategy_of(name: str | None) -> str | None:
    """What chose the questions of the round of that name, in words that do not count rounds."""
    return name.partition(" ")[0] if name is not None and _is_later(name) else name


def round_names(plan: Plan, settings: Mapping[str, Any]) -> dict[int, str]:
    """The name of each round of a run, by its number."""
    named = settings.get("rounds", {})
    return {0: plan.first} | {int(number): name for number, name in named.items()}


def n_chosen(settings: Mapping[str, Any]) -> int:
    """How many rounds of the second phase a run has."""
    return sum(_is_later(name) for name in settings.get("rounds", {}).values())


def _is_later(name: str) -> bool:
    return name.partition(" ")[0] in of_phase(LATER)
