"""One array in NumPy's format, read without ``np.load``: never an object, never on trust.

The header is read first, within a length limit, and what it promises is compared with the bytes
that are there. Only then is anything allocated.
"""

import io
import math
import struct
import tokenize
import warnings
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

import numpy as np

from labeler.datasets import limits
from labeler.exceptions import refuse
from labeler.progress import SILENT, Progress

MAX_HEADER_BYTES = 10_000
_BLOCK = 1 << 22
_HEADER_ERRORS = (
    ValueError,
    SyntaxError,
    TypeError,
    KeyError,
    MemoryError,
    RecursionError,
    tokenize.TokenError,
)


@dataclass(frozen=True)
class NpyHeader:
    """What the header of one array says.

    Attributes
    ----------
    shape : tuple of int
    dtype : dtype
    fortran_order : bool
    n_bytes : int
        Length of the header itself.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    fortran_order: bool
    n_bytes: int


def read_array(
    file: BinaryIO, size: int, name: str, source: str, progress: Progress = SILENT
) -> np.ndarray:
    """Read one array.

    Parameters
    ----------
    file : file object
        At the start of the array.
    size : int
        Bytes of the entry or file.
    name : str
        The array's name.
    source : str
        What to call the file in messages.

    Raises
    ------
    InputError
        NPZ-1 to NPZ-3; NPZ-6 where this is no array at all.
    """
    header = _read_header(file, name, source)
    _check_header(header, size, name, source)
    buffer = np.empty(size - header.n_bytes, dtype=np.uint8)
    done = 0
    with progress.task(f"Reading {source}", len(buffer)) as task:
        while done < len(buffer):
            block = file.read(min(_BLOCK, len(buffer) - done))
            if not block:
                _refuse_size(name, source, f"the entry ends after {done:,} bytes")
            buffer[done : done + len(block)] = np.frombuffer(block, dtype=np.uint8)
            done += len(block)
            task.advance(len(block))
    values: np.ndarray = buffer.view(header.dtype)
    # In Fortran's order the first axis runs fastest: the reversed shape, transposed.
    if header.fortran_order:
        return values.reshape(header.shape[::-1]).T
    return values.reshape(header.shape)


def _read_header(file: BinaryIO, name: str, source: str) -> NpyHeader:
    """Read within the limit first; NumPy would read as many bytes as the length field says."""
    start = file.read(8)
    if not start.startswith(b"\x93NUMPY") or len(start) < 8:
        _refuse_damaged(source, f"array {name!r} does not start like one")
    version = (start[6], start[7])
    if version not in ((1, 0), (2, 0)):
        found = f"array {name!r} has format version {version[0]}.{version[1]}"
        refuse("NPZ-3", source, found, "version 1.0 or 2.0", "Save plain numbers with np.savez.")
    length_format = "<H" if version == (1, 0) else "<I"
    length_field = file.read(struct.calcsize(length_format))
    if len(length_field) < struct.calcsize(length_format):
        _refuse_damaged(source, f"array {name!r} ends inside its header")
    (length,) = struct.unpack(length_format, length_field)
    if length > MAX_HEADER_BYTES:
        _refuse_size(name, source, f"its header claims {length:,} bytes")
    text = file.read(length)
    if len(text) < length:
        _refuse_damaged(source, f"array {name!r} ends inside its header")
    shape, fortran_order, dtype = _parse_header(version, length_field + text, name, source)
    return NpyHeader(shape, dtype, fortran_order, len(start) + len(length_field) + length)


def _parse_header(
    version: tuple[int, int], data: bytes, name: str, source: str
) -> tuple[tuple[int, ...], bool, np.dtype]:
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return readers[version](io.BytesIO(data), max_header_size=MAX_HEADER_BYTES)
    except _HEADER_ERRORS as error:
        _refuse_damaged(source, f"the header of array {name!r} cannot be read ({error})")


def _check_header(header: NpyHeader, size: int, name: str, source: str) -> None:
    dtype = header.dtype
    if dtype.hasobject:
        found = f"array {name!r} holds Python objects"
        refuse("NPZ-1", source, found, "numbers", "Save numbers only; objects are never loaded.")
    if dtype.kind not in "buifUS" or dtype.itemsize == 0 or dtype.subdtype is not None:
        found = f"array {name!r}: type {dtype} is not an image or label type"
        refuse("NPZ-3", source, found, "whole numbers or floats", "Convert it before saving.")
    if any(side < 0 for side in header.shape):
        _refuse_size(name, source, f"its shape {header.shape} is negative")
    promised = math.prod(header.shape) * dtype.itemsize
    held = size - header.n_bytes
    if promised != held:
        found = f"it claims {promised:,} bytes ({header.shape} of {dtype})"
        _refuse_size(name, source, f"{found} but entry has {held:,} bytes")
    if promised > limits.MAX_UNPACKED_BYTES:
        _refuse_size(name, source, f"it has {promised:,} bytes")


def _refuse_size(name: str, source: str, found: str) -> NoReturn:
    limit = f"a header that fits its data, of at most {MAX_HEADER_BYTES:,} bytes"
    refuse("NPZ-2", source, f"array {name!r}: {found}", limit, "Save the array again.")


def _refuse_damaged(source: str, found: str) -> NoReturn:
    refuse("NPZ-6", source, found, "arrays as np.save writes them", "Save the file again.")
