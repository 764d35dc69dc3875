"""The rounds of questions, and what chose each: names that front ends may ask for lightly."""

from labeler.plugins import LATER, Plan, of_phase

NEW_IN_KIND = "new-in-kind"
"""What rounds are called that are about added images alone: a run of one phase has no others."""


def later_round(plan: Plan, number: int) -> str:
    """The name of a round after the first phase, counted from 0; also of its random numbers."""
    name = plan.later or NEW_IN_KIND
    return name if number == 0 else f"{name} {number + 1}"


def strategy_of(name: str | None) -> str | None:
    """What chose the questions of the round of that name, in words that do not count rounds."""
    return name.partition(" ")[0] if name is not None and _is_later(name) else name


def name_of_round(plan: Plan, number: int, name: str | None) -> str | None:
    """What a round is called: the first has no name of its own."""
    return plan.first if number == 0 and name is None else name


def _is_later(name: str) -> bool:
    return name.partition(" ")[0] in {*of_phase(LATER), NEW_IN_KIND}
