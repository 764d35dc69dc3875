"""When an answer was given, as a file of labels says it."""

from collections.abc import Iterator
from datetime import UTC, datetime

from labeler.formats.reading.values import shown

_EXAMPLES = 3


def moment(value: object) -> datetime | None:
    """A moment in ISO 8601, as UTC without a zone of its own; None for what is no such text.

    Where the text gives no zone, UTC is meant.
    """
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value.strip())
        return (parsed if parsed.tzinfo is None else parsed.astimezone(UTC)).replace(tzinfo=None)
    except (ValueError, OverflowError):  # the first and the last day of the calendar, elsewhere
        return None


class Times:
    """Reads the times of a file, and keeps in mind those that it could not read."""

    def __init__(self) -> None:
        self._n_unreadable = 0
        self._examples: list[str] = []

    def read(self, value: object) -> datetime | None:
        """As ``moment``; nothing for a cell that is empty."""
        if value is None or value == "":
            return None
        parsed = moment(value)
        if parsed is None:
            self._n_unreadable += 1
            if len(self._examples) < _EXAMPLES:
                self._examples.append(shown(value))
        return parsed

    def notes(self) -> Iterator[str]:
        """What became of the times that could not be read."""
        if self._n_unreadable:
            yield (
                f"{self._n_unreadable:,} labels with a time that is not in ISO 8601 "
                f"({', '.join(self._examples)}): the time is left out"
            )
