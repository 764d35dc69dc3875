"""The doctor finds what is wrong, and says so."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import event, text

from labeler.storage import datasets, doctor, jobs
from labeler.storage import engine as engines
from labeler.storage.database import Database
from labeler.storage.doctor import Level, examine, require_servable
from labeler.storage.engine import DATABASE_FILE
from labeler.storage.errors import UnusableError
from tests.storage.conftest import Made, ManualClock


def complaints(database: Database) -> dict[str, str]:
    return {one.check: one.message for one in examine(database) if one.level is not Level.OK}


@pytest.fixture(autouse=True)
def _enough_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_LOW_DISK_BYTES", 0)


def set_commits(database: Database, value: str) -> None:
    """For PostgreSQL: whether a commit waits for the disk."""
    with database.writing() as session:
        session.execute(text(f"SET SESSION synchronous_commit = {value}"))
        session.commit()


def test_a_sound_database_has_no_complaints(database: Database, run: Made) -> None:
    if database.engine.dialect.name == "postgresql":
        set_commits(database, "on")
    assert complaints(database) == {}


def test_the_journal_mode_is_said_and_why(sqlite_database: Database) -> None:
    (message,) = (one.message for one in examine(sqlite_database) if one.check == "SQLite")
    assert "journal mode delete" in message
    assert "3.51.3" in message


def test_wal_without_the_fix_is_an_error(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "has_wal_reset_fix", lambda: True)
    engines.choose_journal_mode(sqlite_database.engine)
    monkeypatch.setattr(doctor, "has_wal_reset_fix", lambda: False)
    assert "can lose commits" in complaints(sqlite_database)["SQLite"]


def test_a_read_only_file_in_a_writable_folder_is_found(sqlite_database: Database) -> None:
    engine, file = sqlite_database.engine, engines.sqlite_file(sqlite_database.engine)
    engine.dispose()

    @event.listens_for(engine, "do_connect")
    def as_on_a_read_only_mount(*_: object) -> sqlite3.Connection:
        return sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, check_same_thread=False)

    assert "cannot be written to" in complaints(sqlite_database)["writing"]
    with pytest.raises(UnusableError, match="cannot be written to"):
        require_servable(sqlite_database)


def test_damaged_and_missing_arrays_are_found(database: Database) -> None:
    store = database.artefacts
    references = store.save_all({"a": np.arange(50), "b": np.arange(60)})
    with database.writing() as session:
        datasets.add(
            session,
            name="d",
            kind="known",
            source="d",
            content_hash="d",
            counts={},
            artefacts=references,
        )
    store.path(references["a"]).write_bytes(b"other")
    store.path(references["b"]).unlink()
    found = [one.message for one in examine(database) if one.check == "arrays"]
    assert len(found) == 2
    assert any("damaged" in one for one in found)
    assert any("missing" in one for one in found)


def test_broken_references_are_found(sqlite_database: Database) -> None:
    with closing(sqlite3.connect(sqlite_database.instance / DATABASE_FILE)) as connection:
        connection.execute("INSERT INTO answer VALUES (7, 7, 'skip', NULL, NULL)")
        connection.commit()
    assert "(answer)" in complaints(sqlite_database)["references"]


def test_a_damaged_file_is_found(sqlite_database: Database, tmp_path: Path) -> None:
    sqlite_database.close()
    path = tmp_path / "instance" / DATABASE_FILE
    content = bytearray(path.read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 64] = bytes(64)
    path.write_bytes(content)
    assert any("restore a backup" in one for one in complaints(sqlite_database).values())


def test_an_older_schema_is_found(database: Database) -> None:
    with database.writing() as session:
        session.execute(text("DELETE FROM alembic_version"))
    assert "expected" in complaints(database)["schema"]


def test_stuck_jobs_are_found(database: Database, clock: ManualClock) -> None:
    job = database.write(lambda s: jobs.enqueue(s, "train", {}))
    database.write(lambda s: jobs.claim(s, "dead"))
    clock.move(hours=1)
    assert f"Job {job.id} (train)" in complaints(database)["jobs"]


def test_a_full_disk_is_found(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_LOW_DISK_BYTES", 1 << 60)
    assert "Make room" in complaints(database)["disk"]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_an_unsafe_server_setting_is_found(
    database: Database,
) -> None:
    set_commits(database, "off")
    assert "power cut" in complaints(database)["synchronous_commit"]
