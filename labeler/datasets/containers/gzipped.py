"""A file that may be gzipped, unpacked while it is read and never beyond a limit."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from labeler.datasets import limits
from labeler.exceptions import InputError

MAGIC = b"\x1f\x8b"
"""How a gzip file begins."""


@contextmanager
def unpacked(file: BinaryIO, source: str) -> Iterator[BinaryIO]:
    """The content of an open file, whether it is gzipped or not.

    Parameters
    ----------
    file : file object
        At its start.
    source : str
        What to call it in messages.

    Raises
    ------
    InputError
        GZIP-1 for a damaged file, GZIP-2 for one that holds too much.
    """
    is_packed = file.read(len(MAGIC)) == MAGIC
    file.seek(0)
    if not is_packed:
        yield file
        return
    try:
        with gzip.open(file) as stream:
            yield _Limited(stream, source)  # type: ignore[misc,arg-type]
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(
            "GZIP-1",
            source,
            found=f"compressed file is damaged ({error})",
            expected="a complete gzip file",
            remedy="Copy or download it again.",
        ) from error


class _Limited(io.RawIOBase):
    """A stream that ends with an error where it would go on for too long."""

    def __init__(self, stream: BinaryIO, source: str) -> None:
        super().__init__()
        self._stream = stream
        self._source = source
        self._left = limits.MAX_UNPACKED_BYTES

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """As many bytes as asked for, unless the file ends before."""
        data = self._stream.read(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(data)
        if self._left < 0:
            limit = f"{limits.MAX_UNPACKED_BYTES / limits.GIGABYTE:g} GB"
            raise InputError(
                "GZIP-2",
                self._source,
                found=f"unpacks beyond {limit}",
                expected="a data set that fits in memory",
                remedy="Give a smaller part of it.",
            )
        return data
