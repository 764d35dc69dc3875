"""Where the files are read from that a data set's images were read from.

They lie in the user's folder, in the user's archive or Parquet file, or in one that was uploaded:
that is kept as it came, as an array of bytes, so that a backup holds it.
"""

import io
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from functools import lru_cache
from pathlib import Path
from threading import Lock
from weakref import finalize

import numpy as np

from labeler.datasets.containers.files import Files
from labeler.datasets.pictures import read_below
from labeler.datasets.registry import open_members, open_uploaded
from labeler.imaging.images import MAX_IMAGE_BYTES
from labeler.workflow.pictures.original_arrays import Source
from labeler.workflow.workspace import Workspace

_ONE_AT_A_TIME = Lock()


def read_file(ws: Workspace, source: Source, path: str) -> bytes:
    """One of the files, as it lies there now.

    Parameters
    ----------
    ws : Workspace
    source : Source
        Where it lies.
    path : str
        Below the folder or inside the archive that was read.

    Raises
    ------
    OSError, KeyError, InputError
        There is no such file any more, or it cannot be read.
    """
    upload = source.upload
    if upload is not None:
        return _member(lambda: _uploaded_files(ws, upload), path)
    root = Path(source.root or "")
    if not root.is_absolute():
        raise FileNotFoundError(path)
    if root.is_dir():
        return read_below(root, path)
    status = os.stat(root)
    return _member(lambda: _archive_files(root, status.st_mtime_ns, status.st_size), path)


def _member(files: Callable[[], Files], path: str) -> bytes:
    # Two readers of one archive would each unpack it, and move its position under the other.
    with _ONE_AT_A_TIME, files().open(path) as file:
        return file.read(MAX_IMAGE_BYTES)


@lru_cache(maxsize=4)
def _archive_files(path: Path, _changed: int, _size: int) -> Files:
    return _kept_open(open_members(path))


@lru_cache(maxsize=4)
def _uploaded_files(ws: Workspace, reference: str) -> Files:
    return _kept_open(open_uploaded(io.BufferedReader(_Bytes(ws.array(reference)))))


def _kept_open(members: AbstractContextManager[Files]) -> Files:
    """The files of an archive, which is closed when nobody looks at it any more."""
    stack = ExitStack()
    files = stack.enter_context(members)
    finalize(files, stack.close)
    return files


class _Bytes(io.RawIOBase):
    """An array of bytes on disk, read as a file."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = (0, self._at, len(self._array))[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        part = self._array[self._at : self._at + len(buffer)]
        buffer[: len(part)] = part.data
        self._at += len(part)
        return len(part)
