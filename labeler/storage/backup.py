"""Everything in one file: a zip with the database, the arrays its rows name, and a manifest.

Made while people label: the database is copied by SQLite's own backup, and arrays never change.
The manifest carries the SHA-256 of every entry, so that a backup can be checked, and is checked
before anything is restored from it. Who wrote a file is not known: nothing in it is trusted.
"""

import json
import os
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Engine

from labeler import __version__
from labeler.exceptions import NoRoomError
from labeler.files import hash_file, sync_folder, write_atomically
from labeler.storage.artefacts import ArtefactStore, digest_of
from labeler.storage.database import Database
from labeler.storage.engine import DATABASE_FILE, file_url, is_sqlite, make_engine
from labeler.storage.errors import ArtefactError, BackupError
from labeler.storage.instance import (
    alone,
    make_instance,
    set_aside,
    sweep_leftovers,
    work_folder,
)
from labeler.storage.migrations.upgrade import (
    copy_sqlite,
    count_rows,
    current_revision,
    upgrade,
)
from labeler.storage.upkeep import referenced

FORMAT = 1
MANIFEST = "manifest.json"
_REMEDY = (
    "Restore an earlier backup; or mend the database that this one was made of (`labeler doctor` "
    "says what is wrong with it) and back it up again; what it can still show, `labeler export` "
    "writes."
)
_CHUNK_BYTES = 1 << 20
_MOST_MANIFEST_BYTES = 1 << 26
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
"""What reading an entry raises that is cut, changed, encrypted or packed in a way of its own."""


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


@dataclass(frozen=True)
class Restored:
    """What a restore did.

    Attributes
    ----------
    manifest : Manifest
    set_aside : tuple of Path
        Files that SQLite had left beside the database that was there before, under new names.
    """

    manifest: Manifest
    set_aside: tuple[Path, ...]


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
        faults = tuple(_faults(snapshot))
        archive = folder / "backup.zip"
        manifest = _pack(database, snapshot, archive)
        write_atomically(target, _chunks(archive))
    return Written(manifest, faults)


@contextmanager
def _place_to_work(instance: Path, target: Path) -> Iterator[Path]:
    """In the instance, where leftovers are swept; beside ``target`` where it is read-only."""
    is_writable = os.access(instance, os.W_OK)
    if is_writable:
        sweep_leftovers(instance)
    with work_folder(instance if is_writable else target.resolve().parent, "backup") as folder:
        yield folder


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
                raise BackupError(f"{backup}: {_shown(entry)} is damaged.")
    return manifest


def restore(backup: Path, instance: Path) -> Restored:
    """Put a backup's content into ``instance``, which must not hold a database yet.

    The database appears last, at once, and after everything in it was compared with the manifest:
    a restore that was cut off can simply be repeated.

    Raises
    ------
    BackupError
        The backup is damaged, or there is a database already.
    BusyError
        A running Labeler uses the folder.
    NoRoomError, UnusableError
    """
    target = instance / DATABASE_FILE
    _require_no_database(target)
    manifest = verify(backup)
    make_instance(instance)
    with alone(instance), _opened(backup) as archive:
        _require_no_database(target)
        _require_room(archive, manifest, instance)
        sweep_leftovers(instance)
        with work_folder(instance, "restore") as folder:
            snapshot = folder / DATABASE_FILE
            write_atomically(snapshot, _entry_chunks(archive, DATABASE_FILE))
            _check_database(backup, snapshot, manifest)
            _unpack_arrays(archive, manifest, ArtefactStore(instance / "artefacts"))
            moved = set_aside(target)
            snapshot.replace(target)
        sync_folder(instance)
    return Restored(manifest, tuple(moved))


def _require_no_database(target: Path) -> None:
    if target.exists():
        raise BackupError(f"{target} exists; move it away, or restore into another folder.")


def _unpack_arrays(archive: zipfile.ZipFile, manifest: Manifest, store: ArtefactStore) -> None:
    for entry in manifest.entries:
        if entry != DATABASE_FILE:
            reference = entry.rpartition("/")[2]
            store.put(reference, _entry_chunks(archive, entry))


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


@contextmanager
def _opened(backup: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(backup)
    except FileNotFoundError:
        raise BackupError(f"There is no file {backup}.") from None
    except OSError as error:
        raise BackupError(f"{backup} cannot be read ({error.strerror}).") from error
    except _DAMAGED as error:
        raise BackupError(f"{backup} is not a backup, or was cut short.") from error
    with archive:
        yield archive


def _manifest(backup: Path, archive: zipfile.ZipFile) -> Manifest:
    try:
        if archive.getinfo(MANIFEST).file_size > _MOST_MANIFEST_BYTES:
            raise ValueError("it is too large")
        manifest = _manifest_from(json.loads(archive.read(MANIFEST)))
    except (KeyError, TypeError, RecursionError, *_DAMAGED) as error:
        raise BackupError(f"{backup} has no readable manifest; it is not a backup.") from error
    if manifest.format != FORMAT:
        raise BackupError(
            f"{backup} was made by another Labeler ({_shown(manifest.labeler)}), in a format that "
            "this one does not know; update Labeler first."
        )
    _check_entries(backup, archive, manifest)
    return manifest


def _manifest_from(fields: Any) -> Manifest:
    """Raises ValueError where a value is not of its type, TypeError where one is missing."""
    manifest = Manifest(**fields)
    texts = [manifest.labeler, manifest.schema, manifest.created_at]
    counts = _items(manifest.row_counts, dict).values()
    digests, missing = _items(manifest.entries, dict).values(), _items(manifest.missing, list)
    sound = (
        type(manifest.format) is int
        and all(type(one) is str for one in [*texts, *digests, *missing])
        and all(map(digest_of, missing))
        and all(type(one) is int and one >= 0 for one in counts)
    )
    if not sound:
        raise ValueError("a value has another type")
    return manifest


def _items(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise ValueError(f"{type(value).__name__} in place of {kind.__name__}")
    return value


def _check_entries(backup: Path, archive: zipfile.ZipFile, manifest: Manifest) -> None:
    names = archive.namelist()
    if len(names) != len(set(names)):
        raise BackupError(f"{backup} holds entries twice; it is not a backup of Labeler.")
    if DATABASE_FILE not in manifest.entries:
        raise BackupError(f"{backup} holds no database.")
    for entry, digest in manifest.entries.items():
        # Also keeps a forged name from being written anywhere else.
        folder, _, reference = entry.rpartition("/")
        named_by_content = folder == "artefacts" and digest_of(reference) == digest
        if entry != DATABASE_FILE and not named_by_content:
            raise BackupError(f"{backup}: {_shown(entry)} does not belong in a backup.")


def _hash_entry(backup: Path, archive: zipfile.ZipFile, entry: str) -> str:
    digest = sha256()
    try:
        for chunk in _entry_chunks(archive, entry):
            digest.update(chunk)
    except KeyError:
        raise BackupError(f"{backup}: {_shown(entry)} is missing.") from None
    except (OSError, *_DAMAGED) as error:
        raise BackupError(f"{backup}: {_shown(entry)} is damaged.") from error
    return digest.hexdigest()


def _require_room(archive: zipfile.ZipFile, manifest: Manifest, instance: Path) -> None:
    """An entry unpacks to as much as it says, so that can be compared before anything is."""
    needed = sum(archive.getinfo(entry).file_size for entry in manifest.entries)
    if needed > shutil.disk_usage(instance).free:
        raise NoRoomError(f"the disk of {instance}, for {needed:,} bytes")


def _check_database(backup: Path, snapshot: Path, manifest: Manifest) -> None:
    """Compare the copy with the manifest, and bring it up to date.

    Raises
    ------
    BackupError
        It is damaged, of a newer Labeler, or not what the manifest says.
    """
    try:
        _check_file(snapshot)
        engine = make_engine(file_url(snapshot))
        try:
            _compare(engine, manifest)
        finally:
            engine.dispose()
    except BackupError as error:
        raise BackupError(f"{backup}: {error}") from error
    except (NoRoomError, OSError):
        raise
    except Exception as error:  # in rows that nobody vouches for, anything may be wrong
        raise BackupError(f"{backup}: its database cannot be used: {_shown(str(error))}") from error


def _check_file(snapshot: Path) -> None:
    for fault in _faults(snapshot):
        raise BackupError(f"{fault} {_REMEDY}")


def _faults(snapshot: Path) -> Iterator[str]:
    """Why a database is not restored, a sentence each; asked when it is backed up, too."""
    verdict, broken, code = _look_into(snapshot)
    if verdict != "ok":
        yield f"The database in it is damaged: {_shown(verdict)}."
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


def _compare(engine: Engine, manifest: Manifest) -> None:
    with engine.connect() as connection:
        counts = count_rows(connection)
    if counts != manifest.row_counts:
        raise BackupError("Its database does not have the rows that its manifest says.")
    upgrade(engine, backups=Path(str(engine.url.database)).parent)
    with Database(engine, Path()).reading() as session:
        lacking = (
            referenced(session)
            - {entry.rpartition("/")[2] for entry in manifest.entries}
            - set(manifest.missing)
        )
    if lacking:
        raise BackupError(f"{len(lacking)} arrays that its rows name are not in it.")


def _shown(text: str) -> str:
    """Foreign text for a message: one line, not long, nothing that a terminal would obey."""
    printable = "".join(c if c.isprintable() else "\ufffd" for c in text)
    return printable if len(printable) <= 200 else f"{printable[:200]}…"


def _entry_chunks(archive: zipfile.ZipFile, entry: str) -> Iterator[bytes]:
    with archive.open(entry) as source:
        yield from _read(source)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        yield from _read(source)


def _read(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK_BYTES):
        yield chunk
