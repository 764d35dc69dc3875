"""Vectors that were made elsewhere, read from a file: by file name, or a row for each image.

============  ========================================================================
``.npz``      two arrays: ``file_name`` (text) and ``vector`` or ``embedding``
``.parquet``  two columns of these names
``.npy``      one array, in the order of a list of file names, or of the data set itself
============  ========================================================================
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from labeler.exceptions import ConfigError, InputError
from labeler.learning.features.reduction import CHUNK
from labeler.npy import mapped_npy
from labeler.words import installing

NAMES = "file_name"
VECTORS = ("vector", "embedding")
_UNREADABLE = (OSError, ValueError, EOFError, SyntaxError, MemoryError, BadZipFile, zlib.error)

LARGEST = 1e15
"""Squares of float32 numbers that are much larger are no numbers any more."""


@dataclass(frozen=True, eq=False)
class Embeddings:
    """Vectors, and what they are of.

    Attributes
    ----------
    path : Path
    names : sequence of str or None
        The file name of each; None where they only have a number.
    vectors : ndarray of shape (n, n_features)
        Finite numbers; of an ``.npy`` file left on disk until they are looked at.
    """

    path: Path
    names: Sequence[str] | None
    vectors: np.ndarray


def load_embeddings(path: Path, order: Path | None = None) -> Embeddings:
    """Read and check a file of vectors; Python objects in it are refused, never loaded.

    Parameters
    ----------
    path : Path
    order : Path, optional
        File names in the order of the rows of an ``.npy`` file: what ``labeler inspect --files
        --json`` writes, or one name a line.

    Raises
    ------
    InputError
        EMB-1: it cannot be read. EMB-2: it is not a table of finite numbers. EMB-4: it does not
        have one name for each row.
    ConfigError
        pyarrow is not installed; or an order is given for a file that has names.
    """
    if order is not None and not has_rows(path):
        raise ConfigError(f"{path.name} has file names itself: leave out --files.")
    if has_rows(path):
        names, vectors = None if order is None else _read_order(order), _read_npy(path)
    else:
        names, vectors = _read_npz(path) if _ends(path, ".npz") else _read_parquet(path)
    _require_table(path, vectors)
    if names is not None and len(names) != len(vectors):
        raise _refusal(path, f"{len(vectors):,} rows, but {len(names):,} names", code="EMB-4")
    return Embeddings(path, names, vectors)


def has_rows(path: Path) -> bool:
    """Whether vectors in such a file have a number alone, and no name."""
    return _ends(path, ".npy")


def _ends(path: Path, ending: str) -> bool:
    return path.name.lower().endswith(ending)


def _read_npy(path: Path) -> np.ndarray:
    try:
        return mapped_npy(path)
    except _UNREADABLE as error:
        raise _unreadable(path, error, "an array of numbers as numpy.save writes it") from error


def _read_npz(path: Path) -> tuple[Sequence[str], np.ndarray]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            names, vectors = arrays[NAMES], arrays[_vector_name(path, arrays.files)]
    except KeyError as error:
        raise _refusal(path, f"no array {NAMES}") from error
    except _UNREADABLE as error:
        raise _unreadable(path, error, "two arrays as numpy.savez writes them") from error
    if names.ndim != 1 or names.dtype.kind not in "US":
        raise _refusal(path, f"{NAMES} of shape {names.shape} and type {names.dtype}")
    return [_text(name) for name in names.tolist()], vectors


def _read_parquet(path: Path) -> tuple[Sequence[str], np.ndarray]:
    try:
        import pyarrow.compute
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise ConfigError(
            f"Reading Parquet needs the package pyarrow: {installing('parquet')}."
        ) from error
    try:
        with ParquetFile(path) as file:
            vector = _vector_name(path, file.schema_arrow.names)
            table = file.read(columns=[NAMES, vector])
            names = table.column(NAMES).to_pylist()
            rows = table.column(vector).combine_chunks()
            lengths = set(pyarrow.compute.list_value_length(rows).to_pylist())
            vectors = rows.flatten().to_numpy(zero_copy_only=False)
    except KeyError as error:
        raise _refusal(path, f"no column {NAMES}") from error
    except (ArrowException, AttributeError, *_UNREADABLE) as error:
        raise _unreadable(path, error, "a column of names and one of lists of numbers") from error
    if len(lengths) != 1 or not all(isinstance(name, str) for name in names):
        raise _refusal(path, "lists of different lengths, or rows without a name or a list")
    return names, vectors.reshape(len(names), -1)


def _vector_name(path: Path, names: Sequence[str]) -> str:
    for name in VECTORS:
        if name in names:
            return name
    raise _refusal(path, f"{', '.join(names) or 'nothing'}")


def _read_order(path: Path) -> Sequence[str]:
    """What ``inspect`` wrote as JSON, or one name a line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise _unreadable(path, error, "a list of file names in UTF-8") from error
    try:
        told: Any = json.loads(text)
    except ValueError:
        return [line for line in text.splitlines() if line.strip()]
    names = told.get("files") if isinstance(told, dict) else told
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InputError(
            "EMB-1",
            str(path),
            found="JSON without a list of files",
            expected="a list of file names",
            remedy="Write it with labeler inspect PATH --files --json FILE.",
        )
    return names


def _require_table(path: Path, vectors: np.ndarray) -> None:
    if vectors.ndim != 2 or vectors.dtype.kind not in "fiu" or not vectors.shape[1]:
        raise InputError(
            "EMB-2",
            str(path),
            found=f"an array of shape {vectors.shape} and type {vectors.dtype}",
            expected="numbers of shape (images, features)",
            remedy="Save one row of numbers for each image with numpy.save.",
        )
    for start in range(0, len(vectors), CHUNK):
        rows = np.asarray(vectors[start : start + CHUNK], dtype=np.float64)
        bad = ~((rows >= -LARGEST) & (rows <= LARGEST)).all(axis=1)
        if bad.any():
            row = start + int(np.flatnonzero(bad)[0])
            raise InputError(
                "EMB-2",
                str(path),
                found=f"row {row:,} has a number that is not finite, or beyond {LARGEST:.0e}",
                expected="finite numbers of usual size",
                remedy="Look at how that image's embedding was made.",
            )


def _text(name: str | bytes) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else name


def _refusal(path: Path, found: str, code: str = "EMB-4") -> InputError:
    return InputError(
        code,
        str(path),
        found=found,
        expected=f"{NAMES}, a name for each row, and {' or '.join(VECTORS)}, a vector for each",
        remedy="Save both, as many of one as of the other; or an .npy file with --files.",
    )


def _unreadable(path: Path, error: Exception, expected: str) -> InputError:
    return InputError(
        "EMB-1",
        str(path),
        found=(str(error) or type(error).__name__).splitlines()[0],
        expected=expected,
        remedy="Give the path of such a file.",
    )
