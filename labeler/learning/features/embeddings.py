"""Vectors that were made elsewhere: one row for each image, in an ``.npy`` file."""

from pathlib import Path

import numpy as np

from labeler.exceptions import InputError
from labeler.learning.features.reduction import CHUNK


def load_embeddings(path: Path, n_train: int, n_test: int) -> np.ndarray:
    """Read and check a file of embeddings; an array of Python objects is refused, never loaded.

    Parameters
    ----------
    path : Path
    n_train, n_test : int
        Images of the data set as it was read, before any are left out or held out.

    Returns
    -------
    ndarray of shape (n_rows, n_features)
        Left on disk until it is looked at. Row ``i`` is image ``i``; where there are rows for a
        test part, they follow those of the pool.

    Raises
    ------
    InputError
        EMB-1: it cannot be read. EMB-2: it is not a table of finite numbers. EMB-3: it has not
        one row for each image.
    """
    embeddings = _read(path)
    if embeddings.ndim != 2 or embeddings.dtype.kind not in "fiu" or not embeddings.shape[1]:
        raise InputError(
            "EMB-2",
            str(path),
            found=f"an array of shape {embeddings.shape} and type {embeddings.dtype}",
            expected="numbers of shape (images, features)",
            remedy="Save one row of numbers for each image with numpy.save.",
        )
    if len(embeddings) != n_train + n_test:
        _refuse_rows(path, len(embeddings), n_train, n_test)
    _require_finite(path, embeddings)
    return embeddings


def _read(path: Path) -> np.ndarray:
    try:
        return np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError, EOFError, SyntaxError, MemoryError) as error:
        raise InputError(
            "EMB-1",
            str(path),
            found=(str(error) or type(error).__name__).splitlines()[0],
            expected="an array of numbers as numpy.save writes it",
            remedy="Give the path of such a file.",
        ) from error


def _refuse_rows(path: Path, n_rows: int, n_train: int, n_test: int) -> None:
    images = f"{n_train:,} images"
    if n_test:
        images = f"{n_train:,} images to label and {n_test:,} to test on"
    raise InputError(
        "EMB-3",
        str(path),
        found=f"{n_rows:,} rows",
        expected=f"{n_train + n_test:,}: the data set has {images}",
        remedy="Save one row for each image, in the data set's order, the test part last.",
    )


def _require_finite(path: Path, embeddings: np.ndarray) -> None:
    for start in range(0, len(embeddings), CHUNK):
        bad = ~np.isfinite(embeddings[start : start + CHUNK]).all(axis=1)
        if bad.any():
            row = start + int(np.flatnonzero(bad)[0])
            raise InputError(
                "EMB-2",
                str(path),
                found=f"row {row:,} has a number that is not finite",
                expected="finite numbers",
                remedy="Look at how that image's embedding was made.",
            )
