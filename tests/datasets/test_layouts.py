"""Layouts as people have them: parts, containers, copies, links, and what looks odd."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from labeler.datasets import Dataset, load_dataset
from labeler.datasets.corrections import Corrections

MakeFolder = Callable[..., Path]


@pytest.fixture
def read(make_folder: MakeFolder, png: Callable[..., bytes]) -> Callable[..., Dataset]:
    """The data set of a folder with one image under each name; other files are empty."""

    def load(*names: str, **others: bytes) -> Dataset:
        entries = {
            name: png(mode="RGB", colour=divmod(number, 256) + (0,))
            if name.endswith(".png")
            else b""
            for number, name in enumerate(names)
        }
        return load_dataset(str(make_folder(entries | others)))

    return load


def each(folders: Iterable[str], n: int = 2) -> list[str]:
    return [f"{folder}/{number}.png" for folder in folders for number in range(n)]


def parts(train: str, test: str) -> list[str]:
    return each([f"{train}/cat", f"{train}/dog", f"{test}/cat"]) + each([f"{test}/dog"], 1)


def counts(dataset: Dataset) -> tuple[int, int]:
    return len(dataset.train), 0 if dataset.test is None else len(dataset.test)


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train", "val"),
        ("train", "validation"),
        ("Train", "Test"),
        ("training_set", "test_set"),
        ("training", "testing"),
        ("TRAIN", "valid"),
        ("train", "test1"),
        ("train_images", "test_images"),
        ("seg_train/seg_train", "seg_test/seg_test"),
        ("set/train", "set/eval"),
        ("archive/pets/train", "archive/pets/dev"),
        ("train/images", "test/images"),
        ("trainset", "holdout"),
    ],
)
def test_parts_go_by_many_names(read: Callable[..., Dataset], train: str, test: str) -> None:
    dataset = read(*parts(train, test), "README.md")
    assert dataset.classes == ("cat", "dog")
    assert counts(dataset) == (4, 3)
    assert dataset.warnings == ()


def test_validation_joins_the_pool_where_there_is_a_test_part(
    read: Callable[..., Dataset],
) -> None:
    dataset = read(*parts("train", "test"), *each(["valid/cat", "valid/dog"], 1))
    assert counts(dataset) == (6, 3)
    assert "valid/ is to label, too: 2 of the images" in dataset.notes


def test_validation_is_the_test_part_where_there_is_none(read: Callable[..., Dataset]) -> None:
    assert "val/ is the part to test on: 3 images" in read(*parts("train", "val")).notes


def test_a_test_part_without_classes_leaves_validation_to_test_on(
    read: Callable[..., Dataset],
) -> None:
    dataset = read(*parts("train", "val"), *each(["test"], 5))
    assert counts(dataset) == (4, 3)
    assert "5 test images of unknown class left out" in dataset.notes


def test_what_is_named_like_no_part_is_to_label(read: Callable[..., Dataset]) -> None:
    dataset = read(*parts("train", "test"), *each(["extra"], 3))
    assert counts(dataset) == (7, 3)
    assert "extra/ is named like no part: its 3 images to label" in dataset.notes


def test_classes_beside_the_parts_are_classes_to_label(read: Callable[..., Dataset]) -> None:
    dataset = read(*parts("train", "test"), *each(["cat", "dog", "bird"], 3))
    assert dataset.classes == ("bird", "cat", "dog")
    assert counts(dataset) == (13, 3)
    assert (dataset.train.labels >= 0).all()
    (warning,) = dataset.warnings
    assert "bird/, cat/, dog/ beside the parts read as classes to label (9 images)" in warning
    assert "--ignore /bird" in warning


def test_folders_beside_parts_without_classes_are_warned_of(
    read: Callable[..., Dataset], tmp_path: Path
) -> None:
    dataset = read(*each(["train", "test", "cat", "dog"], 3))
    assert dataset.classes == ()
    (warning,) = dataset.warnings
    assert "cat/, dog/ beside the parts read as 6 images of unknown class" in warning
    assert "(--one-class /cat)" in warning
    corrections = Corrections(one_class=("/cat", "/dog"))
    corrected = load_dataset(dataset.source, corrections=corrections)
    assert (corrected.classes, corrected.warnings) == (("cat", "dog"), ())


def test_parts_of_one_class_each_still_have_classes(read: Callable[..., Dataset]) -> None:
    assert read(*each(["train/cat", "train/dog", "test/ant"])).classes == ("ant", "cat", "dog")


def test_parts_inside_the_class_folders(read: Callable[..., Dataset]) -> None:
    dataset = read(*each(["cat/train", "cat/test", "dog/train", "dog/test"]))
    assert (dataset.classes, counts(dataset)) == (("cat", "dog"), (4, 4))


def test_classes_and_parts_in_one_name(read: Callable[..., Dataset]) -> None:
    dataset = read(*each(["train_cat", "train_dog", "test_cat", "test_dog"]))
    assert (dataset.classes, counts(dataset)) == (("cat", "dog"), (4, 4))


@pytest.mark.parametrize(
    "names",
    [
        each(["dataset/dataset/cat", "dataset/dataset/dog"]),
        [*each(["images/cat", "images/dog"]), "README.md", "LICENSE"],
        [*each(["data/raw/cat", "data/raw/dog"]), "data/notes.txt"],
        [*each(["images/cat", "images/dog"]), *each(["masks/cat", "masks/dog"])],
        [*each(["pets/cat", "pets/dog"]), "preview.png"],
    ],
)
def test_containers_are_looked_through_as_often_as_needed(
    read: Callable[..., Dataset], names: list[str]
) -> None:
    dataset = read(*names)
    assert dataset.classes == ("cat", "dog")
    assert dataset.train.names == ("cat/0.png", "cat/1.png", "dog/0.png", "dog/1.png")


@pytest.mark.parametrize("names", [each(["images"], 3), [*each(["cat"]), "loose.png"]])
def test_a_single_class_is_none(read: Callable[..., Dataset], names: list[str]) -> None:
    dataset = read(*names)
    assert (dataset.classes, len(dataset.train)) == ((), 3)
    assert not dataset.has_ground_truth


def test_overhead_mnist_as_its_authors_give_it(
    make_folder: MakeFolder, make_zip: Callable[..., Path], png: Callable[..., bytes]
) -> None:
    classes = ("car", "harbor", "helicopter", "oil_gas_field", "parking_lot", "plane", "ship")
    names = [
        f"{part}/{name}/{number}.png"
        for part in ("overhead/training", "overhead/testing", "version2/train", "version2/test")
        for name in classes
        for number in range(3 if "train" in part else 1)
    ]
    entries = {name: png() for name in names} | {"README.md": b"", "version2/train.txt": b""}
    for path in (make_folder(entries), make_zip(entries)):
        dataset = load_dataset(str(path))
        assert dataset.classes == classes
        assert counts(dataset) == (21, 7)
        (left_out,) = dataset.left_out
        assert left_out.file == "version2/"
        assert "the same classes are in overhead/, which is used (28 images)" in left_out.reason


def test_a_second_copy_inside_is_left_out(read: Callable[..., Dataset]) -> None:
    dataset = read(*parts("xray/train", "xray/test"), *parts("xray/xray/train", "xray/xray/test"))
    assert counts(dataset) == (4, 3)
    assert dataset.left_out[0].reason == "not read: it holds the same classes once more (7 images)"


def test_a_few_pictures_beside_the_parts_are_left_out_and_listed(
    read: Callable[..., Dataset],
) -> None:
    dataset = read(*parts("train", "test"), "confusion.png")
    assert counts(dataset) == (4, 3)
    assert dataset.left_out[0].reason == "not read: 1 image beside the folders of the parts"


@pytest.mark.parametrize(
    ("folders", "words"),
    [
        (["a/cat", "a/dog", "b/cat", "b/dog"], "hold the same sub-folders (cat, dog)"),
        (["train", "bus"], "named like a part of a data set, but read as a class: train"),
        (["2020-01-05", "2020-02-17", "20210301"], "the classes look like dates"),
        (["2020-01-05", "2020-02-17 sea", "cat"], "look like dates: 2020-01-05, 2020-02-17"),
        (["May 2024", "2024 Ostsee", "3. März 2023"], "dates: 2024 Ostsee, 3. März 2023, May 2024"),
        (["2020-01-05", "Camera Roll"], "dates or folders of a camera or phone: 2020-01-05"),
        (["Camera Roll", "WhatsApp Images", "Screenshots"], "folders of a camera or phone"),
        (["DCIM", "100CANON", "cat"], "folders of a camera or phone: 100CANON, DCIM"),
        (["100CANON", "102_PANA", "100APPLE"], "look like a run of numbers: 100APPLE"),
        (["batch1", "batch2", "batch10"], "the classes look like a run of numbers"),
        (["100CANON", "101CANON"], "the classes look like a run of numbers"),
        ([f"{number:04}" for number in range(20)], "the classes look like a run of numbers"),
    ],
)
def test_classes_that_look_odd_are_warned_of(
    read: Callable[..., Dataset], folders: list[str], words: str
) -> None:
    (warning,) = read(*each(folders)).warnings
    assert words in warning


@pytest.mark.parametrize(
    ("names", "folder"),
    [
        (each(["Glas"], 3), "Glas"),
        (each(["sub/Glas"], 3), "Glas"),
        ([*each(["my cats"], 3), "loose.png"], "'my cats'"),
        (each(["train/Glas", "test/Glas"]), "Glas"),
    ],
)
def test_a_single_class_folder_is_warned_of_and_can_be_a_class(
    make_folder: MakeFolder, png: Callable[..., bytes], names: list[str], folder: str
) -> None:
    path = str(make_folder({name: png() for name in names}))
    dataset = load_dataset(path)
    name = folder.strip("'")
    (warning,) = dataset.warnings
    assert dataset.classes == ()
    assert warning.startswith(f"only one class folder, {name}: its name is not used")
    assert warning.endswith(f"(--one-class {folder})")
    assert load_dataset(path, corrections=Corrections(one_class=(name,))).classes == (name,)


@pytest.mark.parametrize("folder", ["images", "train", "2024-05-01", "DCIM", "unlabeled", "set"])
def test_a_single_folder_that_speaks_of_no_class_is_not_warned_of(
    read: Callable[..., Dataset], folder: str
) -> None:
    assert read(*each([folder], 3)).warnings == ()


def test_classes_in_one_folder_beside_many_images_are_warned_of_and_can_be_read(
    make_folder: MakeFolder, png: Callable[..., bytes]
) -> None:
    names = each([f"days/{day}/{name}" for day in ("mon", "tue") for name in ("cat", "dog")])
    path = str(make_folder({name: png() for name in [*names, *each(["."], 6)]}))
    dataset = load_dataset(path)
    (warning,) = dataset.warnings
    assert dataset.classes == ()
    assert warning.startswith("6 images lie beside days/, so that the folders in it (mon, tue)")
    assert "--class-folder last" in warning
    assert load_dataset(path, corrections=Corrections(class_folder="last")).classes == (
        "cat",
        "dog",
    )


def test_folders_read_as_one_pile_since_somebody_said_so_are_told_so(
    make_folder: MakeFolder, png: Callable[..., bytes]
) -> None:
    path = str(make_folder({name: png() for name in each(["cat", "dog"])}))
    dataset = load_dataset(path, corrections=Corrections(class_folder="none"))
    assert "2 folders read as one pile: no folder names a class, as you said" in dataset.notes
    assert dataset.warnings == ()


@pytest.mark.parametrize(
    "folders",
    [
        [str(n) for n in range(10)],
        ["cat", "dog"],
        ["n01440764", "n01443537"],
        ["b1", "b2"],
        ["Audi 2012", "Maybach 2012"],
        ["camera", "phone", "mug"],
        ["marten", "mayfly"],
    ],
)
def test_classes_as_they_should_be_are_not(
    read: Callable[..., Dataset], folders: list[str]
) -> None:
    assert read(*each(folders, 3)).warnings == ()


def test_folders_without_end_are_no_trouble(
    make_zip: Callable[..., Path], png: Callable[..., bytes]
) -> None:
    deep = "/".join("a" * 1 for _ in range(200))
    entries = {f"{deep}/cat/1.png": png(), f"{deep}/dog/1.png": png()}
    assert len(load_dataset(str(make_zip(entries))).train) == 2
