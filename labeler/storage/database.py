"""One open database: its session scopes, its artefacts, its clock."""

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from labeler.locations import instance_folder
from labeler.storage.driver_errors import is_retryable, translated
from labeler.storage.engine import (
    ACCESS,
    choose_journal_mode,
    database_url,
    is_sqlite,
    make_engine,
    sqlite_file,
)
from labeler.storage.errors import BusyError, UnusableError
from labeler.storage.folder.artefacts import ArtefactStore
from labeler.storage.folder.instance import make_instance, set_aside, share, told_of_files
from labeler.storage.migrations.upgrade import upgrade

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Value = TypeVar("Value")

RETRIES = 3
_WRITER_WAIT_SECONDS = 10.0
_LONGEST_REASON = 300


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
    leave : callable
        Called when the database is closed.

    Attributes
    ----------
    artefacts : ArtefactStore
    """

    def __init__(
        self,
        engine: Engine,
        instance: Path,
        clock: Clock = utc_now,
        leave: Callable[[], None] = lambda: None,
    ) -> None:
        self.engine = engine
        self.instance = instance
        self.clock = clock
        self._leave = leave
        self.artefacts = ArtefactStore(instance / "artefacts")
        # Writers of one process queue up here: waiting in SQLite is polling, and unfair.
        self._writer = Lock() if is_sqlite(engine) else None
        self._read_engine = engine.execution_options(**_reader_options(engine))
        self._write_engine = engine.execution_options(**{ACCESS: "write"})

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that sees one snapshot and cannot write.

        Raises
        ------
        BusyError, UnreachableError, UnusableError
        """
        with translated(self.engine, writes=False), self._session(self._read_engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that is on disk when the block ends, or leaves nothing if it raises.

        Raises
        ------
        BusyError
            Another writer held the database too long.
        NoRoomError, UnreachableError, UnusableError
        """
        with (
            translated(self.engine),
            self._write_turn(),
            self._session(self._write_engine) as session,
        ):
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
                if not is_retryable(error.__cause__):
                    raise
                time.sleep(0.02 * 2**attempt)
        with self.writing() as session:
            return work(session)

    def close(self) -> None:
        self.engine.dispose()
        self._leave()

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


def database_exists(instance: Path | None = None, url: str | None = None) -> bool:
    """Whether there is something to be opened; a server is asked when it is.

    Raises
    ------
    ConfigError
        The URL is not one of ours.
    """
    address = database_url(instance or instance_folder(), url)
    return address.get_backend_name() != "sqlite" or Path(str(address.database)).is_file()


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
    UnusableError
        The database is damaged or another program's, or cannot be read or made.
    UnreachableError, BusyError, NoRoomError
    """
    instance = instance or instance_folder()
    engine = make_engine(database_url(instance, url))
    make_instance(instance)
    leave = share(instance)
    try:
        with told_of_files():
            _open(engine, instance)
    except BaseException:
        engine.dispose()
        leave()
        raise
    return Database(engine, instance, clock, leave)


def _open(engine: Engine, instance: Path) -> None:
    try:
        with translated(engine):
            if is_sqlite(engine):
                _look_at_file(sqlite_file(engine), ArtefactStore(instance / "artefacts"))
                choose_journal_mode(engine)
            upgrade(engine, backups=instance / "backups")
    except (SQLAlchemyError, sqlite3.Error) as error:
        reason = " ".join(str(error).split())[:_LONGEST_REASON]
        raise UnusableError(f"The database cannot be used: {reason}.") from error


def _look_at_file(file: Path, arrays: ArtefactStore) -> None:
    """Refuse a file that SQLite would misread.

    It would make a new database where there was one, or take what an old one left for this one's.
    """
    if file.is_dir():
        raise UnusableError(f"{file} is a folder, not a database; move it away.")
    require_not_lost(file, arrays)
    if not file.exists():
        for moved in set_aside(file):
            logger.warning("%s belongs to a database that was moved away; set aside.", moved)


def require_not_lost(file: Path, arrays: ArtefactStore) -> None:
    """Refuse to go on where the arrays of a database are there and itself is gone, or is empty.

    Raises
    ------
    UnusableError
    """
    # Another process that just made the first database may have saved arrays since the first look.
    if not (has_nothing(file) and any(arrays.references()) and has_nothing(file)):
        return
    state, first = f"There is no {file}", ""
    if file.exists():
        state, first = f"{file} is empty (0 bytes)", "move it away and "
    raise UnusableError(
        f"{state}, though there are arrays of runs in {arrays.folder}; {first}restore a "
        "backup (`labeler restore FILE`), set DATABASE_URL if the runs are in another "
        "database, or move the arrays away to start anew."
    )


def has_nothing(file: Path) -> bool:
    """Whether a new database is made there."""
    return not file.exists() or (file.is_file() and file.stat().st_size == 0)


def _reader_options(engine: Engine) -> dict[str, object]:
    if is_sqlite(engine):
        return {ACCESS: "read"}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
