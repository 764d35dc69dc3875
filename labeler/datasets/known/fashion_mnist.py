"""Fashion-MNIST: pictures of Zalando's articles, drop-in for MNIST.

========  =============================================
images    60,000 + 10,000 of 28 x 28, uint8, white on black
labels    int64: 0 T-shirt/top, 1 Trouser, 2 Pullover, 3 Dress, 4 Coat, 5 Sandal, 6 Shirt,
          7 Sneaker, 8 Bag, 9 Ankle boot
files     the four IDX files ``train-images-idx3-ubyte`` …, gzipped or not
========  =============================================

Licence: MIT, Copyright 2017 Zalando SE, https://github.com/zalandoresearch/fashion-mnist.

Citation: H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for
Benchmarking Machine Learning Algorithms", arXiv:1708.07747, 2017.
"""

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
from labeler.progress import SILENT, Progress

NAME = "fashion-mnist"

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def load_fashion_mnist(
    data: Path | None = None, progress: Progress = SILENT, *, may_download: bool = True
) -> Dataset:
    """Load Fashion-MNIST from local files, keras' cache or, failing both, the network.

    Parameters
    ----------
    data : Path, optional
        The folder of the four files, or one that holds it as ``fashion-mnist/``.
    progress : Progress
    may_download : bool
        Whether to look beyond ``data``.

    Raises
    ------
    DatasetNotFoundError
        It is nowhere; the message names the files.
    """
    folder = find_folder(NAME, data, has_idx_files)
    if folder is None and not may_download:
        raise not_found(NAME, IDX_FILES, f"{data} does not hold its files")
    folder = folder or find_folder(NAME, keras_folder(), has_idx_files)
    if folder is None:
        return download(NAME, "fashion_mnist", CLASSES, IDX_FILES, progress)
    return load_idx_files(known_files(folder), NAME, CLASSES, progress)


def describe(data: Path | None = None) -> KnownDataset:
    """What it is, and whether it is here."""
    folder = find_folder(NAME, data, has_idx_files)
    cached = find_folder(NAME, keras_folder(), has_idx_files)
    if folder is not None:
        status, place = "local", str(folder)
    elif cached is not None:
        status, place = "cached", str(cached)
    else:
        status, place = "download", "downloaded by keras on first use"
    return KnownDataset(
        NAME,
        "Pictures of clothes, shoes and bags",
        "60,000 + 10,000 images, 28 × 28 grey, 10 classes",
        "MIT",
        IDX_FILES,
        status,
        place,
    )
