"""Upgrades: from nothing, from an older schema, from a newer one, and cut off midway."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from labeler.storage import classes, datasets, questions, runs
from labeler.storage import engine as engines
from labeler.storage.database import Database, open_database
from labeler.storage.engine import DATABASE_FILE
from labeler.storage.errors import SchemaError
from labeler.storage.migrations.upgrade import (
    SCRIPTS,
    current_revision,
    head_revision,
    upgrade,
)
from labeler.storage.rows import NewQuestion, RunRow
from labeler.storage.tables import Base
from tests.storage.conftest import Made

Later = Callable[..., Path]

REVISION = '''"""A later schema."""

import os
import signal

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    op.add_column("run", sa.Column("colour", sa.String(8)))
    {fault}
'''


@pytest.fixture
def later(tmp_path: Path) -> Later:
    """Makes a folder of revisions with one more, whose upgrade ends in ``fault``."""

    def make(fault: str = "pass") -> Path:
        scripts = tmp_path / "later"
        shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
        source = REVISION.format(head=head_revision(), fault=fault)
        (scripts / "versions" / "9999_later.py").write_text(source)
        return scripts

    return make


def columns(database: Database) -> set[str]:
    return {column["name"] for column in inspect(database.engine).get_columns("run")}


def test_the_revisions_make_exactly_the_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    assert current_revision(database.engine) == head_revision()


def test_opening_again_changes_nothing(database: Database, run: Made) -> None:
    backups = database.instance / "backups"
    upgrade(database.engine, backups=backups)
    assert not backups.exists()


def test_an_upgrade_keeps_every_row(database: Database, run: Made, later: Later) -> None:
    upgrade(database.engine, backups=database.instance / "backups", scripts=later())
    assert "colour" in columns(database)
    with database.reading() as session:
        assert datasets.get(session, run.dataset).name == "zoo"


def test_an_upgrade_of_a_file_copies_it_first(sqlite_database: Database, later: Later) -> None:
    backups = sqlite_database.instance / "backups"
    upgrade(sqlite_database.engine, backups=backups, scripts=later())
    (copy,) = backups.iterdir()
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (
            head_revision(),
        )
        names = {row[1] for row in connection.execute("PRAGMA table_info(run)")}
        assert "colour" not in names


def test_a_newer_schema_is_refused(database: Database, run: Made, later: Later) -> None:
    upgrade(database.engine, backups=database.instance / "backups", scripts=later())
    with pytest.raises(SchemaError, match="newer Labeler"):
        upgrade(database.engine, backups=database.instance / "backups")


@pytest.mark.parametrize(
    "fault",
    ["op.execute('DELETE FROM question')", "raise RuntimeError('stop')"],
    ids=["loses rows", "fails"],
)
def test_a_faulty_upgrade_changes_nothing(
    database: Database, run: Made, later: Later, fault: str
) -> None:
    with pytest.raises((SchemaError, RuntimeError)) as caught:
        upgrade(database.engine, backups=database.instance / "backups", scripts=later(fault))
    if "DELETE" in fault:
        assert "question" in str(caught.value)
    assert "colour" not in columns(database)
    assert current_revision(database.engine) == head_revision()


def test_an_upgrade_that_orphans_rows_is_rolled_back(
    sqlite_database: Database, run_in_file: RunRow, later: Later
) -> None:
    fault = "op.execute('UPDATE question SET run_id = 42')"
    with pytest.raises(SchemaError, match="nothing was changed"):
        upgrade(
            sqlite_database.engine,
            backups=sqlite_database.instance / "backups",
            scripts=later(fault),
        )
    assert "colour" not in columns(sqlite_database)


def test_replacing_a_parent_table_leaves_its_children(
    sqlite_database: Database, run_in_file: RunRow, later: Later
) -> None:
    """Alembic's way of changing a column on SQLite is to copy and drop the table."""
    fault = (
        "with op.batch_alter_table('run') as batch:\n"
        "        batch.alter_column('name', type_=sa.String(300))"
    )
    upgrade(
        sqlite_database.engine, backups=sqlite_database.instance / "backups", scripts=later(fault)
    )
    with sqlite_database.reading() as session:
        assert len(datasets.list_all(session)) == 1
        assert len(questions.list_of_run(session, run_in_file.id)) == 10


def test_an_upgrade_that_meets_a_reader_leaves_nothing_locked_or_unenforced(
    sqlite_database: Database,
    run_in_file: RunRow,
    later: Later,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engines, "_BUSY_TIMEOUT_MS", 30)
    instance, scripts = sqlite_database.instance, later()
    engine = engines.make_engine(engines.database_url(instance))
    with closing(sqlite3.connect(instance / DATABASE_FILE, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM run").fetchall()
        with pytest.raises(OperationalError, match="locked"):
            upgrade(engine, backups=instance / "backups", scripts=scripts)
        reader.execute("ROLLBACK")
        reader.execute("BEGIN EXCLUSIVE")
        reader.execute("ROLLBACK")
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    upgrade(engine, backups=instance / "backups", scripts=scripts)
    assert "colour" in columns(sqlite_database)
    engine.dispose()


@pytest.fixture
def run_in_file(sqlite_database: Database) -> RunRow:
    """A run in the SQLite database, whatever the other tests are parametrised with."""
    with sqlite_database.writing() as session:
        dataset = datasets.add(
            session, name="zoo", kind="known", source="zoo", content_hash="z", counts={}
        )
        made = runs.create(
            session,
            name="r",
            dataset_id=dataset.id,
            config={},
            preset="classic",
            budget=1,
            classes=["a"],
        )
        questions.add(session, made.id, 0, [NewQuestion(image) for image in range(10)])
        classes.add(session, made.id, "b")
    return made


UPGRADE = """
import sys
from pathlib import Path
from labeler.storage.engine import database_url, make_engine
from labeler.storage.migrations.upgrade import upgrade

instance, scripts = map(Path, sys.argv[1:])
upgrade(make_engine(database_url(instance)), backups=instance / "backups", scripts=scripts)
"""


@pytest.mark.parametrize(
    "fault",
    [
        "os.kill(os.getpid(), signal.SIGKILL)",
        "op.execute('CREATE TABLE more AS SELECT * FROM run'); "
        "op.execute('DELETE FROM question'); os.kill(os.getpid(), signal.SIGKILL)",
    ],
    ids=["after one change", "after many"],
)
def test_a_killed_upgrade_leaves_the_old_file_usable(
    sqlite_database: Database, run_in_file: RunRow, later: Later, fault: str
) -> None:
    instance = sqlite_database.instance
    sqlite_database.close()
    arguments = [sys.executable, "-c", UPGRADE, str(instance), str(later(fault))]
    assert subprocess.run(arguments, check=False).returncode == -signal.SIGKILL
    with closing(sqlite3.connect(instance / DATABASE_FILE)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    reopened = open_database(instance)
    assert "colour" not in columns(reopened)
    with reopened.reading() as session:
        assert len(datasets.list_all(session)) == 1
    reopened.close()
