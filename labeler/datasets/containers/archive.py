"""A zip archive of the user's own as a set of files.

Nothing is ever extracted to disk: entries are read into memory one at a time, under names that
were checked first. The central directory is walked before the ``zipfile`` module may build a
record for each entry, and sizes are compared before anything is unpacked.
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NoReturn

from labeler.datasets import limits
from labeler.datasets.containers.entry_names import EntryNames, encoding_of, is_utf8
from labeler.datasets.containers.files import (
    FileState,
    escaped,
    open_file,
    state_inside,
    state_of,
)
from labeler.datasets.containers.folder import is_junk, junk_notes
from labeler.exceptions import InputError, refuse

_END_SIZE, _END64_SIZE, _LOCATOR_SIZE, _ENTRY_SIZE, _LOCAL_SIZE = 22, 56, 20, 46, 30
_MAX_COMMENT = 65_535
_MAX_DIRECTORY_BYTES = 256_000_000
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_UTF8_NAME = 0x800
_UNIX = 3
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    ValueError,
)


@contextmanager
def open_archive(path: Path) -> Iterator["ZipFiles"]:
    """Open and check a zip archive.

    Raises
    ------
    InputError
        ZIP-1 to ZIP-5.
    """
    with open_file(path) as file:
        yield ZipFiles(file, path)


class ZipFiles:
    """The files in a zip archive, checked; see ``Files`` for the attributes.

    Parameters
    ----------
    file : file object
        Stays open as long as entries are read.
    path : Path
        Where it lies.
    """

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.root: Path | None = path
        self._state = state_of(path)
        self.source = source = escaped(str(path))
        try:
            _check_directory(file, source)
            self._zip = zipfile.ZipFile(file)
        except InputError:
            raise
        except (*_DAMAGE, OSError) as error:
            _refuse_damaged(source, f"the list of entries cannot be read ({error})")
        entries = self._zip.infolist()
        _check_sizes(entries, self._zip.start_dir, source)
        self._entries: dict[str, zipfile.ZipInfo] = {}
        names = EntryNames("ZIP", source)
        for number, (entry, text) in enumerate(
            zip(entries, _text_names(entries), strict=True), start=1
        ):
            name = names.clean(text, number)
            _check_kind(entry, number, source)
            if _is_link(entry):
                names.skip_link()
            elif name and not name.endswith("/"):
                names.require_new(name)
                self._entries[name] = entry
        self.names = tuple(sorted(name for name in self._entries if not is_junk(name)))
        self.notes = (*names.notes, *junk_notes(self._entries))

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open one entry; its checksum is compared when its last byte is read."""
        try:
            with self._zip.open(self._entries[name]) as entry:
                yield entry  # type: ignore[misc]
        except InputError:
            raise
        except _DAMAGE as error:
            _refuse_damaged(self.source, f"entry {name!r} fails its checksum or is cut ({error})")

    def size(self, name: str) -> int:
        """Bytes of one entry, unpacked."""
        return self._entries[name].file_size

    def path(self, name: str) -> str:
        """The name itself."""
        return name

    def describe(self, name: str) -> str:
        """The archive and the entry, safe to be shown."""
        return f"{self.source}: {escaped(name)}"

    def state(self, name: str) -> FileState | None:
        """That of the archive, and the entry."""
        return state_inside(self._state, name)


def _check_directory(file: BinaryIO, source: str) -> None:
    """Count the entries by walking over them, before zipfile allocates a record for each."""
    if file.read(4) not in (b"PK\x03\x04", b"PK\x05\x06"):
        _refuse_damaged(source, "this is not a zip file, or there is other data before it")
    end = file.seek(0, 2)
    tail_start = file.seek(max(0, end - _END_SIZE - _MAX_COMMENT))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END_SIZE:
        _refuse_damaged(source, "the list of entries at the end is missing")
    total, size = struct.unpack("<HL", tail[at + 10 : at + 16])
    start = tail_start + at - size
    if total == 0xFFFF or size == 0xFFFFFFFF:
        record_at = tail_start + at - _LOCATOR_SIZE - _END64_SIZE
        file.seek(max(0, record_at))
        record = file.read(_END64_SIZE)
        if record.startswith(b"PK\x06\x06"):
            total, size = struct.unpack("<QQ", record[32:48])
            start = record_at - size
    if total > limits.MAX_ENTRIES:
        _refuse_entries(source, f"{total:,}")
    if size > _MAX_DIRECTORY_BYTES or start < 0:
        _refuse_damaged(source, f"the list of entries claims {size:,} bytes")
    if _count_entries(file, start, size) > limits.MAX_ENTRIES:
        _refuse_entries(source, f"more than {limits.MAX_ENTRIES:,}")
    file.seek(0)


def _count_entries(file: BinaryIO, start: int, size: int) -> int:
    count, at = 0, start
    while at + _ENTRY_SIZE <= start + size and count <= limits.MAX_ENTRIES:
        file.seek(at)
        head = file.read(_ENTRY_SIZE)
        if not head.startswith(b"PK\x01\x02") or len(head) < _ENTRY_SIZE:
            break
        at += _ENTRY_SIZE + sum(struct.unpack("<HHH", head[28:34]))
        count += 1
    return count


def _check_sizes(entries: list[zipfile.ZipInfo], directory_at: int, source: str) -> None:
    """Refuse a bomb by its own account, and entries that share bytes."""
    total = sum(entry.file_size for entry in entries)
    if total > limits.MAX_UNPACKED_BYTES:
        limit = limits.MAX_UNPACKED_BYTES / limits.GIGABYTE
        refuse(
            "ZIP-2",
            source,
            f"unpacks to more than {limit:g} GB ({total:,} bytes)",
            f"at most {limit:g} GB",
            "Give a smaller part of it.",
        )
    for entry in entries:
        if entry.file_size > limits.DEFLATE_RATIO * entry.compress_size:
            name = entry.filename
            _refuse_damaged(source, f"entry {name!r} claims more than it can unpack to")
    in_order = sorted(entries, key=lambda entry: entry.header_offset)
    if in_order and in_order[0].header_offset != 0:
        _refuse_damaged(source, "there is other data before the first entry")
    starts = [entry.header_offset for entry in in_order[1:]] + [directory_at]
    for entry, next_start in zip(in_order, starts, strict=False):
        name_length = len(entry.orig_filename)
        end = entry.header_offset + _LOCAL_SIZE + name_length + entry.compress_size
        if end > next_start:
            refuse(
                "ZIP-2",
                source,
                f"entries overlap ({entry.filename!r} and the next one)",
                "entries one after the other",
                "Pack the files again.",
            )


def _text_names(entries: list[zipfile.ZipInfo]) -> Iterator[str]:
    """The entries' real names: zipfile's own would already be trimmed to something harmless."""
    raw = {
        entry.orig_filename: entry.orig_filename.encode("cp437")
        for entry in entries
        if not entry.flag_bits & _UTF8_NAME
    }
    encoding = encoding_of([name for name in raw.values() if not is_utf8(name)])
    for entry in entries:
        if entry.flag_bits & _UTF8_NAME:
            yield entry.orig_filename
        else:
            name = raw[entry.orig_filename]
            yield name.decode("utf-8" if is_utf8(name) else encoding)


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return _file_type(entry) == stat.S_IFLNK


def _file_type(entry: zipfile.ZipInfo) -> int:
    return stat.S_IFMT(entry.external_attr >> 16) if entry.create_system == _UNIX else 0


def _check_kind(entry: zipfile.ZipInfo, number: int, source: str) -> None:
    if _file_type(entry) not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
        _refuse_kind(source, f"entry {number:,} is a device or pipe")
    if entry.flag_bits & _ENCRYPTED:
        _refuse_kind(source, f"entry {number:,} is encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        _refuse_kind(source, f"entry {number:,} is packed with method {entry.compress_type}")


def _refuse_entries(source: str, found: str) -> NoReturn:
    limit = f"limit {limits.MAX_ENTRIES:,}"
    refuse("ZIP-2", source, f"{found} entries, {limit}", "fewer entries", "Give a part of it.")


def _refuse_kind(source: str, found: str) -> NoReturn:
    expected = "plain files, stored or deflated"
    refuse("ZIP-4", source, found, expected, "Pack the files themselves with a common tool.")


def _refuse_damaged(source: str, found: str) -> NoReturn:
    expected = "a complete zip file"
    refuse("ZIP-1", source, f"damaged: {found}", expected, "Copy it or pack it again.")
