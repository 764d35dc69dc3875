"""What the drivers say becomes something that the user can act on, or stays what it is."""

import errno
import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from labeler.exceptions import NoRoomError
from labeler.storage.database import Database
from labeler.storage.driver_errors import translated
from labeler.storage.errors import BusyError, UnreachableError, UnusableError


def sqlite_error(code: int, message: str = "it failed") -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(message)
    error.sqlite_errorcode = code
    return error


class FromPostgres(Exception):  # noqa: N818 - named as the driver's are
    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("one line\nand another")
        self.sqlstate = sqlstate


READONLY_BY_JOURNAL = sqlite3.SQLITE_READONLY_ROLLBACK
CASES = [
    (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), BusyError),
    (sqlite_error(sqlite3.SQLITE_LOCKED), BusyError),
    (sqlite_error(sqlite3.SQLITE_FULL), NoRoomError),
    (sqlite_error(sqlite3.SQLITE_CORRUPT), UnusableError),
    (sqlite_error(sqlite3.SQLITE_NOTADB), UnusableError),
    (sqlite_error(0, "Could not decode to UTF-8 column 'name'"), UnusableError),
    (sqlite_error(sqlite3.SQLITE_IOERR_WRITE), UnusableError),
    (sqlite_error(sqlite3.SQLITE_CANTOPEN), UnusableError),
    (sqlite_error(sqlite3.SQLITE_READONLY), UnusableError),
    (FromPostgres("55P03"), BusyError),
    (FromPostgres("53100"), NoRoomError),
    (FromPostgres("57P01"), UnreachableError),
    (FromPostgres("25P03"), UnreachableError),
    (FromPostgres("25006"), UnusableError),
    (FromPostgres(None), UnreachableError),
]


@pytest.mark.parametrize(("error", "expected"), CASES)
def test_what_the_driver_says_is_told_in_one_line(
    sqlite_database: Database, error: Exception, expected: type[Exception]
) -> None:
    with pytest.raises(expected) as caught, translated(sqlite_database.engine):
        raise OperationalError("UPDATE secret", {}, error)
    assert "\n" not in str(caught.value)
    assert "UPDATE" not in str(caught.value)


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_CANTOPEN])
@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EDQUOT])
def test_an_error_of_the_disk_is_looked_into(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, code: int, reason: int
) -> None:
    def refuse(**_: object) -> None:
        raise OSError(reason, "no")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(NoRoomError), translated(sqlite_database.engine):
        raise sqlite_error(code)


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("UPDATE", {}, FromPostgres("22012")),
        OperationalError("UPDATE", {}, sqlite_error(sqlite3.SQLITE_ERROR)),
        sqlite_error(sqlite3.SQLITE_CONSTRAINT),
    ],
)
def test_a_defect_stays_one(sqlite_database: Database, error: Exception) -> None:
    with pytest.raises(type(error)) as caught, translated(sqlite_database.engine):
        raise error
    assert caught.value is error


def test_a_reader_that_writes_is_a_defect_and_a_file_that_may_not_be_is_not(
    sqlite_database: Database,
) -> None:
    engine = sqlite_database.engine
    with pytest.raises(sqlite3.OperationalError), translated(engine, writes=False):
        raise sqlite_error(sqlite3.SQLITE_READONLY)
    with pytest.raises(UnusableError), translated(engine, writes=False):
        raise sqlite_error(READONLY_BY_JOURNAL)
