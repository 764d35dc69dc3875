"""Bring a database to the schema of this Labeler, or leave it exactly as it was.

All revisions are applied in one transaction, on SQLite too, with a backup beside it first. A
migration that loses rows is rolled back: Alembic's table copies can, without any error.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, inspect, select, table, text

from labeler.storage.driver_errors import translated
from labeler.storage.engine import ACCESS, is_sqlite, sqlite_file
from labeler.storage.errors import BusyError, SchemaError, UnusableError

SCRIPTS = Path(__file__).parent
VERSION_TABLE = "alembic_version"
OUR_TABLES = {"run", "question", "answer"}
"""Of every schema so far."""

_UPGRADE_LOCK = 5_175_001
_COPY_WAIT_SECONDS = 10.0


def upgrade(engine: Engine, *, backups: Path, scripts: Path = SCRIPTS) -> None:
    """Apply the revisions that the database does not have yet.

    Parameters
    ----------
    engine : Engine
    backups : Path
        Folder for the copy that is made of an SQLite file before anything is changed.
    scripts : Path
        Folder of the revisions.

    Raises
    ------
    SchemaError
        The database was written by a newer Labeler, or rows would have been lost; it is left
        as it was.
    """
    config = _config(scripts)
    head = ScriptDirectory.from_config(config).get_current_head()
    with engine.connect() as connection:
        if _checked_revision(connection, config) == head:
            return
    backup = _back_up(engine, backups)
    try:
        with _schema_transaction(engine) as connection:
            _apply(connection, config)
    except SchemaError as error:
        where = f" A copy from before is {backup}." if backup else ""
        raise SchemaError(f"{error}{where}") from error


def current_revision(engine: Engine) -> str | None:
    """The revision that the database is at; None if it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head_revision(scripts: Path = SCRIPTS) -> str | None:
    """The revision that this Labeler expects."""
    return ScriptDirectory.from_config(_config(scripts)).get_current_head()


def copy_sqlite(engine: Engine, target: Path) -> None:
    """Copy an SQLite database while others use it; copying its file could miss the newest rows."""
    with (
        translated(engine, writes=False),
        closing(engine.raw_connection()) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.driver_connection.backup(copy, progress=_patience())  # type: ignore[union-attr]
        copy.execute("PRAGMA journal_mode=DELETE")


def _patience() -> Callable[[int, int, int], None]:
    """Ends a copy that waits for somebody else's lock; by itself it would wait for ever."""
    deadline = time.monotonic() + _COPY_WAIT_SECONDS

    def look(status: int, remaining: int, total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > deadline:
            raise BusyError("Another program holds the database; try again.")

    return look


def count_rows(connection: Connection) -> dict[str, int]:
    """Rows of every table."""
    names = sorted(set(inspect(connection).get_table_names()) - {VERSION_TABLE})
    return {
        name: connection.scalar(select(func.count()).select_from(table(name))) or 0
        for name in names
    }


def _config(scripts: Path) -> Config:
    config = Config()
    # Alembic reads options with interpolation: a percent sign in a path stands for itself.
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    return config


def _checked_revision(connection: Connection, config: Config) -> str | None:
    revision = MigrationContext.configure(connection).get_current_revision()
    _require_ours(connection, revision)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise SchemaError(
            f"The database was written by a newer Labeler (schema {revision}); "
            "update Labeler, or restore a backup made before that."
        )
    return revision


def _require_ours(connection: Connection, revision: str | None) -> None:
    """A file that holds other tables is somebody else's; a server's database may be shared."""
    tables = set(inspect(connection).get_table_names()) - {VERSION_TABLE}
    is_file = connection.dialect.name == "sqlite"
    if is_file and (tables or revision) and not (tables >= OUR_TABLES and revision):
        raise UnusableError(
            f"{connection.engine.url.database} is a database, but not one of Labeler's; move it "
            "away, or give another folder in LABELER_INSTANCE."
        )


def _apply(connection: Connection, config: Config) -> None:
    revision = _checked_revision(connection, config)  # again: another process may have been faster
    before = count_rows(connection)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    after = count_rows(connection)
    lost = [name for name, n_rows in before.items() if after.get(name, n_rows) < n_rows]
    if lost or _broken_references(connection):
        raise SchemaError(
            f"Upgrading the database from schema {revision} would have lost rows of "
            f"{', '.join(lost) or 'tables that others refer to'}; nothing was changed."
        )


def _broken_references(connection: Connection) -> bool:
    if connection.dialect.name != "sqlite":
        return False
    return connection.execute(text("PRAGMA foreign_key_check")).first() is not None


def _back_up(engine: Engine, backups: Path) -> Path | None:
    """Copy an SQLite file that has tables; None where there is nothing to lose."""
    if not is_sqlite(engine) or not inspect(engine).get_table_names():
        return None
    backups.mkdir(parents=True, exist_ok=True)
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    target = backups / f"{sqlite_file(engine).stem}-{current_revision(engine)}-{moment}.sqlite3"
    partial = target.with_suffix(".partial")
    try:
        copy_sqlite(engine, partial)
        return partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def _schema_transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction around all revisions.

    On SQLite foreign keys are unenforced meanwhile, because replacing a table drops the old one
    and would take its children along.
    """
    with engine.connect().execution_options(**{ACCESS: "write"}) as connection:
        if is_sqlite(engine):
            _enforce_no_references(connection)
        try:
            with connection.begin():
                if not is_sqlite(engine):
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
                yield connection
        finally:
            if is_sqlite(engine):
                connection.detach()  # closed, never reused: it enforces no references


def _enforce_no_references(connection: Connection) -> None:
    """SQLite ignores this inside a transaction, so it goes to the driver directly."""
    connection.connection.driver_connection.execute(  # type: ignore[union-attr]
        "PRAGMA foreign_keys=OFF"
    )
