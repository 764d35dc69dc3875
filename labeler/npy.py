"""Arrays in ``.npy`` files, left on disk and read by any number of threads."""

import mmap
from pathlib import Path
from threading import Lock

import numpy as np

# NumPy reads a header with `ast`, and in Python 3.11 and 3.12 two threads inside `ast` trip over
# each other: "AST constructor recursion depth mismatch" (python/cpython#106905).
_READING_A_HEADER = Lock()


def mapped_npy(path: Path) -> np.ndarray:
    """The array of a file; its values are read when they are looked at, and cannot be written.

    Raises
    ------
    OSError
        The file cannot be opened.
    ValueError, EOFError
        It is no array of plain values.
    """
    with _READING_A_HEADER:
        return np.lib.format.open_memmap(path, mode="r")


def read_npy(path: Path) -> np.ndarray:
    """The array of a file, in memory and free to be written; raises as :func:`mapped_npy`."""
    return np.array(mapped_npy(path), order="K")


def let_go(images: np.ndarray) -> None:
    """Give back the memory of what was looked at of an array that is mapped from a file.

    It stays what it is, and is read again where it is looked at again. Nothing is done to other
    arrays, nor to what may be written to, nor where the system has no such thing (Windows).

    Parameters
    ----------
    images : ndarray
        Or a part of one.
    """
    owner: object = images
    while isinstance(owner, np.ndarray):
        owner = owner.base
    if isinstance(owner, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        with memoryview(owner) as mapped:
            is_of_a_file = mapped.readonly
        if is_of_a_file:
            owner.madvise(mmap.MADV_DONTNEED)
