"""The known data sets as their publishers made them."""

import os
from pathlib import Path

import numpy as np
import pytest

from labeler.datasets import load_dataset, with_test_part

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(
        "LABELER_DATA" not in os.environ,
        reason="LABELER_DATA does not name a folder with fashion-mnist/ and overhead-mnist/",
    ),
]


@pytest.fixture
def data() -> Path:
    return Path(os.environ["LABELER_DATA"])


def test_fashion_mnist_is_complete(data: Path) -> None:
    dataset = load_dataset("fashion-mnist", data)
    assert dataset.train.images.shape == (60_000, 28, 28)
    assert dataset.test is not None
    assert dataset.test.images.shape == (10_000, 28, 28)
    assert np.bincount(dataset.train.labels).tolist() == [6000] * 10
    assert dataset.classes[dataset.train.labels[0]] == "Ankle boot"


def test_fashion_mnist_is_found_by_the_environment_and_as_a_path_too(data: Path) -> None:
    by_name = load_dataset("fashion-mnist")
    by_path = load_dataset(str(data / "fashion-mnist"))
    assert (by_name.train.images == by_path.train.images).all()
    assert by_path.classes == tuple(str(number) for number in range(10))


def test_overhead_mnist_has_ten_classes_and_is_split_by_the_seed(data: Path) -> None:
    dataset = load_dataset("overhead-mnist", data)
    assert dataset.image_shape == (28, 28)
    assert set(dataset.train.labels) == set(range(10))
    if dataset.test is None:
        split = with_test_part(dataset, random_state=0)
        assert split.test is not None
        assert (len(split.train), len(split.test)) == (852, 213)
