"""Threads, by one rule: the figures must not depend on how many there are.

A sum of floating-point numbers depends on its order, and libraries (BLAS, OpenMP, TensorFlow) cut
their sums by the number of their threads. A last digit that differs can turn a choice, and a choice
turns all that follow. So whatever computes runs under ``one_thread``, and several cores are used
by ``workers``, ``in_threads`` and ``in_blocks`` alone: whole pieces of work, cut the same way on
every machine and put together in their order. For small pieces that is faster, too: threads inside
of a library mostly wait for each other.

What remains is the kernel that a library chooses by the kind of processor: see ``kernels``.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import RLock
from typing import Any, Protocol, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

Item = TypeVar("Item")
Result = TypeVar("Result")


class Map(Protocol):
    """Python's ``map``, or what works like it."""

    def __call__(
        self, function: Callable[[Item], Result], items: Iterable[Item], /
    ) -> Iterator[Result]: ...


@contextmanager
def workers(most: int | None = None) -> Iterator[Map]:
    """A ``map`` with one thread for each processor and one processor for each item.

    For round after round of small pieces of work. Abandoned half-way (an error, Ctrl+C), what was
    not begun is not begun.

    Parameters
    ----------
    most : int, optional
        Pieces in a round; a single one needs no other thread.
    """
    if most == 1:
        with one_thread():
            yield map
        return
    executor = ThreadPoolExecutor(n_processors(), initializer=_one_openmp_thread)
    try:
        with one_thread():
            yield executor.map
    finally:
        executor.shutdown(cancel_futures=True)


def in_threads(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """``map(function, items)`` by ``workers``."""
    with workers() as in_order:
        yield from in_order(function, items)


def in_blocks(
    function: Callable[[np.ndarray], np.ndarray], array: np.ndarray, size: int
) -> Iterator[np.ndarray]:
    """``function`` of each ``size`` rows of ``array``, in order, on every core."""
    blocks = (array[start : start + size] for start in range(0, len(array), size))
    return in_threads(function, blocks)


@contextmanager
def one_thread() -> Iterator[None]:
    """Within the block, or the function it decorates, libraries use no threads of their own.

    May be nested, and entered by several threads at once.
    """
    # OpenMP keeps its number of threads by thread, BLAS one for all.
    with _one_blas_thread(), _libraries("openmp").limit(limits=1):
        yield


def _one_openmp_thread() -> None:
    """For as long as the thread lives that says so."""
    _libraries("openmp").limit(limits=1)


def n_processors() -> int:
    """Processors that this process may use; ``OMP_NUM_THREADS`` can ask for fewer."""
    try:
        available = len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        available = os.cpu_count() or 1
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return min(available, int(asked)) if asked.isdecimal() and int(asked) else available


def kernels() -> tuple[str, ...]:
    """What last digits do depend on: the BLAS libraries, each as name, version and kernel."""
    texts = {
        " ".join(str(library.get(key)) for key in ("internal_api", "version", "architecture"))
        for library in _libraries("blas").info()
    }
    return tuple(sorted(texts))


@contextmanager
def _one_blas_thread() -> Iterator[None]:
    _blas.enter()
    try:
        yield
    finally:
        _blas.leave()


class _BlasLimit:
    """One thread for BLAS while any block is under way; the last to leave undoes it.

    A block that was abandoned is left when Python collects it, which may be anywhere in here, too:
    so the lock lets its own thread pass, and a block counts before all else.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._n_blocks = 0
        self._first: Any = None

    def enter(self) -> None:
        with self._lock:
            self._n_blocks += 1
            _take_control()
            limit = _libraries("blas").limit(limits=1)  # again: others may have changed it since
            self._first = self._first or limit

    def leave(self) -> None:
        with self._lock:
            self._n_blocks -= 1
            if self._n_blocks or self._first is None:
                return
            first, self._first = self._first, None
            _take_control()
            first.restore_original_limits()
            _take_control()


_blas = _BlasLimit()


def _take_control() -> None:
    """Let this thread set the number; held with the lock, so that no two threads contend.

    Newer threadpoolctl (3.8 here) heeds the first thread alone, and ignores all others in silence.
    """
    for library in _libraries("blas").lib_controllers:
        if hasattr(library, "clear_controlling_thread"):
            library.clear_controlling_thread(force=True)


@cache
def _libraries(user_api: str) -> ThreadpoolController:
    """Those of one kind alone: a limit that ends puts back all libraries that it knows.

    Finding them takes longer than a small run.
    """
    import sklearn.cluster  # noqa: F401  (brings the libraries that are to be found)

    return ThreadpoolController().select(user_api=user_api)
