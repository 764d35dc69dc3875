"""Keeps one worker process alive for as long as its own process lives."""

import logging
import os
import secrets
import sys
import time
from contextlib import suppress
from threading import Event, Thread

from sqlalchemy.exc import SQLAlchemyError

from labeler.exceptions import LabelerError
from labeler.sandbox.children import PIPE, Child, start_python
from labeler.storage import jobs
from labeler.storage.database import Database
from labeler.storage.engine import DATABASE_FILE, file_url

logger = logging.getLogger(__name__)

_STOP_SECONDS = 8.0
"""What a container is given is 10; there is a row to write afterwards."""
_SHORTEST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
_LONG_LIFE_SECONDS = 60.0


class Supervisor:
    """Starts the worker, restarts it when it dies, stops it in the end.

    Parameters
    ----------
    database : Database
        The parent's; the worker opens the same one for itself.
    handlers : str
        Where the registry is: ``"package.module:HANDLERS"``. The worker's process imports it, so
        that heavy libraries are never loaded into the parent.
    """

    def __init__(self, database: Database, handlers: str) -> None:
        self._database = database
        self._handlers = handlers
        self._stopping = Event()
        self._process: Child | None = None
        self._has_cut = False
        self._thread = Thread(target=self._keep_alive, name="supervisor", daemon=True)

    def start(self) -> None:
        """Start the worker, and a thread that watches over it."""
        self._thread.start()

    def stop(self) -> None:
        """End the worker: politely, then by force. A job under way goes back into the queue."""
        self._stopping.set()
        if self._process is not None:
            _ask_to_end(self._process)
        self._thread.join(_STOP_SECONDS)
        process = self._process
        if process is not None and process.poll() is None:
            self._has_cut = True
            process.kill()
        self._thread.join()

    @property
    def pid(self) -> int | None:
        """The process id of the worker of the moment."""
        return None if self._process is None else self._process.pid

    def _keep_alive(self) -> None:
        pause = _SHORTEST_PAUSE
        while not self._stopping.is_set():
            started = time.monotonic()
            status = self._run_worker(secrets.token_hex(8))
            if not self._stopping.is_set():
                logger.warning("the worker ended with status %d; starting another", status)
                lived_long = time.monotonic() - started > _LONG_LIFE_SECONDS
                pause = _SHORTEST_PAUSE if lived_long else min(2 * pause, _LONGEST_PAUSE)
                self._stopping.wait(pause)

    def _run_worker(self, name: str) -> int:
        with self._spawn(name) as process:
            self._process = process
            if self._stopping.is_set():
                _ask_to_end(process)
            status = process.wait()
        # What ended in order is not held against the job.
        let_go = jobs.hand_back if status == 0 or self._has_cut else jobs.abandon
        try:
            self._database.write(lambda session: let_go(session, name))
        except (LabelerError, SQLAlchemyError):
            logger.warning("what the dead worker held waits for its lease to end", exc_info=True)
        return status

    def _spawn(self, name: str) -> Child:
        """The worker; it holds the other end of a pipe that closes when this process ends."""
        arguments = (self._handlers, str(self._database.instance), name)
        return start_python("labeler.jobs", *arguments, stdin=PIPE, environment=self._environment())

    def _environment(self) -> dict[str, str]:
        """With the same database; its address may hold a password, and arguments are public."""
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        url = self._database.engine.url
        if url != file_url(self._database.instance / DATABASE_FILE):
            environment["DATABASE_URL"] = url.render_as_string(hide_password=False)
        return environment


def _ask_to_end(process: Child) -> None:
    """By a byte, which is heard in the midst of a long step, and by a signal, which is quicker."""
    with suppress(OSError, ValueError):  # it has ended by itself
        os.write(process.stdin.fileno(), b".")  # type: ignore[union-attr]
    if sys.platform != "win32":  # where it would be killed at once
        process.terminate()
