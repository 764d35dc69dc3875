"""Several decoding children at work: a batch goes to the one that is free first.

Each child has a thread of its own, which alone sends to it and reads from it. Whoever hands out
batches hears of each image as soon as it is done, in no order. Closing kills the children, which
ends whatever their threads wait for.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from threading import Thread, current_thread
from typing import NamedTuple

from labeler.exceptions import InputError
from labeler.imaging.decoding.process import BROKEN, DecodingProcess
from labeler.imaging.decoding.replies import Outcome

MOST = 8
"""Children, however many cores there are: each takes memory of its own."""

MAX_BROKEN = 10
"""Files of one data set that may each break the process that decodes them."""


class ImageFile(NamedTuple):
    """One file to be decoded: its place among all, what to call it, its content."""

    place: int
    source: str
    data: bytes


Decoded = tuple[int, Outcome]
"""A file's place, and what became of it."""

_Batch = Sequence[ImageFile]
_Report = Decoded | BaseException | None
"""Of one image; that a thread gave up; that a batch is done."""


class Crew:
    """As many decoding children as there are cores, started as there is work for them.

    Parameters
    ----------
    new_process : callable
        Gives a child that is not started yet.
    most : int, optional
        Children; by default one for each core, and no more than ``MOST``.
    """

    def __init__(self, new_process: Callable[[], DecodingProcess], most: int | None = None) -> None:
        self._new_process = new_process
        self._most = most or min(MOST, _count_cores())
        self._members: list[_Member] = []
        self._work: SimpleQueue[_Batch | None] = SimpleQueue()
        self._reports: SimpleQueue[_Report] = SimpleQueue()
        self._n_out = 0
        self._n_broken = 0

    def hand_out(self, batch: _Batch) -> Iterator[Decoded]:
        """Give a batch to whoever is free, and hear what is done by now.

        Waits only while every child has a batch beside the one it is at, so that memory is bounded.

        Raises
        ------
        LabelerError
            A child could not be started.
        InputError
            IMG-5 where too many files broke their child.
        """
        if len(self._members) <= self._n_out and len(self._members) < self._most:
            self._members.append(_Member(self._new_process(), self._work, self._reports))
        self._work.put(batch)
        self._n_out += 1
        while self._n_out >= 2 * self._most or not self._reports.empty():
            yield from self._hear()

    def rest(self) -> Iterator[Decoded]:
        """Hear of all that was handed out; raises as ``hand_out``."""
        while self._n_out:
            yield from self._hear()

    def close(self) -> None:
        """End all children at once, whatever they are doing."""
        for member in self._members:
            member.process.kill()
            self._work.put(None)
        for member in self._members:
            if member is not current_thread():  # a generator may be closed in any thread
                member.join()

    def _hear(self) -> Iterator[Decoded]:
        report = self._reports.get()
        if report is None:
            self._n_out -= 1
        elif isinstance(report, BaseException):
            raise report
        else:
            self._count_broken(report[1])
            yield report

    def _count_broken(self, outcome: Outcome) -> None:
        self._n_broken += _is_broken(outcome)
        if self._n_broken > MAX_BROKEN and isinstance(outcome, InputError):
            raise outcome


class _Member(Thread):
    """One child and the thread that talks with it."""

    def __init__(
        self,
        process: DecodingProcess,
        work: SimpleQueue[_Batch | None],
        reports: SimpleQueue[_Report],
    ) -> None:
        super().__init__(name="decoding", daemon=True)
        self.process = process
        self._work = work
        self._reports = reports
        self.start()

    def run(self) -> None:
        """Decode batch after batch, until there is none."""
        try:
            while (batch := self._work.get()) is not None:
                self._decode(batch)
                self._reports.put(None)
        except BaseException as error:  # noqa: BLE001 - raised again where the images are waited for
            self._reports.put(error)
        finally:
            self.process.close()

    def _decode(self, batch: _Batch) -> None:
        """All files of a batch; those behind one that breaks the child are sent to the next."""
        while batch:
            self.process.send([file.data for file in batch])
            n_done = 0
            is_broken = False
            while n_done < len(batch) and not is_broken:
                file = batch[n_done]
                outcome = self.process.receive(file.source)
                self._reports.put((file.place, outcome))
                n_done += 1
                is_broken = _is_broken(outcome)
            batch = batch[n_done:]
            if is_broken:
                self.process.close()


def _is_broken(outcome: Outcome) -> bool:
    return isinstance(outcome, InputError) and outcome.code == BROKEN


def _count_cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
