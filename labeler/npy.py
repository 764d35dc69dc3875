"""Arrays in ``.npy`` files, left on disk and read by any number of threads."""

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
