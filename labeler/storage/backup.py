"""Everything in one file: a zip with the database, the arrays its rows name, and a manifest.

Made while people label: the database is copied by SQLite's own backup, and arrays never change.
The manifest carries the SHA-256 of every entry, so that a backup can be checked, and is checked
before anything is restored from it.
"""

import json
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

from labeler import __version__
from labeler.files import write_atomically
from labeler.storage.artefacts import ArtefactStore, hash_file
from labeler.storage.database import Database
from labeler.storage.engine import DATABASE_FILE, file_url, is_sqlite, make_engine
from labeler.storage.errors import ArtefactError, BackupError
from labeler.storage.migrations.upgrade import copy_sqlite, count_rows, current_revision
from labeler.storage.upkeep import referenced

FORMAT = 1
MANIFEST = "manifest.json"
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    Attributes
    ----------
    format : int
    labeler : str
        The version that made it.
    schema : str
        Revision of the database's schema.
    created_at : str
        ISO 8601, UTC.
    row_counts : dict of str to int
    entries : dict of str to str
        Entry to the SHA-256 of its bytes.
    missing : list of str
        Arrays that rows refer to but that were missing or damaged when the backup was made.
    """

    format: int
    labeler: str
    schema: str
    created_at: str
    row_counts: dict[str, int]
    entries: dict[str, str]
    missing: list[str]


def back_up(database: Database, target: Path) -> Manifest:
    """Write a backup to ``target``, whole or not at all; people can go on labeling meanwhile.

    Raises
    ------
    BackupError
        The database is PostgreSQL, which has its own tool.
    """
    if not is_sqlite(database.engine):
        raise BackupError(
            "The database is PostgreSQL; back it up with `pg_dump --format=custom "
            '--file=labeler.dump "$DATABASE_URL"`, then copy the folder '
            f"{database.artefacts.folder}."
        )
    with tempfile.TemporaryDirectory(dir=database.instance, prefix="backup-") as folder:
        snapshot = Path(folder, DATABASE_FILE)
        copy_sqlite(database.engine, snapshot)
        archive = Path(folder, "backup.zip")
        manifest = _pack(database, snapshot, archive)
        write_atomically(target, _chunks(archive))
    return manifest


def verify(backup: Path) -> Manifest:
    """Read every byte of a backup and compare it with the manifest.

    Raises
    ------
    BackupError
        It is not a backup, or an entry is missing or damaged; the message names it.
    """
    with _opened(backup) as archive:
        manifest = _manifest(backup, archive)
        for entry, expected in manifest.entries.items():
            if _hash_entry(backup, archive, entry) != expected:
                raise BackupError(f"{backup}: {entry} is damaged.")
    return manifest


def restore(backup: Path, instance: Path) -> Manifest:
    """Put a backup's content into ``instance``, which must not hold a database yet.

    The database appears last and at once: a restore that was cut off can simply be repeated.

    Raises
    ------
    BackupError
        The backup is damaged, or there is a database already.
    """
    target = instance / DATABASE_FILE
    if target.exists():
        raise BackupError(f"{target} exists; move it away, or restore into another folder.")
    manifest = verify(backup)
    instance.mkdir(parents=True, exist_ok=True)
    store = ArtefactStore(instance / "artefacts")
    with _opened(backup) as archive, tempfile.TemporaryDirectory(dir=instance) as folder:
        for entry in manifest.entries:
            if entry != DATABASE_FILE:
                path = store.path(entry.rpartition("/")[2])
                path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(path, _entry_chunks(archive, entry))
        snapshot = Path(folder, DATABASE_FILE)
        with archive.open(DATABASE_FILE) as source, snapshot.open("wb") as copy:
            shutil.copyfileobj(source, copy)
        _check_database(snapshot)
        write_atomically(target, _chunks(snapshot))
    return manifest


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
                entries[entry] = reference.removesuffix(".npy")
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


def _opened(backup: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(backup)
    except FileNotFoundError:
        raise BackupError(f"There is no file {backup}.") from None
    except zipfile.BadZipFile as error:
        raise BackupError(f"{backup} is not a backup, or was cut short.") from error


def _manifest(backup: Path, archive: zipfile.ZipFile) -> Manifest:
    try:
        fields = json.loads(archive.read(MANIFEST))
        manifest = Manifest(**fields)
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise BackupError(f"{backup} has no readable manifest; it is not a backup.") from error
    if manifest.format != FORMAT:
        raise BackupError(f"{backup} was made by Labeler {manifest.labeler}; update Labeler first.")
    if DATABASE_FILE not in manifest.entries:
        raise BackupError(f"{backup} holds no database.")
    for entry, digest in manifest.entries.items():
        # Also keeps a forged name from being written anywhere else.
        if entry != DATABASE_FILE and entry != f"artefacts/{digest}.npy":
            raise BackupError(f"{backup}: {entry} does not belong in a backup.")
    return manifest


def _hash_entry(backup: Path, archive: zipfile.ZipFile, entry: str) -> str:
    digest = sha256()
    try:
        for chunk in _entry_chunks(archive, entry):
            digest.update(chunk)
    except KeyError:
        raise BackupError(f"{backup}: {entry} is missing.") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise BackupError(f"{backup}: {entry} is damaged.") from error
    return digest.hexdigest()


def _check_database(snapshot: Path) -> None:
    with closing(sqlite3.connect(snapshot)) as connection:
        verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if verdict != "ok":
        raise BackupError(f"The database in the backup is damaged: {verdict}")


def _entry_chunks(archive: zipfile.ZipFile, entry: str) -> Iterator[bytes]:
    with archive.open(entry) as source:
        yield from _read(source)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        yield from _read(source)


def _read(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK_BYTES):
        yield chunk
