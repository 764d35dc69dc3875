"""Holding out a part to test on."""

import numpy as np
import pytest
from numpy.typing import ArrayLike

from labeler.datasets import Dataset, Split, with_test_part
from labeler.records import UNLABELED


def dataset_of(values: ArrayLike, classes: tuple[str, ...] = ("a", "b", "c")) -> Dataset:
    labels = np.array(values, dtype=np.int64)
    images = np.arange(len(labels), dtype=np.uint8)[:, np.newaxis, np.newaxis]
    return Dataset("set", classes, Split(images, labels, tuple(map(str, range(len(labels))))))


def test_a_fifth_of_each_class_is_held_out() -> None:
    whole = dataset_of([0] * 50 + [1] * 30 + [2] * 20)
    split = with_test_part(whole, random_state=0)
    assert np.bincount(split.test.labels).tolist() == [10, 6, 4]
    assert np.bincount(split.train.labels).tolist() == [40, 24, 16]
    assert "20 of 100 images held out to test on (seed 0)" in split.notes


def test_no_image_is_lost_or_on_both_sides() -> None:
    split = with_test_part(dataset_of([0, 1] * 25), random_state=3)
    names = [*(split.train.names or ()), *(split.test.names or ())]
    assert sorted(names) == sorted(map(str, range(50)))


def test_the_same_seed_gives_the_same_split_and_another_seed_another() -> None:
    whole = dataset_of([0, 1] * 50)
    names = [with_test_part(whole, random_state=seed).test.names for seed in (1, 1, 2)]
    assert names[0] == names[1] != names[2]


def test_images_of_unknown_class_stay_in_the_pool() -> None:
    split = with_test_part(dataset_of([0, 1] * 10 + [UNLABELED] * 30), random_state=0)
    assert split.test.is_labeled.all()
    assert np.count_nonzero(~split.train.is_labeled) == 30


def test_the_only_image_of_a_class_stays_in_the_pool_and_is_noted() -> None:
    split = with_test_part(dataset_of([0] * 10 + [1] * 10 + [2]), random_state=0)
    assert 2 in split.train.labels
    assert 2 not in split.test.labels
    assert "classes with a single image stay in the pool whole: c" in split.notes


def test_only_single_images_leave_no_test_part() -> None:
    split = with_test_part(dataset_of([0, 1, 2]), random_state=0)
    assert split.test is None
    assert any("no test part" in note for note in split.notes)


@pytest.mark.parametrize("n_classes", [2, 7, 30])
def test_classes_of_two_images_have_one_on_each_side(n_classes: int) -> None:
    labels = np.repeat(np.arange(n_classes), 2)
    classes = tuple(map(str, range(n_classes)))
    split = with_test_part(dataset_of(labels, classes), random_state=0)
    assert sorted(split.test.labels) == sorted(split.train.labels) == list(range(n_classes))


def test_a_data_set_with_a_test_part_or_without_truth_is_left_alone() -> None:
    split = with_test_part(dataset_of([0, 1] * 10), random_state=0)
    assert with_test_part(split, random_state=1) is split
    unknown = dataset_of([UNLABELED] * 10, classes=())
    assert with_test_part(unknown, random_state=0) is unknown
