"""What the database's driver says, in the words of ``errors.py``."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from labeler.exceptions import LabelerError, NoRoomError
from labeler.files import is_full
from labeler.storage.engine import sqlite_file
from labeler.storage.errors import BusyError, UnreachableError, UnusableError

_BUSY = "Another program holds the database; try again."
_LOST = "The connection to the database was lost; try again."
_PROBE_BYTES = 1 << 16
_LONGEST_REASON = 300

_RETRYABLE = ("40001", "40P01")
_LOCKED = ("55P03", "53300", *_RETRYABLE)
_FULL = "53100"
_ENDED = ("57P01", "57P02", "57P03", "25P03")
_REFUSED = ("25006", "42501")

_SQLITE_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_SQLITE_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_NOT_TEXT = "Could not decode"
_SQLITE_IO = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
_SQLITE_REFUSED = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)


@contextmanager
def translated(engine: Engine, *, writes: bool = True) -> Iterator[None]:
    """Raise what the user can act on in place of the driver's errors; others pass through.

    Parameters
    ----------
    engine : Engine
    writes : bool
        Whether the block may write; where it may not, that it tries is a defect.

    Raises
    ------
    BusyError
        Somebody else held a lock for longer than we wait.
    UnreachableError
        The server does not answer, or ended the connection.
    UnusableError
        The file is damaged, no database, or may not be read or written.
    NoRoomError
        The disk is full.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        meant = _in_our_words(error, engine, writes)
        if meant is None:
            raise
        raise meant from error


def is_retryable(error: BaseException | None) -> bool:
    """Whether PostgreSQL rolled back only because of what others did at the same time."""
    return isinstance(error, OperationalError) and _sqlstate(error) in _RETRYABLE


def require_room(folder: Path) -> None:
    """Write a little into a folder, and take it away again.

    Raises
    ------
    NoRoomError
        Its disk is full.
    UnusableError
        Nothing may be written there.
    """
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".labeler-") as probe:
            probe.write(bytes(_PROBE_BYTES))
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        if is_full(error):
            raise NoRoomError(f"the disk of {folder}") from error
        raise UnusableError(
            f"{folder} cannot be written to ({error.strerror}); check its owner and permissions, "
            "or give another folder in LABELER_INSTANCE."
        ) from error


def _in_our_words(
    error: DBAPIError | sqlite3.Error, engine: Engine, writes: bool
) -> LabelerError | None:
    driver = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(driver, sqlite3.Error):
        return _from_sqlite(driver, sqlite_file(engine), writes)
    assert isinstance(error, DBAPIError)
    return _from_postgresql(error)


def _from_sqlite(error: sqlite3.Error, file: Path, writes: bool) -> LabelerError | None:
    code = getattr(error, "sqlite_errorcode", 0)
    kind = code & 0xFF
    if kind in _SQLITE_BUSY:
        return BusyError(_BUSY)
    if kind == sqlite3.SQLITE_FULL:
        return NoRoomError("the disk of the database")
    if kind in _SQLITE_DAMAGED or str(error).startswith(_NOT_TEXT):
        return UnusableError(
            f"{file} is damaged, or no database ({error}); move it away and restore a backup."
        )
    if kind in _SQLITE_IO:
        return _from_system(file, error)
    # To a reader, plain READONLY says that it is not to write; the others are about the file.
    if kind in _SQLITE_REFUSED and (writes or code != sqlite3.SQLITE_READONLY):
        return UnusableError(f"{file} cannot be written to ({error}); check its permissions.")
    return None


def _from_system(file: Path, error: sqlite3.Error) -> LabelerError:
    """SQLite keeps the system's reason to itself, so the system is asked again."""
    try:
        require_room(file.parent)
    except LabelerError as reason:
        return reason
    return UnusableError(
        f"{file} cannot be read or written ({error}); check its permissions and the disk."
    )


def _from_postgresql(error: DBAPIError) -> LabelerError | None:
    state = _sqlstate(error)
    if state in _LOCKED:
        return BusyError(_BUSY)
    if state == _FULL:
        return NoRoomError("the disk of the database's server")
    if state in _REFUSED:
        return UnusableError(f"The database refuses to be used: {_one_line(error)}")
    if state in _ENDED or error.connection_invalidated:
        return UnreachableError(_LOST)
    if state is None and isinstance(error, OperationalError):
        return UnreachableError(
            f"The database's server does not answer: {_one_line(error)}. Check that it runs and "
            "what DATABASE_URL says."
        )
    return None


def _sqlstate(error: DBAPIError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state


def _one_line(error: DBAPIError) -> str:
    first, *_ = str(error.orig).splitlines() or [""]
    return first[:_LONGEST_REASON].rstrip(" .?!")
