"""A backup put back in place: checked as a whole before anything is restored from it."""

import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from labeler.exceptions import NoRoomError
from labeler.files import sync_folder, write_atomically
from labeler.storage.backups.backup import faults_of
from labeler.storage.backups.backup_file import Manifest, entry_chunks, opened, shown, verify
from labeler.storage.database import Database
from labeler.storage.engine import DATABASE_FILE, file_url, make_engine
from labeler.storage.errors import BackupError
from labeler.storage.folder.artefacts import ArtefactStore
from labeler.storage.folder.instance import (
    alone,
    make_instance,
    set_aside,
    sweep_leftovers,
    work_folder,
)
from labeler.storage.migrations.upgrade import (
    count_rows,
    upgrade,
)
from labeler.storage.upkeep import referenced

_REMEDY = (
    "Restore an earlier backup; or mend the database that this one was made of (`labeler doctor` "
    "says what is wrong with it) and back it up again; what it can still show, `labeler export` "
    "writes."
)


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
    with alone(instance), opened(backup) as archive:
        _require_no_database(target)
        _require_room(archive, manifest, instance)
        sweep_leftovers(instance)
        with work_folder(instance, "restore") as folder:
            snapshot = folder / DATABASE_FILE
            write_atomically(snapshot, entry_chunks(archive, DATABASE_FILE))
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
            store.put(reference, entry_chunks(archive, entry))


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
        raise BackupError(f"{backup}: its database cannot be used: {shown(str(error))}") from error


def _check_file(snapshot: Path) -> None:
    for fault in faults_of(snapshot):
        raise BackupError(f"{fault} {_REMEDY}")


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
