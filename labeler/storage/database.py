"""One open database: its session scopes, its artefacts, its clock."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from labeler.locations import instance_folder
from labeler.storage.artefacts import ArtefactStore
from labeler.storage.engine import (
    ACCESS,
    choose_journal_mode,
    database_url,
    is_busy,
    is_retryable,
    is_sqlite,
    make_engine,
)
from labeler.storage.errors import BusyError
from labeler.storage.migrations.upgrade import upgrade

Clock = Callable[[], datetime]
Value = TypeVar("Value")

RETRIES = 3
_WRITER_WAIT_SECONDS = 10.0


def utc_now() -> datetime:
    return datetime.now(UTC)


class Database:
    """An open database.

    A session of ``reading()`` or ``writing()`` is one transaction in one thread; pass it to the
    verbs of the repositories and let it go. Do not nest scopes.

    Parameters
    ----------
    engine : Engine
    instance : Path
        The folder of artefacts and backups.
    clock : callable
        Gives the time, in UTC; the one clock of every row.

    Attributes
    ----------
    artefacts : ArtefactStore
    """

    def __init__(self, engine: Engine, instance: Path, clock: Clock = utc_now) -> None:
        self.engine = engine
        self.instance = instance
        self.clock = clock
        self.artefacts = ArtefactStore(instance / "artefacts")
        # Writers of one process queue up here: waiting in SQLite is polling, and unfair.
        self._writer = Lock() if is_sqlite(engine) else None
        self._read_engine = engine.execution_options(**_reader_options(engine))
        self._write_engine = engine.execution_options(**{ACCESS: "write"})

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that sees one snapshot and cannot write."""
        with self._translated(), self._session(self._read_engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that is on disk when the block ends, or leaves nothing if it raises.

        Raises
        ------
        BusyError
            Another writer held the database too long.
        """
        with self._translated(), self._write_turn(), self._session(self._write_engine) as session:
            yield session
            session.commit()

    def write(self, work: Callable[[Session], Value]) -> Value:
        """``work(session)`` in a ``writing()`` scope, again where PostgreSQL asks for a retry.

        Raises
        ------
        BusyError
            Another writer held the database too long, or the retries ran out.
        """
        for attempt in range(RETRIES):
            try:
                with self.writing() as session:
                    return work(session)
            except BusyError as error:
                cause = error.__cause__
                if not (isinstance(cause, OperationalError) and is_retryable(cause)):
                    raise
                time.sleep(0.02 * 2**attempt)
        with self.writing() as session:
            return work(session)

    def close(self) -> None:
        self.engine.dispose()

    def _session(self, engine: Engine) -> Session:
        return Session(engine, expire_on_commit=False, info={"clock": self.clock})

    @contextmanager
    def _write_turn(self) -> Iterator[None]:
        if self._writer is None:
            yield
            return
        if not self._writer.acquire(timeout=_WRITER_WAIT_SECONDS):
            raise BusyError("Another writer holds the database; try again.")
        try:
            yield
        finally:
            self._writer.release()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            if is_busy(error):
                raise BusyError("Another writer holds the database; try again.") from error
            raise


def database_exists(instance: Path | None = None, url: str | None = None) -> bool:
    """Whether there is something to be opened; a server is asked when it is.

    Raises
    ------
    ConfigError
        The URL is not one of ours.
    """
    found = database_url(instance or instance_folder(), url)
    return found.get_backend_name() != "sqlite" or Path(str(found.database)).is_file()


def open_database(
    instance: Path | None = None, url: str | None = None, *, clock: Clock = utc_now
) -> Database:
    """Open the database, made or brought up to date where necessary.

    Parameters
    ----------
    instance : Path, optional
        The folder of Labeler's own files; created if missing.
    url : str, optional
        SQLite or PostgreSQL; by default ``DATABASE_URL``, else a file in ``instance``.
    clock : callable, optional

    Raises
    ------
    ConfigError
        The URL is not one of ours, or its driver is not installed.
    SchemaError
        The database was written by a newer Labeler, or its upgrade failed (the old file stays
        usable).
    """
    instance = instance or instance_folder()
    instance.mkdir(parents=True, exist_ok=True)
    engine = make_engine(database_url(instance, url))
    if is_sqlite(engine):
        choose_journal_mode(engine)
    upgrade(engine, backups=instance / "backups")
    return Database(engine, instance, clock)


def _reader_options(engine: Engine) -> dict[str, object]:
    if is_sqlite(engine):
        return {ACCESS: "read"}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
