"""What somebody says of folders and classes holds against what they would be read as."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labeler.datasets import load_dataset
from labeler.datasets.corrections import AS_FOUND, Corrections
from labeler.exceptions import InputError

Make = Callable[..., Path]
Read = Callable[..., tuple[Counter[str], Counter[str]]]


@pytest.fixture
def read(make_folder: Make, png: Callable[..., bytes]) -> Read:
    """Read images of these names; give the classes of the pool and those of the test part."""

    def build(
        names: str, more: dict[str, bytes] | None = None, **said: Any
    ) -> tuple[Counter[str], Counter[str]]:
        entries = {f"{one}.png": png(colour=n) for n, one in enumerate(names.split())}
        path = str(make_folder(entries | (more or {})))
        dataset = load_dataset(path, corrections=Corrections(**said))
        called = [*dataset.classes, "?"]
        test: Any = [] if dataset.test is None else dataset.test.labels
        pool = Counter(called[label] for label in dataset.train.labels)
        return pool, Counter(called[label] for label in test)

    return build


DAYS = "day1/cat/1 day1/dog/2 day2/cat/3 day2/dog/4 raw/9"
TREE = "photos/a/cat/1 photos/a/cat/2 photos/b/dog/3 photos/b/cow/4"


@pytest.mark.parametrize(
    ("names", "said", "pool", "test"),
    [
        (DAYS, {}, {"day1": 2, "day2": 2, "raw": 1}, {}),
        (DAYS, {"ignore": ("raw",)}, {"day1": 2, "day2": 2}, {}),
        (DAYS, {"ignore": ("/raw",), "train": ("day1", "day2")}, {"cat": 2, "dog": 2}, {}),
        (
            DAYS,
            {"ignore": ("raw",), "train": ("day1",), "test": ("/day2",)},
            {"cat": 1, "dog": 1},
            {"cat": 1, "dog": 1},
        ),
        (DAYS, {"class_folder": "last", "ignore": ("raw",)}, {"cat": 2, "dog": 2}, {}),
        (DAYS, {"class_folder": "last"}, {"cat": 2, "dog": 2, "raw": 1}, {}),
        (DAYS, {"class_folder": "none"}, {"?": 5}, {}),
        (DAYS, {"ignore": ("dog", "raw")}, {"day1": 1, "day2": 1}, {}),
        (DAYS, {"ignore": ("day1/cat",)}, {"day1": 1, "day2": 2, "raw": 1}, {}),
        (DAYS, {"ignore": ("9.png",)}, {"day1": 2, "day2": 2}, {}),
        (DAYS, {"one_class": ("day1/cat",)}, {"cat": 1, "day1": 1, "day2": 2, "raw": 1}, {}),
        (
            DAYS,
            {"renamed": (("day1", "day"), ("day2", "day"))},
            {"day": 4, "raw": 1},
            {},
        ),
        (TREE, {"class_folder": "first"}, {"a": 2, "b": 2}, {}),
        (TREE, {"class_folder": "last"}, {"cat": 2, "dog": 1, "cow": 1}, {}),
        ("train/1 train/2 test/3 test/4", {}, {"?": 2}, {}),
        (
            "train/1 train/2 test/3 test/4",
            {"one_class": ("train", "test")},
            {"train": 2, "test": 2},
            {},
        ),
        (
            "train/cat/1 train/dog/2 test/cat/3 test/dog/4",
            {"renamed": (("cat", "dog"),)},
            {"dog": 2},
            {"dog": 2},
        ),
        (
            "train/cat/1 train/dog/2 more/cat/3 more/dog/4",
            {"test": ("more",)},
            {"cat": 1, "dog": 1},
            {"cat": 1, "dog": 1},
        ),
        ("set/cat/1 set/dog/2 set2/cat/3", {"test": ("set2",)}, {"set": 2}, {"cat": 1}),
    ],
)
def test_what_is_said_is_what_is_read(
    read: Read, names: str, said: dict[str, Any], pool: dict[str, int], test: dict[str, int]
) -> None:
    assert read(names, **said) == (Counter(pool), Counter(test))


def test_a_copy_that_is_left_out_is_read_when_somebody_says_so(read: Read) -> None:
    kept = "b/train/cat/3 b/train/dog/4 b/train/dog/5 b/test/cat/6"
    names = f"a/train/cat/1 a/train/dog/2 a/test/dog/7 {kept}"
    assert read(names) == (Counter(cat=1, dog=2), Counter(cat=1))
    assert read(names, test=("a/train",)) == (Counter(cat=1, dog=2), Counter(cat=2, dog=2))


def test_a_list_says_nothing_of_a_folder_that_somebody_spoke_of(read: Read) -> None:
    listed = {"labels.csv": b"file_name,label\ncat/1.png,tiger\ncat/2.png,lion\ndog/3.png,wolf\n"}
    names = "cat/1 cat/2 dog/3"
    assert read(names, listed)[0] == Counter(tiger=1, lion=1, wolf=1)
    assert read(names, listed, one_class=("cat",))[0] == Counter(cat=2, wolf=1)
    assert read(names, listed, ignore=("labels.csv",))[0] == Counter(cat=2, dog=1)
    assert read(names, listed, class_folder="last")[0] == Counter(cat=2, dog=1)
    assert read(names, listed, ignore=("wolf",))[0] == Counter(tiger=1, lion=1)


@pytest.mark.parametrize(
    "said",
    [
        {"ignore": ("cow",)},
        {"test": ("cat/1.png",)},
        {"renamed": (("cow", "bull"),)},
        {"ignore": ("/1",)},
    ],
)
def test_what_is_not_there_is_refused_with_what_is(read: Read, said: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"nothing of that name .*cat, dog.* \[READ-1\]"):
        read("cat/1 dog/2", **said)


@pytest.mark.parametrize(
    "said",
    [
        {"ignore": ("a",), "test": ("a",)},
        {"class_folder": "middle"},
        {"renamed": (("a", " "),)},
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(said: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="READ-1"):
        Corrections(**said)


def test_classes_of_arrays_are_corrected_too(tmp_path: Path) -> None:
    file = tmp_path / "set.npz"
    np.savez(file, x=np.zeros((6, 4, 4), np.uint8), y=np.array([0, 0, 1, 1, 2, 2]))
    said = Corrections(ignore=("1",), renamed=(("2", "two"),))
    dataset = load_dataset(str(file), corrections=said)
    assert dataset.classes == ("0", "two")
    assert dataset.train.labels.tolist() == [0, 0, 1, 1]
    assert dataset.train.positions.tolist() == [0, 1, 4, 5]
    assert dataset.notes[-1] == "as you said: 1 left out, 2 called two"
    for wrong in (Corrections(test=("1",)), Corrections(class_folder="last")):
        with pytest.raises(InputError, match="READ-1"):
            load_dataset(str(file), corrections=wrong)
    with pytest.raises(InputError, match="no image is left"):
        load_dataset(str(file), corrections=Corrections(ignore=("0", "1", "2")))


def test_nothing_said_is_nothing() -> None:
    assert not AS_FOUND
    assert AS_FOUND.in_words() == ""
    assert Corrections(class_folder="last")
