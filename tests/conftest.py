"""Small data that many tests share."""

import numpy as np
import pytest

from labeler.datasets.base import Dataset, Split


def blobs(n_per_class: int, n_classes: int, seed: int, size: int = 8) -> Split:
    """Images of bright bars at one height per class, with noise: easy to cluster."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(n_classes), n_per_class)
    images = rng.integers(0, 60, (len(labels), size, size), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[label * size // n_classes] = 255
    order = rng.permutation(len(labels))
    return Split(images[order], labels[order].astype(np.int64))


@pytest.fixture
def bars() -> Dataset:
    """Four classes, 200 images in the pool, 80 to test on."""
    return Dataset("bars", ("a", "b", "c", "d"), blobs(50, 4, seed=1), blobs(20, 4, seed=2))


@pytest.fixture
def bars_without_test(bars: Dataset) -> Dataset:
    """The same pool, with no test part."""
    return Dataset("bars", bars.classes, bars.train)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
