"""The arrays in a model's file: written as they are, and checked before anything is allocated.

An array is read when what is said of it (its hash, type and shape), what its own header says and
what the archive holds are the same. Nothing is unpickled.
"""

import hashlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import BinaryIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np

from labeler.datasets.containers.archive import ZipFiles
from labeler.datasets.tabular.npy_format import read_array
from labeler.exceptions import InputError
from labeler.formats.arrays import LONG_AGO
from labeler.prediction.contents import ArrayEntry

FOLDER = "arrays/"
_CHUNK_BYTES = 1 << 20


def entry_of(name: str) -> str:
    """The file of an array."""
    return f"{FOLDER}{name}.npy"


def write_array(archive: ZipFile, name: str, array: np.ndarray) -> ArrayEntry:
    """Put an array into an archive, as it lies in memory; the same array is the same bytes."""
    digest = hashlib.sha256()
    with archive.open(plain_entry(entry_of(name)), "w", force_zip64=True) as file:
        for chunk in _npy_chunks(array):
            digest.update(chunk)
            file.write(chunk)
    return ArrayEntry(sha256=digest.hexdigest(), dtype=array.dtype.str, shape=array.shape)


def plain_entry(name: str) -> ZipInfo:
    """An entry that is not packed: numbers hardly shrink, and it cannot claim to be larger."""
    entry = ZipInfo(name, LONG_AGO)
    entry.compress_type = ZIP_STORED
    return entry


def read_arrays(
    files: ZipFiles, source: str, entries: Mapping[str, ArrayEntry]
) -> dict[str, np.ndarray]:
    """Read all arrays that a file says it has.

    Raises
    ------
    InputError
        MODEL-4: one is missing or not what is said of it; NPZ-1 to NPZ-6: it is no plain array.
    """
    return {name: _read(files, source, name, entry) for name, entry in entries.items()}


def _read(files: ZipFiles, source: str, name: str, entry: ArrayEntry) -> np.ndarray:
    path = entry_of(name)
    if path not in files.names:
        raise refusal(source, f"the array {name} is missing")
    size = files.size(path)
    promised = int(np.prod([np.dtype(entry.dtype).itemsize, *entry.shape], dtype=object))
    if not promised <= size <= promised + _CHUNK_BYTES:
        raise refusal(source, f"the array {name} has {size:,} bytes, not {promised:,}")
    with files.open(path) as file:
        hashing = _Hashing(file)
        array = read_array(hashing, size, name, source)  # type: ignore[arg-type]
    if hashing.digest.hexdigest() != entry.sha256:
        raise refusal(source, f"the array {name} is not the one that was written: its hash differs")
    if array.dtype.str != entry.dtype or array.shape != entry.shape:
        raise refusal(source, f"the array {name} is of {array.dtype} and {array.shape}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise refusal(source, f"the array {name} has numbers that are not finite")
    return array


class _Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


def refusal(source: str, found: str) -> InputError:
    """What is said of a file that is not whole."""
    return InputError(
        "MODEL-4",
        source,
        found=found,
        expected="a model as labeler model wrote it",
        remedy="Copy it again, or write it anew with labeler model.",
    )


def _npy_chunks(array: np.ndarray) -> Iterator[bytes]:
    """The bytes of the array's .npy file, in the order in which it lies in memory."""
    is_fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    flat = (array.T if is_fortran else np.ascontiguousarray(array)).reshape(-1)
    header = BytesIO()
    told = {
        "shape": array.shape,
        "fortran_order": is_fortran,
        "descr": np.lib.format.dtype_to_descr(array.dtype),
    }
    np.lib.format.write_array_header_2_0(header, told)
    yield header.getvalue()
    step = max(1, _CHUNK_BYTES // max(1, flat.itemsize))
    for start in range(0, len(flat), step):
        yield flat[start : start + step].tobytes()
