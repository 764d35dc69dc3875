"""Overhead-MNIST: satellite and aerial pictures, drop-in for MNIST.

========  =============================================
images    8,519 + 1,065 of 28 x 28, uint8, grey
labels    int64: 0 car, 1 harbor, 2 helicopter, 3 oil_gas_field, 4 parking_lot, 5 plane,
          6 runway_mark, 7 ship, 8 stadium, 9 storage_tank
files     ``train.csv`` and ``test.csv``, or only one of them (then the pool, without a test
          part); header ``label,pixel1,…,pixel784``, one row an image
========  =============================================

Licence: not stated in the paper; ask the authors before passing the images on. Never downloaded.

Citation: D. Noever and S. E. Miller Noever, "Overhead MNIST: A Benchmark Satellite Dataset",
arXiv:2102.04266, 2021.
"""

from pathlib import Path

from labeler.datasets.base import Dataset
from labeler.datasets.known.base import KnownDataset, find_folder, has_any_file, known_files
from labeler.datasets.known.keras_cache import not_found
from labeler.datasets.tabular.csv import PART_FILES, load_pixel_csvs
from labeler.progress import SILENT, Progress

NAME = "overhead-mnist"
FILES = tuple(PART_FILES.values())

CLASSES = (
    "car",
    "harbor",
    "helicopter",
    "oil_gas_field",
    "parking_lot",
    "plane",
    "runway_mark",
    "ship",
    "stadium",
    "storage_tank",
)


def load_overhead_mnist(data: Path | None = None, progress: Progress = SILENT) -> Dataset:
    """Load Overhead-MNIST from local files.

    Parameters
    ----------
    data : Path, optional
        The folder of the CSV files, or one that holds it as ``overhead-mnist/``.
    progress : Progress

    Raises
    ------
    DatasetNotFoundError
        Neither file is there; the message names them.
    """
    folder = find_folder(NAME, data, _has_files)
    if folder is None:
        where = f"{data} does not hold its files" if data else "it cannot be downloaded"
        raise not_found(NAME, FILES, where)
    return load_pixel_csvs(known_files(folder), NAME, CLASSES, progress)


def describe(data: Path | None = None) -> KnownDataset:
    """What it is, and whether it is here."""
    folder = find_folder(NAME, data, _has_files)
    if folder is not None:
        status, place = "local", str(folder)
    else:
        status, place = "missing", "provide train.csv and test.csv with --data FOLDER"
    return KnownDataset(
        NAME,
        "Satellite and aerial pictures of ten kinds of objects",
        "8,519 + 1,065 images, 28 × 28 grey, 10 classes",
        "not stated by its authors",
        FILES,
        status,
        place,
    )


def _has_files(folder: Path) -> bool:
    return has_any_file(folder, FILES)
