"""MNIST: handwritten digits.

========  =============================================
images    60,000 + 10,000 of 28 x 28, uint8, white on black
labels    int64, 0 to 9: the digit itself
files     the four IDX files ``train-images-idx3-ubyte`` …, gzipped or not; or keras' mnist.npz
========  =============================================

Licence: CC BY-SA 3.0, copyright Y. LeCun and C. Cortes.

Citation: Y. LeCun, C. Cortes and C. J. C. Burges, "The MNIST database of handwritten digits",
1998; derived from NIST's Special Databases 1 and 3.
"""

from dataclasses import replace
from pathlib import Path

from labeler.datasets.base import Dataset
from labeler.datasets.known.base import (
    IDX_FILES,
    KnownDataset,
    find_folder,
    has_idx_files,
    known_files,
)
from labeler.datasets.known.keras_cache import download, keras_folder, not_found
from labeler.datasets.tabular.idx_sets import load_idx_files
from labeler.datasets.tabular.npz import load_arrays
from labeler.progress import SILENT, Progress

NAME = "mnist"

CLASSES = tuple("0123456789")


def load_mnist(
    data: Path | None = None, progress: Progress = SILENT, *, may_download: bool = True
) -> Dataset:
    """Load MNIST from local files, keras' cache or, failing both, the network.

    Parameters
    ----------
    data : Path, optional
        The folder of the four files, or one that holds it as ``mnist/``.
    progress : Progress
    may_download : bool
        Whether to look beyond ``data``.

    Raises
    ------
    DatasetNotFoundError
        It is nowhere; the message names the files.
    """
    folder = find_folder(NAME, data, has_idx_files)
    if folder is not None:
        return load_idx_files(known_files(folder), NAME, CLASSES, progress)
    if not may_download:
        raise not_found(NAME, IDX_FILES, f"{data} does not hold its files")
    if _cached().is_file():
        return replace(load_arrays(_cached(), progress, CLASSES), name=NAME)
    return download(NAME, "mnist", CLASSES, IDX_FILES, progress)


def describe(data: Path | None = None) -> KnownDataset:
    """What it is, and whether it is here."""
    folder = find_folder(NAME, data, has_idx_files)
    if folder is not None:
        status, place = "local", str(folder)
    elif _cached().is_file():
        status, place = "cached", str(_cached())
    else:
        status, place = "download", "downloaded by keras on first use"
    return KnownDataset(
        NAME,
        "Handwritten digits",
        "60,000 + 10,000 images, 28 × 28 grey, 10 classes",
        "CC BY-SA 3.0",
        IDX_FILES,
        status,
        place,
    )


def _cached() -> Path:
    return keras_folder() / "mnist.npz"
