"""What is wrong with a database and its files, and what to do about it."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from labeler.storage import jobs
from labeler.storage.database import Database
from labeler.storage.engine import has_wal_reset_fix, is_sqlite
from labeler.storage.errors import ArtefactError
from labeler.storage.migrations.upgrade import current_revision, head_revision
from labeler.storage.upkeep import referenced

_LOW_DISK_BYTES = 1 << 30


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    level : Level
    check : str
        What was looked at, in a word or two.
    message : str
        What was found and, unless all is well, what to do.
    """

    level: Level
    check: str
    message: str


def examine(database: Database) -> list[Finding]:
    """Look at everything; the database is only read."""
    checks: list[Callable[[Database], Iterator[Finding]]] = [_schema, _artefacts, _jobs, _disk]
    own = [_journal, _integrity] if is_sqlite(database.engine) else [_postgresql]
    return [finding for check in [*own, *checks] for finding in _run(check, database)]


def _run(check: Callable[[Database], Iterator[Finding]], database: Database) -> list[Finding]:
    try:
        return list(check(database))
    except SQLAlchemyError as error:  # a damaged file fails wherever it is read
        name = check.__name__.strip("_")
        return [Finding(Level.ERROR, name, f"{str(error).splitlines()[0]}; restore a backup.")]


def _journal(database: Database) -> Iterator[Finding]:
    with database.reading() as session:
        mode = session.scalar(text("PRAGMA journal_mode"))
    version = sqlite3.sqlite_version
    if has_wal_reset_fix():
        yield Finding(Level.OK, "SQLite", f"{version}, journal mode {mode}.")
    elif mode == "wal":
        yield Finding(
            Level.ERROR,
            "SQLite",
            f"{version} can lose commits in journal mode wal (fixed in 3.51.3); stop every program "
            "that uses the database and start Labeler again, so that it can change the mode.",
        )
    else:
        yield Finding(
            Level.OK,
            "SQLite",
            f"{version}, journal mode {mode}: safe; the faster mode wal is not used before 3.51.3, "
            "because earlier versions can lose commits in it.",
        )


def _integrity(database: Database) -> Iterator[Finding]:
    with database.reading() as session:
        verdicts = session.scalars(text("PRAGMA integrity_check")).all()
        broken = session.execute(text("PRAGMA foreign_key_check")).all()
    if verdicts == ["ok"]:
        yield Finding(Level.OK, "integrity", "Every page of the database is sound.")
    else:
        yield Finding(Level.ERROR, "integrity", f"{verdicts[0]}; restore a backup.")
    if broken:
        places = ", ".join(sorted({str(row[0]) for row in broken}))
        message = (
            f"{len(broken)} rows refer to rows that are not there ({places}); restore a backup."
        )
        yield Finding(Level.ERROR, "references", message)


def _postgresql(database: Database) -> Iterator[Finding]:
    with database.reading() as session:
        version = session.scalar(text("SHOW server_version"))
        settings = {
            name: session.scalar(text(f"SHOW {name}")) for name in ("fsync", "synchronous_commit")
        }
    yield Finding(Level.OK, "PostgreSQL", f"Server version {version}.")
    for name, value in settings.items():
        if value == "off":
            message = (
                f"{name} is off: a power cut can lose answers that were acknowledged; set it on."
            )
            yield Finding(Level.WARNING, name, message)


def _schema(database: Database) -> Iterator[Finding]:
    found, expected = current_revision(database.engine), head_revision()
    if found == expected:
        yield Finding(Level.OK, "schema", f"Revision {found}, as expected.")
    else:
        message = f"Revision {found}, expected {expected}; start Labeler once to upgrade."
        yield Finding(Level.ERROR, "schema", message)


def _artefacts(database: Database) -> Iterator[Finding]:
    with database.reading() as session:
        references = referenced(session)
    bad = 0
    for reference in sorted(references):
        try:
            database.artefacts.verify(reference)
        except ArtefactError as error:
            bad += 1
            message = f"{error} Restore it from a backup, or prepare the run again."
            yield Finding(Level.ERROR, "arrays", message)
    if not bad:
        yield Finding(Level.OK, "arrays", f"All {len(references)} arrays are there and sound.")


def _jobs(database: Database) -> Iterator[Finding]:
    with database.reading() as session:
        stuck = jobs.stuck(session)
    for job in stuck:
        message = (
            f"Job {job.id} ({job.kind}) was last heard of at {job.heartbeat_at:%H:%M:%S} UTC; "
            "it is taken up again as soon as `labeler serve` runs."
        )
        yield Finding(Level.WARNING, "jobs", message)
    if not stuck:
        yield Finding(Level.OK, "jobs", "None is stuck.")


def _disk(database: Database) -> Iterator[Finding]:
    free = shutil.disk_usage(database.instance).free
    level = Level.OK if free >= _LOW_DISK_BYTES else Level.WARNING
    advice = "." if level is Level.OK else "; answers cannot be saved on a full disk. Make room."
    yield Finding(level, "disk", f"{free / 1e9:.1f} GB free at {database.instance}{advice}")
