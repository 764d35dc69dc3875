"""Whose answers from a file are: told apart in a run, and called in exports as in the file."""

SUFFIX = " (imported)"
"""Behind the annotator of an answer from a file: undoing one's own answers stops before it."""

_LONGEST = 150


def recorded_name(annotator: str) -> str:
    """What an annotator that a file names is called in the run."""
    name = (own_name(annotator) or "")[:_LONGEST].strip()
    return f"{name}{SUFFIX}" if name else SUFFIX.strip()


def own_name(recorded: str) -> str | None:
    """What an annotator of the run is called in a file; None for one of whom nothing is known."""
    return recorded.strip().removesuffix(SUFFIX.strip()).strip() or None
