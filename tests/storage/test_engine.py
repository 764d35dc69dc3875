"""The engine and the session scopes of an open database."""

import sqlite3
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from labeler.exceptions import ConfigError
from labeler.storage import engine as engines
from labeler.storage import runs
from labeler.storage.database import Database, open_database
from labeler.storage.engine import choose_journal_mode, database_url, has_wal_reset_fix
from labeler.storage.errors import BusyError
from tests.storage.conftest import Made


@pytest.mark.parametrize(
    ("version", "fixed"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 9), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
    ],
)
def test_wal_is_only_for_versions_that_have_the_fix(
    version: tuple[int, int, int], fixed: bool
) -> None:
    assert has_wal_reset_fix(version) is fixed


@pytest.mark.parametrize(("fixed", "mode"), [(True, "wal"), (False, "delete")])
def test_the_journal_mode_follows_the_version(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, fixed: bool, mode: str
) -> None:
    monkeypatch.setattr(engines, "has_wal_reset_fix", lambda: fixed)
    assert choose_journal_mode(sqlite_database.engine) == mode


def test_a_file_left_in_wal_is_taken_out_of_it(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "has_wal_reset_fix", lambda: True)
    choose_journal_mode(sqlite_database.engine)
    sqlite_database.close()
    monkeypatch.setattr(engines, "has_wal_reset_fix", lambda: False)
    assert choose_journal_mode(sqlite_database.engine) == "delete"


def test_every_sqlite_connection_is_durable_and_checks_references(
    sqlite_database: Database,
) -> None:
    with sqlite_database.reading() as first, sqlite_database.reading() as second:
        for session in (first, second):
            assert session.scalar(text("PRAGMA foreign_keys")) == 1
            assert session.scalar(text("PRAGMA synchronous")) == 2  # FULL
            assert session.scalar(text("PRAGMA busy_timeout")) == 5000


def test_a_reading_scope_cannot_write(database: Database) -> None:
    with database.reading() as session, pytest.raises(DBAPIError, match=r"(?i)read-?only"):
        session.execute(text("DELETE FROM run"))


def test_a_connection_that_read_can_write_afterwards(database: Database) -> None:
    with database.reading() as session:
        session.execute(text("SELECT 1"))
    with database.writing() as session:
        session.execute(text("DELETE FROM run"))


def test_a_writing_scope_that_raises_leaves_nothing(database: Database, run: Made) -> None:
    def change_and_fail(session: Session) -> None:
        runs.update_run(session, run.id, name="changed")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        database.write(change_and_fail)
    with database.reading() as session:
        assert runs.get(session, run.id).name == "animals"


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_reader_sees_one_snapshot(database: Database, run: Made) -> None:
    """On SQLite in rollback mode the writer waits instead."""
    with database.reading() as session:
        before = runs.get(session, run.id).name
        with database.writing() as writer:
            runs.update_run(writer, run.id, name="changed")
        session.expire_all()
        assert runs.get(session, run.id).name == before


def test_read_then_write_never_fails_under_load(database: Database, run: Made) -> None:
    """With a deferred BEGIN on SQLite, most of these would fail at once."""
    errors: list[Exception] = []

    def count_up() -> None:
        for _ in range(10):
            try:
                with database.writing() as session:
                    done = runs.get(session, run.id).settings.n_pool
                    fresh = runs.update_run(session, run.id, settings={})
                    done = fresh.settings.n_pool
                    runs.update_run(session, run.id, settings={"n_pool": done + 1})
            except Exception as error:  # noqa: BLE001
                errors.append(error)

    threads = [Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with database.reading() as session:
        assert runs.get(session, run.id).settings.n_pool == 40


def test_a_database_held_by_somebody_else_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_BUSY_TIMEOUT_MS", 50)
    database = open_database(tmp_path)
    other = sqlite3.connect(tmp_path / engines.DATABASE_FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(BusyError), database.writing() as session:
        session.execute(text("DELETE FROM run"))
    other.execute("ROLLBACK")
    other.close()
    with database.writing() as session:
        session.execute(text("DELETE FROM run"))
    database.close()


class _FromPostgres(Exception):  # noqa: N818
    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
def test_what_postgresql_asks_to_be_retried_is_retried(
    sqlite_database: Database, sqlstate: str
) -> None:
    calls = []

    def work(session: Session) -> str:
        calls.append(session)
        if len(calls) < 3:
            raise OperationalError("UPDATE", {}, _FromPostgres(sqlstate))
        return "done"

    assert sqlite_database.write(work) == "done"
    assert len(calls) == 3


def test_a_retry_that_never_succeeds_ends_as_busy(sqlite_database: Database) -> None:
    calls = []

    def work(session: Session) -> None:
        calls.append(session)
        raise OperationalError("UPDATE", {}, _FromPostgres("40P01"))

    with pytest.raises(BusyError):
        sqlite_database.write(work)
    assert len(calls) == 4


def test_other_errors_are_not_retried(sqlite_database: Database) -> None:
    calls = []

    def work(session: Session) -> None:
        calls.append(session)
        raise OperationalError("UPDATE", {}, _FromPostgres("22012"))

    with pytest.raises(OperationalError):
        sqlite_database.write(work)
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("postgres://a:b@host/db", "postgresql+psycopg"),
        ("postgresql://host/db", "postgresql+psycopg"),
        ("postgresql+psycopg2://host/db", "postgresql+psycopg"),
        ("sqlite:////data/labels.db", "sqlite"),
    ],
)
def test_urls_name_the_driver_we_use(tmp_path: Path, url: str, driver: str) -> None:
    assert database_url(tmp_path, url).drivername == driver


def test_without_a_url_the_database_is_a_file_of_the_instance(tmp_path: Path) -> None:
    assert database_url(tmp_path).database == str(tmp_path / "labeler.sqlite3")


def test_the_environment_names_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://host/labels")
    assert database_url(tmp_path).database == "labels"


@pytest.mark.parametrize("url", ["mysql://host/db", "sqlite://", "sqlite:///:memory:", "secret"])
def test_other_urls_are_refused_without_being_repeated(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        database_url(tmp_path, url)
    assert url not in str(caught.value)


def test_a_path_with_odd_characters_is_just_a_path(tmp_path: Path) -> None:
    instance = tmp_path / "50% of?them #1"
    open_database(instance).close()
    assert (instance / engines.DATABASE_FILE).is_file()
