"""Files as the readers see them: regular, readable, and the same at the end as at the start."""

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from io import UnsupportedOperation
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from labeler.exceptions import InputError
from labeler.files import is_full

_CLOCK_TICK_SECONDS = 2.0
"""The coarsest clock of a common file system."""

_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class FileState(NamedTuple):
    """What tells, without reading it, that a file still is what it was.

    Attributes
    ----------
    place : str
        Its path; in an archive, that of the archive and the name of the entry.
    n_bytes, modified : int
        Bytes of the file or archive, and when it changed last, in nanoseconds.
    """

    place: str
    n_bytes: int
    modified: int


class Files(Protocol):
    """The files of a folder or of an archive, under names with forward slashes.

    Attributes
    ----------
    source : str
        The folder or archive as the user knows it.
    names : tuple of str
        In natural reading order: sorted.
    notes : tuple of str
        What was left out.
    root : Path or None
        The folder or archive; None where a file cannot be found again.
    """

    source: str
    names: tuple[str, ...]
    notes: tuple[str, ...]
    root: Path | None

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open one file to be read once, from start to end."""

    def size(self, name: str) -> int:
        """Bytes of one file."""

    def path(self, name: str) -> str:
        """One file below ``root``, with forward slashes."""

    def describe(self, name: str) -> str:
        """One file as the user knows it, safe to be shown."""

    def state(self, name: str) -> FileState | None:
        """What is another when the content is; None: nobody knows."""


class Below:
    """Files of one sub-folder, under names relative to it."""

    def __init__(self, files: Files, prefix: str) -> None:
        self._files = files
        self._prefix = prefix
        self.source = files.source
        self.notes = files.notes
        self.root = files.root
        self.names = tuple(
            name.removeprefix(prefix) for name in files.names if name.startswith(prefix)
        )

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        return self._files.open(self._prefix + name)

    def size(self, name: str) -> int:
        return self._files.size(self._prefix + name)

    def path(self, name: str) -> str:
        return self._files.path(self._prefix + name)

    def describe(self, name: str) -> str:
        return self._files.describe(self._prefix + name)

    def state(self, name: str) -> FileState | None:
        return self._files.state(self._prefix + name)


def escaped(name: str) -> str:
    """A file name with everything escaped that a terminal could trip over."""
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)


@contextmanager
def open_file(path: Path | str, *, follow_links: bool = True) -> Iterator[BinaryIO]:
    """Open a regular file, never waiting for a pipe; refuse it if it changed when done.

    Parameters
    ----------
    path : Path or str
    follow_links : bool
        Whether ``path`` itself may be a link. The user may name one; a folder's may not lead out.
    """
    source = escaped(str(path))
    flags = _OPEN_FLAGS if follow_links else _OPEN_FLAGS | getattr(os, "O_NOFOLLOW", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise _cannot_open(source, error) from error
    with open(descriptor, "rb") as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise InputError(
                "DIR-2",
                source,
                found="this is not a regular file",
                expected="a file with data in it",
                remedy="Give a file or a folder; links out of a folder and devices are not read.",
            )
        try:
            yield file
        except OSError as error:
            if is_full(error):  # what was read is being written elsewhere
                raise
            raise _changed(source, f"reading failed ({error.strerror or error})") from error
        after = os.fstat(file.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise _changed(source, "the file changed while being read")


def state_of(path: Path | str) -> FileState | None:
    """The state of a file; None where they do not tell whether it stays as it is.

    One that was written just now may change again without a sign of it.
    """
    try:
        status = os.stat(path)
    except OSError:
        return None
    if status.st_mtime > time.time() - _CLOCK_TICK_SECONDS:
        return None
    return FileState(os.path.abspath(path), status.st_size, status.st_mtime_ns)


def state_inside(archive: FileState | None, name: str) -> FileState | None:
    """The state of an entry, by that of its archive."""
    return None if archive is None else archive._replace(place=f"{archive.place}\0{name}")


@contextmanager
def on_disk(file: BinaryIO) -> Iterator[BinaryIO]:
    """The same content as a file that another process can be given."""
    try:
        file.fileno()
    except (UnsupportedOperation, AttributeError):
        with tempfile.TemporaryFile(prefix="labeler-") as copy:
            shutil.copyfileobj(file, copy)
            copy.flush()
            yield copy
        return
    yield file


def _cannot_open(source: str, error: OSError) -> InputError:
    if isinstance(error, FileNotFoundError):
        return _changed(source, "the file vanished while being read")
    return InputError(
        "DIR-1",
        source,
        found=f"cannot be opened ({error.strerror or error})",
        expected="a file that may be read",
        remedy="Check who owns it and its permissions.",
    )


def _changed(source: str, found: str) -> InputError:
    return InputError(
        "DIR-3",
        source,
        found=f"{found}; import stopped, nothing kept",
        expected="data that stays as it is while being read",
        remedy="Wait until nothing writes there, then try again.",
    )
