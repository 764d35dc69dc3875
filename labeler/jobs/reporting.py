"""From a step's progress to the job's row, and from the row's wishes to the step.

One thread per job writes: heartbeats, and the newest progress at most a few times a second. The
step itself never waits for the database; it hears at its next ``advance`` that it must stop.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Event, Lock, Thread

from sqlalchemy.exc import SQLAlchemyError

from labeler.progress import Task
from labeler.storage import jobs
from labeler.storage.database import Database
from labeler.storage.errors import BusyError, LeaseLostError, NotFoundError

logger = logging.getLogger(__name__)


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
    """

    lease: timedelta = jobs.LEASE
    heartbeat: float = 5.0
    report: float = 0.5
    poll: float = 0.25


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
        self._lock = Lock()
        self._state = _State()
        self._interruption: type[Interrupted] | None = None
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
        """Open a bar; the one opened last is what the user sees."""
        self.check()
        with self._lock:
            before = self._state
            self._state = _State(total=total, message=description)
        yield _JobTask(self)
        with self._lock:
            self._state = replace(self._state, done=self._state.total or self._state.done)
            if before.total is not None and before.done < before.total:
                self._state = before

    def advance(self, amount: int, detail: str) -> None:
        with self._lock:
            done = self._state.done + amount
            self._state = replace(self._state, done=done, detail=detail or self._state.detail)
        self.check()

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
                )
        except (LeaseLostError, NotFoundError):
            self._interruption = LeaseLost
        except (BusyError, SQLAlchemyError):
            logger.warning("job %d: a heartbeat had to be left out", self._held.job_id)
        else:
            self._interruption = Cancelled if must_stop else self._interruption


class _JobTask:
    def __init__(self, progress: JobProgress) -> None:
        self._progress = progress

    def advance(self, amount: int = 1, detail: str = "") -> None:
        self._progress.advance(amount, detail)
