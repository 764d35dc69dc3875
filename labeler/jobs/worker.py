"""The loop that turns queued rows into delivered ones.

A handler computes, writes what is large as artefacts, and returns the function that writes its
rows. That function runs in the same transaction that ends the job, after the lease was checked:
whatever happens, the rows are there exactly once or not at all. What the handler did before it is
done again when a worker dies, so it must be idempotent; artefacts, named by content, are.
"""

import logging
import secrets
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from labeler.exceptions import LabelerError, NoRoomError
from labeler.files import is_full
from labeler.jobs.reporting import Cancelled, JobProgress, LeaseLost, Pace, ShutDown
from labeler.storage import jobs
from labeler.storage.database import Database
from labeler.storage.errors import (
    BusyError,
    LeaseLostError,
    NotFoundError,
    UnreachableError,
    UnusableError,
)
from labeler.storage.folder.instance import dead_workers, presence
from labeler.storage.rows import Job

logger = logging.getLogger(__name__)

Delivery = Callable[[Session], Mapping[str, Any] | None]
"""Writes the rows a job is for; what it returns becomes the job's ``result``."""


@dataclass(frozen=True)
class Context:
    """What a handler is given.

    Attributes
    ----------
    job : Job
        With ``inputs`` and ``run_id``.
    database : Database
        For short readings, and for artefacts; rows are written by the delivery.
    progress : JobProgress
        To be handed to the steps.
    """

    job: Job
    database: Database
    progress: JobProgress


Handler = Callable[[Context], Delivery | None]
"""Does one kind of job."""


class Worker:
    """Takes up jobs, one at a time.

    Parameters
    ----------
    database : Database
    handlers : mapping of str to Handler
        By kind.
    name : str, optional
        Who holds the lease; unique among workers.
    pace : Pace
    patient : bool
        Whether to wait until a full disk has room again; else ``run`` raises.
    idle : callable
        Called when the queue is empty, before the worker waits.

    Attributes
    ----------
    failure : tuple of int and Exception, or None
        The last job that failed, by id, and why.
    """

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        *,
        name: str | None = None,
        pace: Pace | None = None,
        patient: bool = True,
        idle: Callable[[], None] = lambda: None,
    ) -> None:
        self.database = database
        self.handlers = handlers
        self.name = name or secrets.token_hex(8)
        self.pace = pace or Pace()
        self.patient = patient
        self.idle = idle
        self.failure: tuple[int, Exception] | None = None
        self.shut_down = Event()

    def run(self) -> None:
        """Work until ``shut_down`` is set."""
        with presence(self.database.instance, self.name):
            self._bury_the_dead()
            self._run()

    def _run(self) -> None:
        while not self.shut_down.is_set():
            try:
                worked = self.run_one()
                if not worked:
                    self.idle()
                pause = self.pace.poll
            except (LabelerError, SQLAlchemyError) as error:
                if not self.patient and isinstance(error, NoRoomError):
                    raise
                logger.warning("the database cannot be used now; trying again: %s", error)
                is_busy = isinstance(error, BusyError)
                worked, pause = False, self.pace.poll if is_busy else self.pace.after_error
            if not worked:
                self.shut_down.wait(pause)

    def _bury_the_dead(self) -> None:
        """Let go of what killed workers held, so that nobody waits for their leases to end."""
        for name in dead_workers(self.database.instance):
            with suppress(LabelerError, SQLAlchemyError):
                self.database.write(partial(jobs.abandon, worker=name))

    def run_one(self) -> bool:
        """Take up one job and bring it to an end; False if there is none."""
        with self.database.reading() as session:  # cheap, and leaves writers alone
            if not jobs.list_active(session):
                return False
        job = self.database.write(lambda s: jobs.claim(s, self.name, lease=self.pace.lease))
        if job is None or job.token is None:
            return False
        try:
            self._work(job, jobs.Lease(job.id, job.token))
        except (LeaseLostError, NotFoundError, LeaseLost):
            logger.warning("job %d was taken over by another worker", job.id)
        return True

    def _work(self, job: Job, held: jobs.Lease) -> None:
        write = self.database.write
        try:
            delivery = self._handle(job, held)
            write(lambda session: self._deliver(session, held, delivery))
        except Cancelled:
            write(lambda session: jobs.stop(session, held))
        except ShutDown:
            write(lambda session: jobs.give_back(session, held))
        except (LeaseLostError, BusyError, UnreachableError, UnusableError, SQLAlchemyError):
            raise  # the database is at fault: the lease ends, and the job is tried again
        except Exception as error:  # noqa: BLE001 - one job's defect must not end the others
            reason = self._reason(job, error)
            write(lambda session: jobs.fail(session, held, reason))

    def _reason(self, job: Job, error: Exception) -> str:
        """Why the job failed, for its user."""
        if isinstance(error, OSError) and is_full(error):
            error = NoRoomError()
        self.failure = (job.id, error)
        if isinstance(error, LabelerError):
            return str(error)
        logger.error("job %d (%s) failed", job.id, job.kind, exc_info=error)
        return f"A defect of Labeler: {_named(error)}"

    def _handle(self, job: Job, held: jobs.Lease) -> Delivery | None:
        handler = self.handlers.get(job.kind)
        if handler is None:
            raise LabelerError(f"This Labeler has no job of kind {job.kind!r}.")
        with JobProgress(self.database, held, self.pace, self.shut_down) as progress:
            return handler(Context(job, self.database, progress))

    def _deliver(self, session: Session, held: jobs.Lease, delivery: Delivery | None) -> None:
        jobs.check(session, held)
        result = delivery(session) if delivery else None
        jobs.finish(session, held, result)


def _named(error: Exception) -> str:
    """What is told of a defect: no path of this machine, which an error of the system has."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{type(error).__name__}: {error.strerror}"
    return traceback.format_exception_only(error)[-1].strip()
