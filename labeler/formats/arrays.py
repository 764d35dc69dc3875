"""Arrays as the bytes of an NPZ file, a block at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np

from labeler.formats.rows import LabelRows
from labeler.formats.sink import Sink

LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The time of every entry of an archive, so that the same set is the same bytes."""
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Blocks:
    """An array that is never in memory as a whole.

    Attributes
    ----------
    shape : tuple of int
    dtype : numpy dtype
    blocks : iterable of ndarray
        Along the first axis, in order.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    blocks: Iterable[np.ndarray]


def npz_chunks(arrays: Iterable[tuple[str, np.ndarray | Blocks]]) -> Iterator[bytes]:
    """The bytes of an NPZ file with these arrays by name; none of them holds Python objects."""
    sink = Sink()
    with ZipFile(sink, "w", ZIP_DEFLATED) as archive:
        for name, array in arrays:
            entry = ZipInfo(f"{name}.npy", LONG_AGO)
            entry.compress_type = ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as file:
                for chunk in _npy_chunks(array):
                    file.write(chunk)
                    yield sink.drain()
    yield sink.drain()


def text_array(texts: list[str]) -> np.ndarray:
    """Texts as an array that loads without pickle; a text may be of any length."""
    return np.array(texts, dtype=f"<U{max(map(len, texts), default=1) or 1}")


def common_arrays(rows: LabelRows) -> Iterator[tuple[str, np.ndarray]]:
    """What every NPZ file says about its rows beside the labels."""
    whole = slice(0, len(rows))
    yield "source", text_array(rows.source_names(whole))
    yield "confidence", rows.label_set.confidences
    yield "index", rows.indices
    yield "cluster", rows.clusters
    yield "classes", text_array(list(rows.class_names))
    yield "verdict", text_array([verdict or "" for verdict in rows.verdict_names(whole)])
    yield "split", text_array(rows.splits(whole))
    names = rows.file_names(whole)
    if names is not None:
        yield "file_name", text_array(names)


def _npy_chunks(array: np.ndarray | Blocks) -> Iterator[bytes]:
    header = BytesIO()
    described = {
        "descr": np.lib.format.dtype_to_descr(array.dtype),
        "fortran_order": False,
        "shape": tuple(array.shape),
    }
    np.lib.format.write_array_header_2_0(header, described)
    yield header.getvalue()
    for block in array.blocks if isinstance(array, Blocks) else _cut(array):
        yield np.ascontiguousarray(block).tobytes()


def _cut(array: np.ndarray) -> Iterator[np.ndarray]:
    row_bytes = max(1, array[:1].nbytes)
    step = max(1, _CHUNK_BYTES // row_bytes)
    return (array[start : start + step] for start in range(0, len(array), step))
