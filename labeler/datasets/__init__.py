"""Data sets: a name or a path in, a ``Dataset`` of uint8 images out.

``registry`` knows the names and sends paths to their readers; ``base`` says what a data set is.
``containers/`` are where files lie, ``layouts/`` and ``listings/`` what folders and lists say of
image files, ``tabular/`` images as numbers, ``known/`` the data sets with a name of their own.
``splitting`` holds out a part to test on; ``inspecting`` says what a path would be read as.
"""

from labeler.datasets.base import Dataset, Split
from labeler.datasets.known.base import KnownDataset
from labeler.datasets.registry import KNOWN, known_datasets, load_dataset
from labeler.datasets.splitting import with_test_part

__all__ = [
    "KNOWN",
    "Dataset",
    "KnownDataset",
    "Split",
    "known_datasets",
    "load_dataset",
    "with_test_part",
]
