"""How a long step says how far it is, without knowing who listens.

A step calls ``track`` around its loop, or opens a task and advances it. The terminal draws a bar
with the time left; without a listener, nothing happens.
"""

from collections.abc import Iterable, Iterator, Sized
from contextlib import AbstractContextManager, contextmanager
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
