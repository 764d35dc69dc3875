"""Progress bars in the terminal, with the time left."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class TerminalProgress:
    """Draws a bar for each open step on standard error; gone when the step is done.

    Where standard error is not a terminal, nothing is drawn.
    """

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bars = Progress(
            *_columns(), console=console, transient=True, disable=not console.is_terminal
        )

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bars.stop()

    @contextmanager
    def task(self, description: str, total: int | None = None) -> Iterator["TerminalTask"]:
        """Open a bar of ``total`` units; one that only pulses where the length is not known."""
        bar = self._bars.add_task(description, total=total, detail="")
        try:
            yield TerminalTask(self._bars, bar)
        finally:
            self._bars.remove_task(bar)


class TerminalTask:
    """One bar on the screen."""

    def __init__(self, bars: Progress, bar: TaskID) -> None:
        self._bars = bars
        self._bar = bar

    def advance(self, amount: int = 1, detail: str = "") -> None:
        """Move the bar by ``amount`` units and show ``detail`` beside it."""
        self._bars.update(self._bar, advance=amount, detail=detail)


def _columns() -> tuple[ProgressColumn, ...]:
    return (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[detail]}"),
    )
