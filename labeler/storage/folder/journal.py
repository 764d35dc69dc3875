"""The journal of an import: what was found out so far, in files that outlive a kill.

A journal is a folder with a file for each process that wrote to it. Records are appended, one
write each, and carry a checksum: whatever a kill or a power cut left, a file counts up to its first
record that is not whole. Nothing in it is an error; a journal that cannot be read or written
forgets, and the work is done again.

A process reads what lies there when it begins and writes a file of its own, which it locks: two
that import the same folder at once do not disturb one another.
"""

import hashlib
import os
import secrets
import shutil
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Self, cast

from labeler.storage.folder.instance import is_in_use, locked

FOLDER = "imports"
"""Inside the instance; each journal is a folder there."""

KEPT_SECONDS = 7 * 24 * 3600
"""So long the journal of an import that nobody goes on with is kept."""

SYNC_SECONDS = 5.0
"""At most so much is done again after a power cut; a kill costs only what was under way."""

_MAGIC = b"labeler journal 1\n"
_HEAD = struct.Struct(">IHI")
_SUFFIX = ".journal"

_Place = tuple[BinaryIO, int, int]
"""File, offset and length of a value."""


class FileJournal:
    """A journal in a folder; see ``labeler.journal.Journal``. Used by one thread.

    What lies there is read where a ``with`` block begins: to ``discard`` it takes none.

    Parameters
    ----------
    folder : Path
        Made at the first record.
    on_put : callable
        Told when something new was written down.
    """

    def __init__(self, folder: Path, on_put: Callable[[], None] = lambda: None) -> None:
        self._folder = folder
        self._on_put = on_put
        self._places: dict[bytes, _Place] = {}
        self._readers: list[BinaryIO] = []
        self._own: BinaryIO | None = None
        self._leave: Callable[[], None] = lambda: None
        self._end = 0
        self._is_given_up = False
        self._synced_at = time.monotonic()

    def __enter__(self) -> Self:
        with suppress(OSError):
            for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
                self._read(path)
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def get(self, key: bytes) -> bytes | None:
        """What was put under that key; None where nothing was."""
        place = self._places.get(key)
        if place is None:
            return None
        file, offset, length = place
        try:
            file.seek(offset)
            value = file.read(length)
        except OSError:
            return None
        return value if len(value) == length else None

    def put(self, key: bytes, value: bytes) -> None:
        """Append a record; from then on, a kill does not lose it."""
        if self._is_given_up or key in self._places:
            return
        try:
            self._append(key, value)
        except OSError:  # a full disk, say: a record behind a torn one could not be read
            self._is_given_up = True
        else:
            self._on_put()

    def close(self) -> None:
        """Let go of the files, which stay."""
        for file in (*self._readers, self._own):
            if file is not None:
                with suppress(OSError):
                    file.close()
        self._leave()

    def discard(self) -> None:
        """Remove the journal: what it is for is done. Another process's file stays its own."""
        self.close()
        _remove_unused(self._folder)

    def _append(self, key: bytes, value: bytes) -> None:
        file = self._own or self._begin()
        record = _record(key, value)
        if file.write(record) != len(record):
            raise OSError("the record could not be written as a whole")
        self._end += len(record)
        self._places[key] = (file, self._end - len(value), len(value))
        if time.monotonic() - self._synced_at > SYNC_SECONDS:
            os.fsync(file.fileno())
            self._synced_at = time.monotonic()

    def _begin(self) -> BinaryIO:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{secrets.token_hex(8)}{_SUFFIX}"
        self._own = file = cast(BinaryIO, path.open("ab+", buffering=0))
        self._leave = locked(path, alone=True)
        self._end = file.write(_MAGIC)
        return file

    def _read(self, path: Path) -> None:
        file = path.open("rb")
        self._readers.append(file)
        if file.read(len(_MAGIC)) == _MAGIC:
            for key, offset, length in _records(file, len(_MAGIC)):
                self._places[key] = (file, offset, length)


def journal_of(instance: Path, what: str, on_put: Callable[[], None] = lambda: None) -> FileJournal:
    """The journal of one import, by what is imported; those that nobody went on with are removed.

    Parameters
    ----------
    instance : Path
    what : str
        The same for an import that goes on.
    on_put : callable
        As for ``FileJournal``.
    """
    sweep_journals(instance)
    name = hashlib.sha256(what.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return FileJournal(instance / FOLDER / name, on_put)


def sweep_journals(instance: Path) -> None:
    """Remove journals into which nobody has written for a week."""
    limit = time.time() - KEPT_SECONDS
    with suppress(OSError):
        for folder in (instance / FOLDER).iterdir():
            if _newest(folder) < limit:
                _remove_unused(folder)


def _remove_unused(folder: Path) -> None:
    """Remove a journal, but for the files that living processes are writing."""
    with suppress(OSError):
        files = list(folder.iterdir())
        if any(is_in_use(path) for path in files):
            for path in files:
                if not is_in_use(path):
                    path.unlink(missing_ok=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _newest(folder: Path) -> float:
    return max((path.stat().st_mtime for path in (folder, *folder.iterdir())), default=0.0)


def _record(key: bytes, value: bytes) -> bytes:
    body = key + value
    return _HEAD.pack(zlib.crc32(body), len(key), len(value)) + body


def _records(file: BinaryIO, offset: int) -> Iterator[tuple[bytes, int, int]]:
    """Key, offset and length of each whole record, up to the first that is not."""
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        checksum, n_key, n_value = _HEAD.unpack(head)
        body = file.read(n_key + n_value)
        if n_key == 0 or len(body) < n_key + n_value or zlib.crc32(body) != checksum:
            return
        offset += _HEAD.size + n_key
        yield body[:n_key], offset, n_value
        offset += n_value
