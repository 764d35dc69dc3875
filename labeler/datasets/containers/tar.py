"""A tar archive of the user's own as a set of files, plain or gzipped.

As with a zip, nothing is ever extracted to disk under a name of its own: entries are read into
memory one at a time. A gzipped one is unpacked once, bounded, to a file without a name, which is
gone when it is closed.
"""

import gzip
import io
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, NoReturn, cast

from labeler.datasets import limits
from labeler.datasets.containers.entry_names import EntryNames
from labeler.datasets.containers.files import (
    FileState,
    escaped,
    open_file,
    state_inside,
    state_of,
)
from labeler.datasets.containers.folder import is_junk, junk_notes
from labeler.datasets.containers.gzipped import MAGIC
from labeler.exceptions import InputError, refuse
from labeler.files import is_full

_BLOCK = 1 << 20
_MARK = slice(257, 262)
_MAX_HEADER_BYTES = 1_000_000
_DAMAGE = (
    tarfile.TarError,
    zlib.error,
    EOFError,
    ValueError,
    OverflowError,
    KeyError,
    IndexError,
    RecursionError,
    OSError,
)


def is_tar(head: bytes) -> bool:
    """Whether a file that begins so is a tar archive, gzipped or not; a few kilobytes will do."""
    if head.startswith(MAGIC):
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, 512)
        except zlib.error:
            return False
    return head[_MARK] == b"ustar"


@contextmanager
def open_tar(path: Path) -> Iterator["TarFiles"]:
    """Open and check a tar archive.

    Raises
    ------
    InputError
        TAR-1 to TAR-5, which say what ZIP-1 to ZIP-5 say of a zip.
    """
    with open_file(path) as file, tar_files(file, path) as files:
        yield files


@contextmanager
def tar_files(file: BinaryIO, path: Path) -> Iterator["TarFiles"]:
    """The same of an open file, which is called ``path``."""
    with ExitStack() as stack:
        is_packed = file.read(len(MAGIC)) == MAGIC
        file.seek(0)
        source = escaped(str(path))
        plain = stack.enter_context(_unpacked(file, source)) if is_packed else file
        yield TarFiles(plain, path)


class TarFiles:
    """The files in a tar archive, checked; see ``Files`` for the attributes.

    Parameters
    ----------
    file : file object
        Unpacked; stays open as long as entries are read.
    path : Path
        Where it lies.
    """

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.root: Path | None = path
        self._state = state_of(path)
        self.source = escaped(str(path))
        self._file = file
        self._places: dict[str, tuple[int, int]] = {}
        names = EntryNames("TAR", self.source)
        try:
            self._index(names)
        except InputError:
            raise
        except _DAMAGE as error:
            _refuse_damaged(self.source, f"the entries cannot be read ({error})")
        self.names = tuple(sorted(name for name in self._places if not is_junk(name)))
        self.notes = (*names.notes, *junk_notes(self._places))

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open one entry."""
        start, size = self._places[name]
        yield cast(BinaryIO, io.BufferedReader(_Section(self._file, start, size)))

    def size(self, name: str) -> int:
        """Bytes of one entry."""
        return self._places[name][1]

    def path(self, name: str) -> str:
        """The name itself."""
        return name

    def describe(self, name: str) -> str:
        """The archive and the entry, safe to be shown."""
        return f"{self.source}: {escaped(name)}"

    def state(self, name: str) -> FileState | None:
        """That of the archive, and the entry."""
        return state_inside(self._state, name)

    def _index(self, names: EntryNames) -> None:
        end = self._file.seek(0, io.SEEK_END)
        self._file.seek(0)
        total = number = 0
        with tarfile.open(fileobj=_Headers(self._file), mode="r:", encoding="utf-8") as archive:  # type: ignore[call-overload]
            while (entry := archive.next()) is not None:
                archive.members.clear()  # it would keep a record of each
                number += 1
                self._check_count(number)
                if not self._is_file(entry, names, number):
                    continue
                name = names.clean(entry.name, number)
                total += self._checked_size(entry, end)
                self._check_total(total)
                if name:
                    names.require_new(name)
                    self._places[name] = (entry.offset_data, entry.size)

    def _is_file(self, entry: tarfile.TarInfo, names: EntryNames, number: int) -> bool:
        if entry.issym() or entry.islnk():
            names.skip_link()
            return False
        if entry.isdir():
            return False
        if not entry.isreg() or entry.issparse():
            what = "a device or pipe" if not entry.isreg() else "stored with holes in it"
            refuse(
                "TAR-4",
                self.source,
                f"entry {number:,} is {what}",
                "plain files",
                "Pack the files themselves with a common tool.",
            )
        return True

    def _checked_size(self, entry: tarfile.TarInfo, end: int) -> int:
        if entry.size < 0 or entry.offset_data + entry.size > end:
            _refuse_damaged(self.source, f"entry {escaped(entry.name)!r} is cut")
        return entry.size

    def _check_count(self, number: int) -> None:
        if number > limits.MAX_ENTRIES:
            found = f"more than {limits.MAX_ENTRIES:,} entries"
            refuse("TAR-2", self.source, found, "fewer entries", "Give a part of it.")

    def _check_total(self, total: int) -> None:
        if total > limits.MAX_UNPACKED_BYTES:
            _refuse_bomb(self.source)


class _Headers:
    """The archive as the ``tarfile`` module sees it: no header may be of megabytes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell

    def read(self, n_bytes: int) -> bytes:
        if not 0 <= n_bytes <= _MAX_HEADER_BYTES:
            raise tarfile.ReadError(f"a header of {n_bytes:,} bytes")
        return self._file.read(n_bytes)


class _Section(io.RawIOBase):
    """A piece of a file, as a file."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file = file
        self._start = start
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._file.seek(self._start + self._at)
        data = self._file.read(max(0, min(len(buffer), self._size - self._at)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


@contextmanager
def _unpacked(packed: BinaryIO, source: str) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as plain:
        total = 0
        try:
            with gzip.GzipFile(fileobj=packed) as stream:
                while block := stream.read(_BLOCK):
                    total += len(block)
                    if total > limits.MAX_UNPACKED_BYTES:
                        _refuse_bomb(source)
                    plain.write(block)
            plain.seek(0)
        except (EOFError, zlib.error, OSError) as error:
            if isinstance(error, OSError) and is_full(error):
                raise
            _refuse_damaged(source, f"it cannot be unpacked ({error})")
        yield cast(BinaryIO, plain)


def _refuse_bomb(source: str) -> NoReturn:
    limit = f"{limits.MAX_UNPACKED_BYTES / limits.GIGABYTE:g} GB"
    found = f"unpacks to more than {limit}"
    refuse("TAR-2", source, found, f"at most {limit}", "Give a smaller part of it.")


def _refuse_damaged(source: str, found: str) -> NoReturn:
    remedy = "Copy it or pack it again."
    refuse("TAR-1", source, f"damaged: {found}", "a complete tar file", remedy)
