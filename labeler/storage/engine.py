"""A URL in, an engine out that keeps what it acknowledged.

Both databases are set up so that a commit is on disk before it is acknowledged, and so that a
writer knows it is one from its first statement (a reader that turns writer halfway fails under
load, whatever the time-outs).
"""

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from labeler.exceptions import ConfigError
from labeler.storage.errors import UnusableError
from labeler.words import installing

DATABASE_FILE = "labeler.sqlite3"
ACCESS = "labeler_access"
"""The execution option that says whether a transaction reads or writes."""

_MODE_STAYS = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY)
_BUSY_TIMEOUT_MS = 5000
_LOCK_TIMEOUT_MS = 2000
_IDLE_TIMEOUT_MS = 30_000
_CONNECT_SECONDS = 10


def database_url(instance: Path, url: str | None = None) -> URL:
    """Where the database is: ``url``, else ``DATABASE_URL``, else a file in ``instance``.

    Raises
    ------
    ConfigError
        The URL is malformed, or names neither SQLite nor PostgreSQL.
    """
    text = url or os.environ.get("DATABASE_URL")
    if not text:
        return file_url(instance / DATABASE_FILE)
    try:
        parsed = make_url(text)
    except ArgumentError:  # its text may hold the password
        raise ConfigError("DATABASE_URL is not a database URL.") from None
    backend = parsed.get_backend_name()
    if backend in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise ConfigError(f"DATABASE_URL names {backend}; it must be sqlite or postgresql.")
    if not parsed.database or parsed.database == ":memory:":
        raise ConfigError("DATABASE_URL names SQLite in memory; labels need a file.")
    return parsed


def file_url(path: Path) -> URL:
    """The URL of an SQLite file, whatever characters its path has."""
    return URL.create("sqlite", database=str(path))


def make_engine(url: URL) -> Engine:
    """An engine for ``url``; it connects at first use.

    Raises
    ------
    ConfigError
        PostgreSQL is asked for and its driver is not installed.
    """
    sqlite = url.get_backend_name() == "sqlite"
    is_patient = sqlite or "connect_timeout" in url.query
    try:
        engine = create_engine(
            url,
            connect_args={} if is_patient else {"connect_timeout": _CONNECT_SECONDS},
            json_serializer=_to_json,
            json_deserializer=_from_json,
            pool_pre_ping=not sqlite,
            pool_reset_on_return=None,  # ours does it, and in every case
            pool_size=16,
            max_overflow=48,
        )
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"DATABASE_URL names PostgreSQL, whose driver is missing: {installing('postgres')}."
        ) from error
    event.listen(engine, "connect", _set_up_sqlite if sqlite else _set_up_postgresql)
    event.listen(engine, "reset", _roll_back)
    if sqlite:
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def is_sqlite(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite"


def sqlite_file(engine: Engine) -> Path:
    """The file of an SQLite engine."""
    return Path(str(engine.url.database))


def has_wal_reset_fix(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite may use WAL.

    Earlier ones can lose commits when two connections write and checkpoint at the same instant
    (sqlite.org/wal.html, section 11.1).
    """
    back_ports = [(3, 44, 6), (3, 50, 7)]
    return version >= (3, 51, 3) or any(
        version[:2] == fixed[:2] and version >= fixed for fixed in back_ports
    )


def choose_journal_mode(engine: Engine) -> str:
    """Put an SQLite file in WAL where that is safe, else in rollback-journal mode.

    Returns
    -------
    str
        The mode that the file is in now; leaving WAL needs that nobody else has it open.
    """
    mode = "WAL" if has_wal_reset_fix() else "DELETE"
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA journal_mode={mode}")
        return "".join(cursor.fetchone() or ())
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in _MODE_STAYS:
            raise
        return "wal"
    finally:
        connection.close()


def _roll_back(connection: Any, *record_and_state: object) -> None:
    """End whatever transaction is open before the pool gets the connection back.

    SQLAlchemy takes a transaction whose COMMIT failed for ended. In SQLite it goes on, and holds
    a lock that keeps everybody out. Where this fails too, the pool closes the connection.
    """
    connection.rollback()


def _to_json(value: Any) -> str:
    # NaN is not JSON, and PostgreSQL refuses it; better to hear of it on both.
    return json.dumps(value, allow_nan=False)


def _from_json(stored: str) -> Any:
    try:
        return json.loads(stored)
    except ValueError as error:
        raise UnusableError(
            f"A row of the database is damaged ({error}); restore a backup."
        ) from error


def _set_up_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # we begin ourselves; the driver would do so too late
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA synchronous=FULL")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(ACCESS) == "write"
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _set_up_postgresql(connection: Any, record: object) -> None:
    connection.autocommit = True
    connection.execute(f"SET lock_timeout = {_LOCK_TIMEOUT_MS}")
    connection.execute(f"SET idle_in_transaction_session_timeout = {_IDLE_TIMEOUT_MS}")
    connection.autocommit = False
