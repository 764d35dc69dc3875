"""Everything in one file: a zip with the database, the arrays its rows name, and a manifest.

Made while people label: the database is copied by SQLite's own backup, and arrays never change.
"""

import json
import os
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from labeler import __version__
from labeler.files import hash_file, write_atomically
from labeler.storage.backups.backup_file import (
    FORMAT,
    MANIFEST,
    Manifest,
    chunks,
    shown,
)
from labeler.storage.database import Database
from labeler.storage.engine import DATABASE_FILE, file_url, is_sqlite, make_engine
from labeler.storage.errors import ArtefactError, BackupError
from labeler.storage.folder.instance import (
    sweep_leftovers,
    work_folder,
)
from labeler.storage.migrations.upgrade import (
    copy_sqlite,
    count_rows,
    current_revision,
)
from labeler.storage.upkeep import referenced


@dataclass(frozen=True)
class Written:
    """What a backup did.

    Attributes
    ----------
    manifest : Manifest
    faults : tuple of str
        Why ``restore`` will refuse it: a sentence for each fault that the database has itself.
    """

    manifest: Manifest
    faults: tuple[str, ...]


def back_up(database: Database, target: Path) -> Written:
    """Write a backup to ``target``, whole or not at all; people can go on labeling meanwhile.

    An array that is missing or damaged is no reason to lose the answers: the manifest names it.
    Nor is a database that can be read though it has faults: they are told.

    Raises
    ------
    BackupError
        The database is PostgreSQL, which has its own tool.
    BusyError, NoRoomError, UnusableError
    """
    if not is_sqlite(database.engine):
        raise BackupError(
            "The database is PostgreSQL; back it up with `pg_dump --format=custom "
            '--file=labeler.dump "$DATABASE_URL"`, then copy the folder '
            f"{database.artefacts.folder}."
        )
    with _place_to_work(database.instance, target) as folder:
        snapshot = folder / DATABASE_FILE
        copy_sqlite(database.engine, snapshot)
        faults = tuple(faults_of(snapshot))
        archive = folder / "backup.zip"
        manifest = _pack(database, snapshot, archive)
        write_atomically(target, chunks(archive))
    return Written(manifest, faults)


@contextmanager
def _place_to_work(instance: Path, target: Path) -> Iterator[Path]:
    """In the instance, where leftovers are swept; beside ``target`` where it is read-only."""
    is_writable = os.access(instance, os.W_OK)
    if is_writable:
        sweep_leftovers(instance)
    with work_folder(instance if is_writable else target.resolve().parent, "backup") as folder:
        yield folder


def _pack(database: Database, snapshot: Path, archive: Path) -> Manifest:
    references, row_counts, schema = _inspect(snapshot)
    entries = {DATABASE_FILE: hash_file(snapshot)}
    missing = []
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        packed.write(snapshot, DATABASE_FILE)
        for reference in sorted(references):
            entry = f"artefacts/{reference}"
            try:
                database.artefacts.verify(reference)
                packed.write(database.artefacts.path(reference), entry)
                entries[entry] = reference.partition(".")[0]
            except ArtefactError:  # the answers matter more: note it and go on
                missing.append(reference)
        created_at = database.clock().isoformat()
        manifest = Manifest(FORMAT, __version__, schema, created_at, row_counts, entries, missing)
        packed.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2))
    return manifest


def _inspect(snapshot: Path) -> tuple[set[str], dict[str, int], str]:
    """What the rows of the copy refer to, how many there are, and its schema."""
    engine = make_engine(file_url(snapshot))
    copy = Database(engine, snapshot.parent)
    try:
        with copy.reading() as session:
            return (
                referenced(session),
                count_rows(session.connection()),
                str(current_revision(engine)),
            )
    finally:
        copy.close()


def faults_of(snapshot: Path) -> Iterator[str]:
    """Why a database is not restored, a sentence each; asked when it is backed up, too."""
    verdict, broken, code = _look_into(snapshot)
    if verdict != "ok":
        yield f"The database in it is damaged: {shown(verdict)}."
    if broken:
        yield f"{broken:,} rows of its database refer to rows that are not there."
    if code:
        yield "Its database runs code of its own (triggers, views); ours never does."


def _look_into(snapshot: Path) -> tuple[str, int, int]:
    """SQLite's verdict, and how many references are broken and pieces of code there are."""
    with closing(sqlite3.connect(snapshot)) as connection:
        try:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
            broken = connection.execute("PRAGMA foreign_key_check").fetchall()
            code = connection.execute(
                "SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')"
            ).fetchall()
        except sqlite3.DatabaseError as error:
            return str(error), 0, 0
    return verdict, len(broken), len(code)
