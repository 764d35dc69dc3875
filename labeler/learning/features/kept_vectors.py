"""What a network saw in pictures, kept by picture, so that none is looked at twice.

A pass over many pictures takes an hour; killed, it goes on where it was. Vectors are written every
few seconds, a file each time, which is whole or not there; a pass that comes to its end makes one
file of many. They lie in the folder of the feature cache and count towards its size:
what was not used for longest goes, and is computed again. Numbers are kept, and given, in half
precision (2.5 kB for 1,280 of them): what was kept and what was just computed are the same.
"""

import hashlib
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np

from labeler.files import write_atomically
from labeler.learning.features.cache import make_room
from labeler.npy import mapped_npy

KEY_BYTES = 32
WRITTEN_EVERY = 5.0
"""Seconds: a kill costs no more than that."""

MOST_FILES = 8
"""That vectors of one kind lie in, once a pass is done."""

_TYPE = np.float16
_CHUNK = 4096


class KeptVectors:
    """Vectors by the content of the pictures they are of.

    Parameters
    ----------
    folder : Path
        Made when the first vectors are written.
    made_by : str
        All that a picture's vector depends on beside the picture.
    """

    def __init__(self, folder: Path, made_by: str) -> None:
        self._folder = folder
        self._prefix = hashlib.sha256(made_by.encode()).hexdigest()[:32]
        self._new: dict[bytes, np.ndarray] = {}
        self._parts: list[Path] = []
        self._written_at = time.monotonic()

    def find(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What is kept of some pictures.

        Parameters
        ----------
        keys : ndarray of shape (n, 32), dtype uint8
            SHA-256 of each.

        Returns
        -------
        places : ndarray of shape (m,), dtype int64
            Of those that are kept, ascending.
        vectors : ndarray of shape (m, n_features), dtype float16
        """
        wanted: dict[bytes, list[int]] = {}
        for place, key in enumerate(keys):
            wanted.setdefault(key.tobytes(), []).append(place)
        vectors: dict[int, np.ndarray] = {}
        for table in self._tables():
            for row, key in enumerate(table["key"]):
                for place in wanted.pop(key.tobytes(), ()):
                    vectors[place] = table["vector"][row]
        places = np.array(sorted(vectors), dtype=np.int64)
        return places, _stacked([vectors[place] for place in places])

    def keep(self, keys: Sequence[bytes], vectors: np.ndarray) -> None:
        """Keep vectors of pictures: written soon, at the latest by ``finish``."""
        self._new.update(zip(keys, as_kept(vectors), strict=True))
        if time.monotonic() - self._written_at > WRITTEN_EVERY:
            self.write()

    def write(self) -> None:
        """Write what is new; a full disk is no reason to fail."""
        if self._new:
            self._parts += self._write([_table(self._new)])
        self._new = {}
        self._written_at = time.monotonic()

    def finish(self) -> None:
        """All is known that was asked for: many files become one."""
        self.write()
        if len(self._parts) > MOST_FILES:
            tables = [table for path in self._parts if (table := _read(path)) is not None]
            if tables and self._write(tables):
                for path in self._parts:
                    path.unlink(missing_ok=True)
        with suppress(OSError):
            make_room(self._folder)

    def _tables(self) -> Iterator[np.ndarray]:
        self._parts = []
        for path in sorted(self._folder.glob(f"{self._prefix}.*.vectors.npy")):
            table = _read(path)
            if table is not None:
                with suppress(OSError):
                    path.touch()
                self._parts.append(path)
                yield table

    def _write(self, tables: Sequence[np.ndarray]) -> list[Path]:
        path = self._folder / f"{self._prefix}.{secrets.token_hex(8)}.vectors.npy"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomically(path, _npy_chunks(tables))
        except OSError:
            return []
        return [path]


def as_kept(vectors: np.ndarray) -> np.ndarray:
    """Vectors in the precision that they are kept in."""
    most = np.finfo(_TYPE).max
    return vectors.clip(-most, most).astype(_TYPE)


def _table(vectors: dict[bytes, np.ndarray]) -> np.ndarray:
    rows = _stacked(list(vectors.values()))
    table = np.empty(len(rows), _table_type(rows.shape[1]))
    table["key"] = np.frombuffer(b"".join(vectors), dtype=np.uint8).reshape(-1, KEY_BYTES)
    table["vector"] = rows
    return table


def _table_type(n_features: int) -> np.dtype[np.void]:
    return np.dtype([("key", np.uint8, (KEY_BYTES,)), ("vector", _TYPE, (n_features,))])


def _npy_chunks(tables: Sequence[np.ndarray]) -> Iterator[bytes]:
    """Several tables as one file, never in memory as a whole."""
    head = BytesIO()
    described = np.lib.format.header_data_from_array_1_0(tables[0])
    described["shape"] = (sum(map(len, tables)),)
    np.lib.format.write_array_header_1_0(head, described)
    yield head.getvalue()
    for table in tables:
        for start in range(0, len(table), _CHUNK):
            yield table[start : start + _CHUNK].tobytes()


def _read(path: Path) -> np.ndarray | None:
    """A file of vectors, left on disk; None where it is not one."""
    try:
        table = mapped_npy(path)
    except (OSError, ValueError, EOFError):
        return None
    names = table.dtype.names or ()
    is_ours = "vector" in names and table.dtype == _table_type(*table.dtype["vector"].shape)
    return table if is_ours and table.ndim == 1 else None


def _stacked(vectors: Sequence[np.ndarray]) -> np.ndarray:
    return np.stack(vectors) if vectors else np.empty((0, 0), _TYPE)
