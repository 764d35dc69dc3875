"""Several small k-means runs side by side.

scikit-learn's own threads work on one run at a time and wait for each other after each chunk of
rows; for runs of a few milliseconds the waiting is most of the time. One thread for each run is
several times faster.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_threads(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """``map(function, items)``, one thread for each processor and one processor for each item.

    Abandoned half-way (an error, Ctrl+C), what was not begun is not begun.
    """

    def alone(item: Item) -> Result:
        # OpenMP keeps its number of threads by thread: it must be said in each.
        with _controller().limit(limits=1, user_api="openmp"):
            return function(item)

    executor = ThreadPoolExecutor(_n_processors())
    try:
        with one_thread():
            yield from executor.map(alone, items)
    finally:
        executor.shutdown(cancel_futures=True)


def one_thread() -> AbstractContextManager[Any]:
    """Within the block, libraries called from this thread use no threads of their own."""
    limit: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limit


@cache
def _controller() -> ThreadpoolController:
    """Finding the libraries takes longer than a small run."""
    import sklearn.cluster  # noqa: F401  (brings the libraries that are to be found)

    return ThreadpoolController()


def _n_processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1
