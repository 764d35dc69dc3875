"""Files that are either whole or not there: a kill, a full disk or an error leaves the old one."""

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from labeler.exceptions import ConfigError

TEMPORARY_FILES = ".labeler-*.tmp"
"""What a file or folder in the making is called; a kill leaves it."""

_FULL = (errno.ENOSPC, errno.EDQUOT)
_NO_TEMPORARY_FOLDER = "No usable temporary directory"


def is_full(error: OSError) -> bool:
    """Whether the disk, or what the user may take of it, is used up."""
    # Python tries to write into each temporary folder and says only that none would do.
    return error.errno in _FULL or _NO_TEMPORARY_FOLDER in str(error)


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal.

    Raises
    ------
    OSError
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_atomically(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Put ``data`` at ``path`` at once, or leave what was there.

    Parameters
    ----------
    path : Path
        In a folder that exists. A link is followed; a pipe or device (``/dev/stdout``) has
        nothing to be renamed over and is written to directly.
    data : bytes or iterable of bytes
        An iterable is streamed; if it raises, nothing is left behind.

    Raises
    ------
    OSError
        The folder is missing, read-only or full; or ``path`` is a folder.
    """
    chunks = (data,) if isinstance(data, bytes) else data
    if path.exists() and not path.is_file():
        with open(os.open(path, os.O_WRONLY), "wb") as file:
            file.writelines(chunks)
        return
    with new_file(path) as file:
        file.writelines(chunks)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write into, which takes the place of ``path`` when the block ends well.

    Parameters
    ----------
    path : Path
        In a folder that exists; a link is followed.

    Raises
    ------
    OSError
        The folder is missing, read-only or full; or ``path`` is a folder.
    """
    target = path.resolve()
    temporary = _temporary(target)
    try:
        descriptor = _opened(temporary, path)
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise
    sync_folder(target.parent)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to write into, which becomes ``path`` when the block ends well.

    Parameters
    ----------
    path : Path
        Not there yet, or an empty folder: what somebody keeps there is never replaced.

    Raises
    ------
    ConfigError
        There is something at ``path``.
    OSError
        Its parent is missing, read-only or full.
    """
    target = path.resolve()
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise ConfigError(f"{path} is there already; give a new or empty folder, or a .zip.")
    temporary = _temporary(target)
    try:
        temporary.mkdir()
        yield temporary
        if hasattr(os, "sync"):  # one call: thousands of small files would each wait for the disk
            os.sync()
        with suppress(FileNotFoundError):  # where a folder cannot be renamed over an empty one
            target.rmdir()
        temporary.rename(target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    sync_folder(target.parent)


def _opened(temporary: Path, path: Path) -> int:
    """A new file for ``path``, which is what an error names."""
    try:
        return os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(path)) from error


def _temporary(target: Path) -> Path:
    return target.with_name(f".labeler-{secrets.token_hex(8)}.tmp")


def sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system can (Windows cannot open a folder)."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
