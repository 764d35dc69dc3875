"""Data sets: a name or a path in, a ``Dataset`` of uint8 images out.

``registry`` knows the names and sends paths to their readers; ``base`` says what a data set is;
``splitting`` holds out a part to test on; ``inspecting`` says what a path would be
read as.
"""

from labeler.datasets.base import Dataset, Split
from labeler.datasets.known import KnownDataset
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
