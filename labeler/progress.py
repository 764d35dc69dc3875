"""How a long step says how far it is, without knowing who listens.

A step calls ``track`` around its loop, or opens a task and advances it. The terminal draws a bar
with the time left; without a listener, nothing happens.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Task(Protocol):
    """One bar: a step that is under way."""

    def advance(self, amount: int = 1, detail: str = "") -> None:
        """Add ``amount`` units of finished work; ``detail`` is shown beside the bar."""


class Progress(Protocol):
    """Somebody who wants to know how far the work is."""

    def task(self, description: str, total: int | None = None) -> AbstractContextManager[Task]:
        """Open a bar of ``total`` units; ``None`` where the length is not known."""


class _SilentTask:
    def advance(self, amount: int = 1, detail: str = "") -> None:
        pass


class SilentProgress:
    """Tells nobody: the default of every step."""

    @contextmanager
    def task(self, description: str, total: int | None = None) -> Iterator[Task]:
        yield _SilentTask()


SILENT = SilentProgress()


@dataclass(frozen=True)
class CalledOtherwise:
    """Tells somebody the same, but calls something as they do.

    Attributes
    ----------
    progress : Progress
    name, known_as : str
        What steps call it, as an upload's path in a folder of ours; and its user, as its file name.
    """

    progress: Progress
    name: str
    known_as: str

    def task(self, description: str, total: int | None = None) -> AbstractContextManager[Task]:
        """Open a bar."""
        return self.progress.task(description.replace(self.name, self.known_as), total)


class Speed:
    """How fast a step goes of late, and how long it takes yet.

    Of late, since what a journal knows already goes by in no time; and since the first units are
    done, which come late where processes have to be started first.

    Parameters
    ----------
    clock : callable
        Gives seconds.
    """

    OF_LATE = 30.0
    """Seconds that are looked back on."""

    _LEAST = 5.0
    """Seconds before which nothing is said: it would be a guess."""

    _FEWEST = 10
    """Units before which nothing is said, unless they take very long."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, done: int) -> None:
        """So many units are done by now."""
        moment = self._clock()
        if not self._seen:
            self._seen.extend([(moment, done)] if done else [])
        elif moment - self._seen[-1][0] >= 1.0:
            self._seen.append((moment, done))
        while len(self._seen) > 2 and moment - self._seen[1][0] > self.OF_LATE:
            self._seen.popleft()

    def words(self, done: int, total: int | None) -> str:
        """Such as ``38 a second, 21 min left``; nothing where that is not known yet."""
        since, before = self._seen[0] if self._seen else (self._clock(), done)
        duration, n_done = self._clock() - since, done - before
        is_few = n_done < self._FEWEST and duration < self.OF_LATE
        if duration < self._LEAST or is_few or not n_done:
            return ""
        rate = n_done / duration
        if total is None or total <= done:
            return rate_words(rate)
        return f"{rate_words(rate)}, {duration_words((total - done) / rate)} left"


def rate_words(rate: float) -> str:
    """Units a second: ``3.4 a second``, ``12 a minute``."""
    number, unit = (rate, "second") if rate >= 1 else (rate * 60, "minute")
    return f"{number:,.{0 if number >= 10 else 1}f} a {unit}"


def duration_words(seconds: float) -> str:
    """``40 s``, ``21 min``, ``2 h 05 min``: as exact as a guess can be."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def track(
    items: Iterable[Item], progress: Progress, description: str, total: int | None = None
) -> Iterator[Item]:
    """Yield ``items`` one by one, advancing a bar after each.

    Parameters
    ----------
    items : iterable
    progress : Progress
    description : str
        What the user reads beside the bar.
    total : int, optional
        Number of items, where it cannot be asked with ``len``.
    """
    if total is None and isinstance(items, Sized):
        total = len(items)
    with progress.task(description, total) as task:
        for item in items:
            yield item
            task.advance()
