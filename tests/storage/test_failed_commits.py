"""A transaction that cannot end as it should leaves nothing locked, and can be done again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from labeler.storage import answers, jobs
from labeler.storage import engine as engines
from labeler.storage.database import Database, open_database
from labeler.storage.engine import DATABASE_FILE
from labeler.storage.errors import BusyError, UnreachableError
from labeler.storage.migrations.upgrade import copy_sqlite
from labeler.storage.rows import GivenAnswer, Verdict
from tests.storage.conftest import Made, make_run


@pytest.fixture(params=["delete", "wal"])
def impatient(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    """A database that waits for nobody, in each of the two journal modes."""
    monkeypatch.setattr(engines, "_BUSY_TIMEOUT_MS", 30)
    monkeypatch.setattr(engines, "has_wal_reset_fix", lambda: request.param == "wal")
    with closing(open_database(tmp_path)) as opened:
        with opened.reading() as session:
            assert session.scalar(text("PRAGMA journal_mode")) == request.param
        yield opened


@contextmanager
def held(database: Database, begin: str) -> Iterator[None]:
    """Another program has a transaction open: it reads, writes, or keeps everybody out."""
    path = database.instance / DATABASE_FILE
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(begin)
        other.execute("SELECT count(*) FROM question").fetchall()
        yield
        other.execute("ROLLBACK")


def is_free(database: Database) -> bool:
    """Whether another program may write at once."""
    path = database.instance / DATABASE_FILE
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other:
        other.execute("BEGIN EXCLUSIVE")
        other.execute("ROLLBACK")
    return True


def skip(database: Database, made: Made, number: int) -> str:
    given = [GivenAnswer(made.asked[number], Verdict.SKIP)]
    return database.write(lambda s: answers.record(s, made.id, f"op{number}", "ann", given)).op_id


@pytest.mark.parametrize("begin", ["BEGIN", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_an_answer_that_meets_another_program_can_be_sent_again(
    impatient: Database, begin: str
) -> None:
    made = make_run(impatient)
    refused = []
    with held(impatient, begin):
        for number in range(5):
            try:
                skip(impatient, made, number)
            except BusyError:
                refused.append(number)
    assert refused or begin == "BEGIN"  # in WAL, a reader is in nobody's way
    assert is_free(impatient)
    for number in range(5):
        assert skip(impatient, made, number) == f"op{number}"
    with impatient.reading() as session:
        assert [one.op_id for one in answers.history(session, made.id)] == [
            f"op{number}" for number in sorted(range(5), key=lambda n: (n in refused, n))
        ]


@pytest.mark.parametrize("impatient", ["delete"], indirect=True)
def test_a_failed_commit_leaves_the_database_free_while_the_error_is_still_handled(
    impatient: Database,
) -> None:
    made = make_run(impatient)
    with held(impatient, "BEGIN"), pytest.raises(BusyError):
        skip(impatient, made, 0)
    assert is_free(impatient)
    with impatient.reading() as first, impatient.reading() as second:  # several of the pool
        for session in (first, second):
            assert answers.history(session, made.id) == ()


@pytest.mark.parametrize("impatient", ["delete"], indirect=True)
def test_a_reader_that_meets_a_commit_is_told_to_try_again(impatient: Database) -> None:
    with (
        held(impatient, "BEGIN EXCLUSIVE"),
        pytest.raises(BusyError),
        impatient.reading() as session,
    ):
        jobs.list_active(session)
    assert is_free(impatient)


@pytest.mark.parametrize("impatient", ["delete"], indirect=True)
def test_a_backup_that_meets_a_commit_does_not_wait_for_ever(
    impatient: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeler.storage.migrations.upgrade._COPY_WAIT_SECONDS", 0.0)
    with held(impatient, "BEGIN EXCLUSIVE"), pytest.raises(BusyError):
        copy_sqlite(impatient.engine, tmp_path / "copy")
    copy_sqlite(impatient.engine, tmp_path / "copy")


@pytest.mark.parametrize("impatient", ["delete"], indirect=True)
def test_a_heartbeat_that_meets_a_reader_is_made_good(impatient: Database) -> None:
    impatient.write(lambda s: jobs.enqueue(s, "train", {}))
    job = impatient.write(lambda s: jobs.claim(s, "worker"))
    assert job is not None
    assert job.token is not None
    lease = jobs.Lease(job.id, job.token)
    with held(impatient, "BEGIN"), pytest.raises(BusyError):
        impatient.write(lambda s: jobs.heartbeat(s, lease))
    assert impatient.write(lambda s: jobs.heartbeat(s, lease)) is False
    assert is_free(impatient)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("ended_by", ["another", "idle"])
def test_a_connection_that_the_server_ends_costs_one_request(
    database: Database, run: Made, ended_by: str
) -> None:
    with pytest.raises(UnreachableError, match="try again"):
        _lose_the_connection(database, ended_by)
    for number in range(3):
        assert skip(database, run, number) == f"op{number}"


def _lose_the_connection(database: Database, ended_by: str) -> None:
    with database.writing() as session:
        pid = session.scalar(text("SELECT pg_backend_pid()"))
        if ended_by == "another":
            with database.writing() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        else:
            session.execute(text("SET idle_in_transaction_session_timeout = 20"))
            _wait_until_gone(database, pid)
        session.execute(text("SELECT 1"))


def _wait_until_gone(database: Database, pid: object) -> None:
    there = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
    while True:
        with database.reading() as other:
            if not other.scalar(there, {"pid": pid}):
                return


def test_a_server_that_does_not_answer_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match=r"DATABASE_URL") as caught:
        open_database(tmp_path, "postgresql://somebody:secret@127.0.0.1:9/labels")
    assert "secret" not in str(caught.value)
