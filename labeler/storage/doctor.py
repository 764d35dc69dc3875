"""What is wrong with a database and its files, and what to do about it.

What has to be so for a server to start is asked in one place, ``require_servable``: the server
asks there too, so the two cannot disagree.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from sqlalchemy import text

from labeler.exceptions import LabelerError
from labeler.locations import instance_folder
from labeler.storage import jobs
from labeler.storage.database import Database, has_nothing, open_database, require_not_lost
from labeler.storage.driver_errors import require_room
from labeler.storage.engine import database_url, has_wal_reset_fix, is_sqlite, sqlite_file
from labeler.storage.errors import ArtefactError, BusyError
from labeler.storage.folder.artefacts import ArtefactStore
from labeler.storage.folder.instance import leftovers, told_of_files
from labeler.storage.migrations.upgrade import (
    VERSION_TABLE,
    current_revision,
    head_revision,
)
from labeler.storage.upkeep import referenced

Place = TypeVar("Place", Database, Path)

_LOW_DISK_BYTES = 1 << 30
_LONGEST_REASON = 300
_MOST_NAMES = 5


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


def require_servable(database: Database) -> None:
    """See to it that a server could start here: what it will write, it may.

    Raises
    ------
    UnusableError, NoRoomError
    """
    require_room(database.instance)
    if is_sqlite(database.engine):
        require_room(sqlite_file(database.engine).parent)
    with suppress(BusyError), database.writing() as session:  # whoever holds it can write
        # Changes no row, yet is refused where none could be; that a write begins says nothing.
        session.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '' WHERE 1 = 0"))


def examine_instance(instance: Path | None = None, url: str | None = None) -> list[Finding]:
    """Look at everything, beginning with whether the database can be opened at all.

    Where there is no database, none is made.
    """
    instance = instance or instance_folder()
    try:
        with told_of_files():
            absent = _without_database(instance, url)
        if absent is not None:
            return [absent, *_of_folder(instance)]
        database = open_database(instance, url)
    except LabelerError as error:
        return [Finding(Level.ERROR, "database", str(error)), *_of_folder(instance)]
    with closing(database):
        return examine(database)


def examine(database: Database) -> list[Finding]:
    """Look at everything; the database is only read."""
    checks: list[Callable[[Database], Iterator[Finding]]] = [
        _schema, _artefacts, _jobs, _writing
    ]  # fmt: skip
    own = [_journal, _integrity] if is_sqlite(database.engine) else [_postgresql]
    findings = [finding for check in [*own, *checks] for finding in _run(check, database)]
    return [*findings, *_of_folder(database.instance)]


def _run(check: Callable[[Place], Iterator[Finding]], place: Place) -> list[Finding]:
    name = check.__name__.strip("_")
    try:
        return list(check(place))
    except LabelerError as error:
        return [Finding(Level.ERROR, name, str(error))]
    except Exception as error:  # noqa: BLE001 - rows of a damaged file fail in ways of their own
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:_LONGEST_REASON]}"
        return [Finding(Level.ERROR, name, f"Cannot be read ({reason}); restore a backup.")]


def _without_database(instance: Path, url: str | None) -> Finding | None:
    """What to say where there is no database, or nothing in it.

    Raises
    ------
    UnusableError, NoRoomError
        There was one, or none could be made.
    """
    address = database_url(instance, url)
    file = Path(str(address.database))
    if address.get_backend_name() != "sqlite" or not has_nothing(file):
        return None
    require_not_lost(file, ArtefactStore(instance / "artefacts"))
    require_room(_nearest(instance))
    what = f"{file} is empty (0 bytes)" if file.exists() else f"There is none in {instance} yet"
    message = f"{what}; `labeler serve` makes one."
    return Finding(Level.WARNING, "database", message)


def _nearest(folder: Path) -> Path:
    """The folder, or the first above it that is there."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def _of_folder(instance: Path) -> list[Finding]:
    """What can be said without any database."""
    if not instance.is_dir():
        return []
    return [*_run(_disk, instance), *_run(_leftovers, instance)]


def _writing(database: Database) -> Iterator[Finding]:
    require_servable(database)
    yield Finding(Level.OK, "writing", "The database and its folder can be written to.")


def _leftovers(instance: Path) -> Iterator[Finding]:
    paths = leftovers(instance)
    if paths:
        names = ", ".join(path.name for path in paths[:_MOST_NAMES])
        more = f" and {len(paths) - _MOST_NAMES} more" if len(paths) > _MOST_NAMES else ""
        yield Finding(
            Level.WARNING,
            "leftovers",
            f"Work that was cut off left {names}{more} in {instance}; the next `labeler serve` or "
            "`labeler backup` removes it.",
        )


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
    revision, expected = current_revision(database.engine), head_revision()
    if revision == expected:
        yield Finding(Level.OK, "schema", f"Revision {revision}, as expected.")
    else:
        message = f"Revision {revision}, expected {expected}; restore a backup."
        yield Finding(Level.ERROR, "schema", message)


def _artefacts(database: Database) -> Iterator[Finding]:
    with database.reading() as session:
        references = referenced(session)
    try:
        database.artefacts.require_folder()
    except ArtefactError as error:  # once, rather than for each array
        yield Finding(Level.ERROR, "arrays", f"{error} Move it away and restore a backup.")
        return
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


def _disk(instance: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(instance).free
    level = Level.OK if free >= _LOW_DISK_BYTES else Level.WARNING
    advice = "." if level is Level.OK else "; answers cannot be saved on a full disk. Make room."
    yield Finding(level, "disk", f"{free / 1e9:.1f} GB free at {instance}{advice}")
