"""A backup as a file: a zip with its manifest, read with distrust.

The manifest carries the SHA-256 of every entry, so that a backup can be checked. Who wrote a file
is not known: nothing in it is trusted.
"""

import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from labeler.storage.engine import DATABASE_FILE
from labeler.storage.errors import BackupError
from labeler.storage.folder.artefacts import digest_of

FORMAT = 1
MANIFEST = "manifest.json"
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


def verify(backup: Path) -> Manifest:
    """Read every byte of a backup and compare it with the manifest.

    Raises
    ------
    BackupError
        It is not a backup, or an entry is missing or damaged; the message names it.
    """
    with opened(backup) as archive:
        manifest = read_manifest(backup, archive)
        for entry, expected in manifest.entries.items():
            if _hash_entry(backup, archive, entry) != expected:
                raise BackupError(f"{backup}: {shown(entry)} is damaged.")
    return manifest


@contextmanager
def opened(backup: Path) -> Iterator[zipfile.ZipFile]:
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


def read_manifest(backup: Path, archive: zipfile.ZipFile) -> Manifest:
    try:
        if archive.getinfo(MANIFEST).file_size > _MOST_MANIFEST_BYTES:
            raise ValueError("it is too large")
        manifest = _manifest_from(json.loads(archive.read(MANIFEST)))
    except (KeyError, TypeError, RecursionError, *_DAMAGED) as error:
        raise BackupError(f"{backup} has no readable manifest; it is not a backup.") from error
    if manifest.format != FORMAT:
        raise BackupError(
            f"{backup} was made by another Labeler ({shown(manifest.labeler)}), in a format that "
            "this one does not know; update Labeler first."
        )
    _check_entries(backup, archive, manifest)
    return manifest


def entry_chunks(archive: zipfile.ZipFile, entry: str) -> Iterator[bytes]:
    with archive.open(entry) as source:
        yield from _read(source)


def chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        yield from _read(source)


def shown(text: str) -> str:
    """Foreign text for a message: one line, not long, nothing that a terminal would obey."""
    printable = "".join(c if c.isprintable() else "\ufffd" for c in text)
    return printable if len(printable) <= 200 else f"{printable[:200]}…"


def _manifest_from(fields: Any) -> Manifest:
    """Raises ValueError where a value is not of its type, TypeError where one is missing."""
    manifest = Manifest(**fields)
    texts = [manifest.labeler, manifest.schema, manifest.created_at]
    counts = _items(manifest.row_counts, dict).values()
    digests, missing = _items(manifest.entries, dict).values(), _items(manifest.missing, list)
    sound = (
        type(manifest.format) is int
        and all(type(text) is str for text in [*texts, *digests, *missing])
        and all(map(digest_of, missing))
        and all(type(count) is int and count >= 0 for count in counts)
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
            raise BackupError(f"{backup}: {shown(entry)} does not belong in a backup.")


def _hash_entry(backup: Path, archive: zipfile.ZipFile, entry: str) -> str:
    digest = sha256()
    try:
        for chunk in entry_chunks(archive, entry):
            digest.update(chunk)
    except KeyError:
        raise BackupError(f"{backup}: {shown(entry)} is missing.") from None
    except (OSError, *_DAMAGED) as error:
        raise BackupError(f"{backup}: {shown(entry)} is damaged.") from error
    return digest.hexdigest()


def _read(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK_BYTES):
        yield chunk
