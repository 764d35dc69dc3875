"""Handwritten digits: the small data set that comes with scikit-learn, so it is always here.

========  =============================================
images    1,797 of 8 x 8, uint8; no official test part
values    0-16 in the source, stored as round(v * 255 / 16)
labels    int64, 0 to 9: the digit itself
========  =============================================

Licence: CC BY 4.0 (UCI Machine Learning Repository).

Citation: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine
Learning Repository, 1998, https://doi.org/10.24432/C50P49 (scikit-learn carries its test part).
"""

import numpy as np

from labeler.datasets.base import Dataset, Split
from labeler.datasets.known.base import KnownDataset

NAME = "digits"
CLASSES = tuple("0123456789")


def load_digits() -> Dataset:
    """Load the bundled digits as a pool without a test part."""
    # Only for who asks for the digits: all other data sets do without scikit-learn.
    from sklearn.datasets import load_digits as load_bunch

    bunch = load_bunch()
    images = np.rint(bunch.images * (255 / 16)).astype(np.uint8)
    train = Split(images, bunch.target.astype(np.int64))
    return Dataset(NAME, CLASSES, train, source="bundled with scikit-learn", numbers=(0.0, 16.0))


def describe() -> KnownDataset:
    """What it is; always here."""
    return KnownDataset(
        NAME,
        "Handwritten digits, small",
        "1,797 images, 8 × 8 grey, 10 classes",
        "CC BY 4.0",
        (),
        "bundled",
        "comes with scikit-learn",
    )
