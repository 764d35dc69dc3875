"""Progress in the terminal: bars with rate and time left, and lines where nobody can see bars."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
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
)
from rich.progress import Task as Bar

from labeler.progress import Speed

SECONDS_BETWEEN_LINES = 30.0


class TerminalProgress:
    """Draws a bar for each open step on standard error; gone when the step is done.

    Where standard error is not a terminal, a line is written there every half a minute.

    Parameters
    ----------
    pause : float
        Seconds between two such lines.
    """

    def __init__(self, pause: float = SECONDS_BETWEEN_LINES) -> None:
        console = Console(stderr=True)
        self._bars = Progress(
            *_columns(), console=console, transient=True, disable=not console.is_terminal
        )
        self._lines = None if console.is_terminal else _Lines(self._bars, pause)

    def __enter__(self) -> Self:
        self._bars.start()
        if self._lines is not None:
            self._lines.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._lines is not None:
            self._lines.stop()
        self._bars.stop()

    @contextmanager
    def task(self, description: str, total: int | None = None) -> Iterator["TerminalTask"]:
        """Open a bar of ``total`` units; one that only pulses where the length is not known."""
        bar = self._bars.add_task(description, total=total, detail="", pace=Speed())
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


class _Lines(Thread):
    """Says every now and then how far the innermost step is."""

    def __init__(self, bars: Progress, pause: float) -> None:
        super().__init__(name="progress", daemon=True)
        self._bars = bars
        self._pause = pause
        self._over = Event()

    def run(self) -> None:
        while not self._over.wait(self._pause):
            bars = self._bars.tasks
            if bars:
                sys.stderr.write(f"{_line(bars[-1])}\n")
                sys.stderr.flush()

    def stop(self) -> None:
        self._over.set()
        self.join()


def _line(bar: Bar) -> str:
    of = "" if bar.total is None else f" of {int(bar.total):,}"
    far = f"{int(bar.completed):,}{of}" if bar.completed or of else ""
    told = (far, _pace(bar), str(bar.fields["detail"]))
    return ": ".join(filter(None, [bar.description, ", ".join(filter(None, told))]))


def _pace(bar: Bar) -> str:
    speed: Speed = bar.fields["pace"]
    total = None if bar.total is None else int(bar.total)
    speed.note(int(bar.completed))
    return speed.words(int(bar.completed), total)


class _PaceColumn(ProgressColumn):
    """How fast it goes, and how long it takes yet."""

    def render(self, task: Bar) -> str:
        return _pace(task)


def _columns() -> tuple[ProgressColumn, ...]:
    return (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        _PaceColumn(),
        TextColumn("{task.fields[detail]}"),
    )
