"""Many small things that are read before they are kept: in a temporary file, not in memory.

Of each only its place is in memory. Up to some megabytes there is no file at all.
"""

from array import array
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile, TemporaryFile
from weakref import finalize

import numpy as np

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
