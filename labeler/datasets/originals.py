"""The files that images were read from: where each lies, what it held, and how it looks."""

import hashlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, Self, overload

import numpy as np

from labeler.datasets.spool import ByteSpool, joined
from labeler.imaging.images import as_decoded

NO_STAMP = (-1, -1)
"""Of a file of which nothing but its content tells whether it is the same."""


@dataclass(frozen=True, eq=False)
class Blobs:
    """A sequence of byte strings in two arrays, so that it may stay on disk.

    Attributes
    ----------
    data : ndarray of shape (n_bytes,), dtype uint8
        One after the other.
    lengths : ndarray of shape (n,), dtype int64
    """

    data: np.ndarray
    lengths: np.ndarray

    def __post_init__(self) -> None:
        if int(self.lengths.sum()) != len(self.data):
            raise ValueError(f"{len(self.data)} bytes, but lengths of {self.lengths.sum()}")

    @cached_property
    def _ends(self) -> np.ndarray:
        return np.cumsum(self.lengths)

    @classmethod
    def of(cls, blobs: Sequence[bytes]) -> "Blobs":
        """Join byte strings."""
        lengths = np.fromiter(map(len, blobs), dtype=np.int64, count=len(blobs))
        return cls(joined(blobs, int(lengths.sum())), lengths)

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: int) -> bytes:
        end = int(self._ends[index])
        return bytes(self.data[end - int(self.lengths[index]) : end])

    def __iter__(self) -> Iterator[bytes]:
        return (self[index] for index in range(len(self)))


def encode_names(names: Sequence[str]) -> Blobs:
    """File names as bytes: they may hold anything, half characters included."""
    return Blobs.of([name.encode("utf-8", "surrogatepass") for name in names])


def decode_name(blob: bytes) -> str:
    """One of ``encode_names``."""
    return blob.decode("utf-8", "surrogatepass")


@dataclass(frozen=True, eq=False)
class Picked(Sequence[bytes]):
    """Some of many byte strings, which stay where they are until they are looked at.

    Attributes
    ----------
    blobs : sequence of bytes
    places : ndarray of shape (n,)
        Of those that are picked.
    """

    blobs: Sequence[bytes] | ByteSpool
    places: np.ndarray

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, index: int) -> bytes: ...

    @overload
    def __getitem__(self, index: slice) -> "Picked": ...

    def __getitem__(self, index: int | slice) -> "bytes | Picked":
        if isinstance(index, slice):
            return Picked(self.blobs, self.places[index])
        return self.blobs[int(self.places[index])]


@dataclass(frozen=True, eq=False)
class Originals:
    """Image files, in the order of the images that were read from them.

    Attributes
    ----------
    paths : tuple of str
        Below the folder or inside the archive that was read, with forward slashes.
    hashes : ndarray of shape (n, 32), dtype uint8
        SHA-256 of each file.
    sizes : ndarray of shape (n, 2), dtype int32
        (height, width) in pixels, as the camera was held.
    renditions : sequence of bytes
        See ``labeler.imaging.renditions``; all empty where each image is shown as it is read.
    stamps : ndarray of shape (n, 2), dtype int64
        (bytes, nanoseconds since 1970) of each file, by which it is known without being read;
        ``NO_STAMP`` where nothing tells when it changed last.
    """

    paths: tuple[str, ...]
    hashes: np.ndarray
    sizes: np.ndarray
    renditions: Sequence[bytes]
    stamps: np.ndarray

    def between(self, start: int, end: int) -> "Originals":
        """Those from ``start`` up to ``end``."""
        part = slice(start, end)
        return Originals(
            self.paths[part],
            self.hashes[part],
            self.sizes[part],
            self.renditions[part],
            self.stamps[part],
        )

    def take(self, indices: np.ndarray) -> "Originals":
        """Those at ``indices``, in that order."""
        return Originals(
            tuple(self.paths[i] for i in indices),
            self.hashes[indices],
            self.sizes[indices],
            Picked(self.renditions, indices),
            self.stamps[indices],
        )


class Pictures(Protocol):
    """Picture files, in the order of the images that were read from them."""

    @property
    def hashes(self) -> np.ndarray:
        """SHA-256 of each file when it was read; shape (n, 32), dtype uint8."""

    @property
    def on_scale(self) -> tuple[float, float] | None:
        """Which values of those of 16 bits are black and white."""

    def take(self, indices: np.ndarray) -> Self:
        """Those at ``indices``, in that order."""

    def contents(self, places: Sequence[int]) -> Generator[bytes | None, None, None]:
        """The files at some places, in that order; None for one that is not there any more."""

    def rendition(self, place: int) -> bytes:
        """A picture for people that was made of the file; empty where there is none."""


@dataclass(frozen=True, eq=False)
class ArrayPictures:
    """Pictures in memory, of any size each.

    Attributes
    ----------
    arrays : sequence of ndarray of shape (height, width[, 3]), or one of them all, dtype uint8
    """

    arrays: np.ndarray | Sequence[np.ndarray]

    @property
    def hashes(self) -> np.ndarray:
        """SHA-256 of what each is; shape (n, 32), dtype uint8."""
        digests = (
            hashlib.sha256(f"pixels {pixels.shape} ".encode() + pixels.tobytes()).digest()
            for pixels in self.arrays
        )
        return np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, 32)

    def take(self, indices: np.ndarray) -> Self:
        """Those at ``indices``, in that order."""
        return replace(self, arrays=[self.arrays[index] for index in indices])

    def square(self, place: int, side: int) -> np.ndarray:
        """One as networks take it, the same as of a file: (side, side, 3), dtype uint8."""
        return as_decoded(self.arrays[place], side, square=True)
