"""Many small things that are read before they are kept: in a temporary file, not in memory.

Of each only its place is in memory. Up to some megabytes there is no file at all. Arrays that are
mapped from a file are gone through a block at a time, and what was looked at is let go of.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from tempfile import SpooledTemporaryFile, TemporaryFile
from typing import overload
from weakref import finalize

import numpy as np

from labeler.npy import let_go

IN_MEMORY_BYTES = 16_000_000
"""Up to here, nothing is written to disk."""


class ByteSpool:
    """Byte strings by number. Used by one thread."""

    def __init__(self) -> None:
        # Open for as long as this lives.
        self._file = SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115
        finalize(self, self._file.close)
        self._starts = array("q")
        self._lengths = array("q")
        self._end = 0

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, index: int) -> bytes:
        start, length = self._starts[index], self._lengths[index]
        self._file.seek(start)
        return self._file.read(length)

    def __iter__(self) -> Iterator[bytes]:
        return (self[index] for index in range(len(self)))

    def __setitem__(self, index: int, data: bytes) -> None:
        self._starts[index], self._lengths[index] = self._write(data)

    def append(self, data: bytes) -> None:
        """Put one behind the others."""
        start, length = self._write(data)
        self._starts.append(start)
        self._lengths.append(length)

    def _write(self, data: bytes) -> tuple[int, int]:
        start = self._file.seek(self._end)
        self._end += self._file.write(data)
        return start, len(data)


class ImageSpool:
    """Arrays of pixels by number.

    Attributes
    ----------
    kinds : list of (tuple of int, dtype)
        The shape of each, and the type of its values.
    """

    def __init__(self) -> None:
        self.kinds: list[tuple[tuple[int, ...], np.dtype]] = []
        self._bytes = ByteSpool()

    def __len__(self) -> int:
        return len(self.kinds)

    def __getitem__(self, index: int) -> np.ndarray:
        shape, dtype = self.kinds[index]
        return np.frombuffer(self._bytes[index], dtype=dtype).reshape(shape)

    def __setitem__(self, index: int, pixels: np.ndarray) -> None:
        self._bytes[index] = pixels.tobytes()
        self.kinds[index] = (pixels.shape, pixels.dtype)

    def append(self, pixels: np.ndarray) -> None:
        """Put one behind the others."""
        self._bytes.append(pixels.tobytes())
        self.kinds.append((pixels.shape, pixels.dtype))

    def picked(self, places: Sequence[int]) -> "PickedImages":
        """Those at some places, read when they are looked at."""
        return PickedImages(self, places)


class PickedImages(Sequence[np.ndarray]):
    """Some arrays of a spool, which stay there until they are looked at.

    Parameters
    ----------
    spool : ImageSpool
    places : sequence of int
    """

    def __init__(self, spool: ImageSpool, places: Sequence[int]) -> None:
        self._spool = spool
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> np.ndarray: ...

    @overload
    def __getitem__(self, index: slice) -> "PickedImages": ...

    def __getitem__(self, index: int | slice) -> "np.ndarray | PickedImages":
        if isinstance(index, slice):
            return PickedImages(self._spool, self._places[index])
        return self._spool[self._places[index]]


def joined(pieces: Iterable[bytes], n_bytes: int) -> np.ndarray:
    """Pieces of bytes, one after the other, as an array that stays on disk where it is large.

    Parameters
    ----------
    pieces : iterable of bytes
    n_bytes : int
        Of all of them together.

    Returns
    -------
    ndarray of shape (n_bytes,), dtype uint8
        Read-only where it is on disk.
    """
    if n_bytes <= IN_MEMORY_BYTES:
        return np.frombuffer(bytearray().join(pieces), dtype=np.uint8)
    with TemporaryFile() as file:
        # Written, not mapped for writing: of a full disk we are told.
        file.writelines(pieces)
        file.flush()
        return np.memmap(file, dtype=np.uint8, mode="r")


LOOKED_AT_ONCE = 1_024
"""Images of a block."""


def looked_through(images: np.ndarray) -> Iterator[np.ndarray]:
    """Images, some at a time as views; those that are mapped from a file are let go of again.

    Parameters
    ----------
    images : ndarray of shape (n, ...)
    """
    for start in range(0, len(images), LOOKED_AT_ONCE):
        yield images[start : start + LOOKED_AT_ONCE]
        let_go(images)


def one_after_the_other(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Images of several parts of one shape as one array, which stays on disk where it is large.

    Parameters
    ----------
    parts : sequence of ndarray of shape (n, ...), dtype uint8
        At least one; a single one is returned as it is.
    """
    if len(parts) == 1:
        return parts[0]
    pieces = (block.tobytes() for part in parts for block in looked_through(part))
    together = joined(pieces, sum(part.nbytes for part in parts))
    return together.reshape(-1, *parts[0].shape[1:])
