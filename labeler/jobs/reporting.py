"""From a step's progress to the job's row, and from the row's wishes to the step.

One thread per job writes: heartbeats, and the newest progress at most a few times a second. The
step itself never waits for the database; it hears at its next ``advance`` that it must stop.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, RLock, Thread

from sqlalchemy.exc import SQLAlchemyError

from labeler.exceptions import LabelerError
from labeler.progress import Speed, Task
from labeler.storage import jobs
from labeler.storage.database import Database
from labeler.storage.errors import LeaseLostError, NotFoundError

logger = logging.getLogger(__name__)

_PARTS = 100
"""Of the one bar that stands for several: it counts in percent."""


@dataclass(frozen=True)
class Pace:
    """How often a worker looks and reports.

    Attributes
    ----------
    lease : timedelta
        A worker silent for that long has lost its job.
    heartbeat : float
        Seconds between heartbeats; well under the lease.
    report : float
        Seconds between two writes of progress, at least.
    poll : float
        Seconds between two looks into an empty queue.
    after_error : float
        Seconds until the next look where the database could not be used.
    tells_speed : bool
        Whether what is reported says how fast it goes; a bar in a terminal says so itself.
    """

    lease: timedelta = jobs.LEASE
    heartbeat: float = 5.0
    report: float = 0.5
    poll: float = 0.25
    after_error: float = 2.0
    tells_speed: bool = True


class Interrupted(BaseException):
    """The step must stop. Not an ``Exception``, so that no step swallows it by mistake."""


class Cancelled(Interrupted):
    """The user asked for it."""


class ShutDown(Interrupted):
    """The worker is to end; the job goes back into the queue."""


class LeaseLost(Interrupted):
    """The job belongs to another worker by now."""


@dataclass(frozen=True)
class _State:
    done: int = 0
    total: int | None = None
    message: str = ""
    detail: str = ""


@dataclass(eq=False)
class _Bar:
    """A step that is under way, perhaps inside another."""

    description: str
    total: int | None
    done: int = 0
    detail: str = ""
    speed: Speed | None = None

    @property
    def said(self) -> str:
        """Its own words, and how fast it goes."""
        speed = "" if self.speed is None else self.speed.words(self.done, self.total)
        return " · ".join(filter(None, [self.detail, speed]))

    @property
    def share(self) -> float:
        return min(1.0, self.done / self.total) if self.total else 0.0

    @property
    def place(self) -> str:
        """What a step inside it is part of."""
        if self.total is None:
            return self.description
        return f"{self.description} {min(self.done + 1, self.total)} of {self.total}"


class JobProgress:
    """The ``Progress`` that a handler hands to its steps.

    Also the job's pulse: while the ``with`` block lasts, a thread renews the lease.

    Parameters
    ----------
    database : Database
    held : Lease
    pace : Pace
    shut_down : Event
        Set when the worker is to end.
    """

    def __init__(
        self, database: Database, held: jobs.Lease, pace: Pace, shut_down: Event | None = None
    ) -> None:
        self._database = database
        self._held = held
        self._pace = pace
        self._shut_down = shut_down or Event()
        self._lock = RLock()  # a collected generator ends its bar in whatever thread collects it
        self._bars: list[_Bar] = []
        self._state = _State()
        self._interruption: type[Interrupted] | None = None
        self._has_headway = False
        self._finished = Event()
        self._thread = Thread(target=self._beat, name=f"job-{held.job_id}", daemon=True)

    def __enter__(self) -> "JobProgress":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._finished.set()
        self._thread.join()

    @contextmanager
    def task(self, description: str, total: int | None = None) -> Iterator[Task]:
        """Open a bar; inside another, it is named after its place there and fills that place."""
        self.check()
        bar = _Bar(description, total, speed=Speed() if self._pace.tells_speed else None)
        with self._lock:
            self._bars.append(bar)
            self._state = _shown(self._bars)
        try:
            yield _JobTask(self, bar)
        finally:
            with self._lock:
                bar.done = bar.total or bar.done
                # Shown until the next thing happens: the bar around it has not moved on yet.
                self._state = _shown(self._bars)
                self._bars.remove(bar)

    def advance(self, bar: _Bar, amount: int, detail: str) -> None:
        with self._lock:
            bar.done += amount
            if bar.speed is not None:
                bar.speed.note(bar.done)
            bar.detail = detail or bar.detail
            self._state = _shown(self._bars)
        self.check()

    def made_headway(self) -> None:
        """This try has done something for good that none before it did: it counts as the first."""
        self._has_headway = True

    def check(self) -> None:
        """Raise ``Cancelled``, ``ShutDown`` or ``LeaseLost`` if the step must stop."""
        if self._interruption is not None:
            raise self._interruption
        if self._shut_down.is_set():
            raise ShutDown

    def _beat(self) -> None:
        written = _State()
        since_heartbeat = 0.0
        while not self._finished.wait(self._pace.report):
            since_heartbeat += self._pace.report
            with self._lock:
                state = self._state
            if state != written or since_heartbeat >= self._pace.heartbeat:
                self._write(state)
                written, since_heartbeat = state, 0.0

    def _write(self, state: _State) -> None:
        has_headway, self._has_headway = self._has_headway, False
        try:
            with self._database.writing() as session:
                must_stop = jobs.heartbeat(
                    session,
                    self._held,
                    lease=self._pace.lease,
                    done=state.done,
                    total=state.total,
                    message=state.message,
                    detail=state.detail,
                    has_headway=has_headway,
                )
        except (LeaseLostError, NotFoundError):
            self._interruption = LeaseLost
        except (LabelerError, SQLAlchemyError):
            logger.warning("job %d: a heartbeat had to be left out", self._held.job_id)
        else:
            self._interruption = Cancelled if must_stop else self._interruption


class _JobTask:
    def __init__(self, progress: JobProgress, bar: _Bar) -> None:
        self._progress = progress
        self._bar = bar

    def advance(self, amount: int = 1, detail: str = "") -> None:
        self._progress.advance(self._bar, amount, detail)


def _shown(bars: Sequence[_Bar]) -> _State:
    """One bar as it is; several as one, in which each fills its part of the one around it."""
    *around, last = bars
    message = " · ".join([*(bar.place for bar in around), last.description])
    if not around:
        return _State(last.done, last.total, message, last.said)
    counted = [bar for bar in bars if bar.total]
    if not counted:
        return _State(message=message, detail=last.said)
    share, width = 0.0, 1.0
    for bar in counted:
        share += width * bar.share
        width /= bar.total or 1
    return _State(round(_PARTS * min(1.0, share)), _PARTS, message, last.said)
