"""Data sets of other tools: parts, classes and counts as they were meant, and what is left out."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from labeler.datasets import load_dataset
from labeler.datasets.image_files import SortedImages
from labeler.datasets.layout import plan_images
from labeler.datasets.registry import open_files
from labeler.exceptions import InputError
from tests.datasets.conftest import Written
from tests.datasets.foreign_sets import CLASSES, OVERHEAD, SETS, picture, pictures

Counts = tuple[dict[str, int], dict[str, int]]

ALL: Counts = ({"cat": 3, "dog": 3}, {})
UNKNOWN_TEST: Counts = ({"cat": 3, "dog": 3}, {"": 3})
TESTED: Counts = ({"cat": 3, "dog": 3}, {"cat": 1, "dog": 1})
OVERHEADS: Counts = (dict.fromkeys(OVERHEAD, 3), dict.fromkeys(OVERHEAD, 1))

MEANT: dict[str, Counts] = {
    "fiftyone-classification": ({"cat": 2, "dog": 3, "": 1}, {}),
    "fiftyone-confidence": ALL,
    "fiftyone-dataset": ({"cat": 2, "dog": 2}, {"cat": 1, "dog": 1}),
    "fiftyone-classifications": ({"cat": 2, "dog": 2}, {"cat": 1, "dog": 1}),
    "fiftyone-tree": ({"cat": 3, "dog": 3, "": 2}, {}),
    "cvat-task": ALL,
    "cvat-project": ({"cat": 2, "dog": 2}, {"cat": 1, "dog": 1}),
    "cvat-imagenet-lists": ALL,
    "cvat-imagenet": ({"cat": 3, "dog": 3, "": 1}, {}),
    "studio-json": ALL,
    "studio-json-other": ALL,
    "studio-json-min": ALL,
    "studio-json-min-other": ALL,
    "studio-csv": ALL,
    "studio-csv-other": ALL,
    "kaggle": UNKNOWN_TEST,
    "kaggle-image_id": UNKNOWN_TEST,
    "kaggle-names": UNKNOWN_TEST,
    "imagefolder": TESTED,
    "imagefolder-inside": TESTED,
    "hf-csv": TESTED,
    "hf-jsonl": TESTED,
    "hf-parquet": TESTED,
    "lists-of-parts": TESTED,
    "overhead": OVERHEADS,
    "overhead-kaggle": OVERHEADS,
    "overhead-paths": OVERHEADS,
}


def planned(path: Path) -> SortedImages:
    with open_files(path) as opened:
        assert opened is not None
        plan = plan_images(opened[0])
        assert plan is not None
        return plan[1]


def counts(images: SortedImages) -> Counts:
    pool, test = (
        dict(Counter(images.classes.get(name, "") for name in part))
        for part in (images.train, images.test)
    )
    return pool, test


@pytest.mark.parametrize("name", SETS)
def test_a_set_of_another_tool_is_read_as_it_was_meant(
    make_folder: Written, make_zip: Written, name: str
) -> None:
    entries = SETS[name]()
    as_folder, as_zip = planned(make_folder(entries)), planned(make_zip(entries))
    assert counts(as_folder) == MEANT[name]
    assert as_zip == as_folder


def test_in_a_project_of_cvat_one_name_in_two_subsets_is_two_images(make_folder: Written) -> None:
    images = planned(make_folder(SETS["cvat-project"]()))
    assert images.classes["Train/000000.png"] == "cat"
    assert images.classes["Test/000000.png"] == "dog"


def test_numbers_of_classes_get_the_names_of_the_folders(make_folder: Written) -> None:
    images = planned(make_folder(SETS["overhead-paths"]()))
    told = "the numbers in version2/labels.csv stand for the class folders, which name them"
    assert told in images.notes
    assert [left.file for left in images.left_out] == ["overhead/"]


def test_a_list_of_names_that_are_not_clear_is_told_of(make_folder: Written) -> None:
    (warning,) = planned(make_folder(SETS["overhead"]())).warnings
    assert warning.startswith("version2/labels.csv is not used: most of its names may be several")


@pytest.mark.parametrize("beside", [[], ["README.md", "LICENSE.txt", "about/licence"]])
@pytest.mark.parametrize("name", ["pets.zip", "sub/pets.zip", "pets.tgz", "pets.tar.gz"])
def test_the_only_archive_in_a_folder_is_read(
    make_folder: Written, name: str, beside: list[str], tmp_path: Path
) -> None:
    unpacked = make_folder(SETS["imagefolder"](), "unpacked")
    kind = "zip" if name.endswith(".zip") else "gztar"
    archive = Path(shutil.make_archive(str(tmp_path / "packed"), kind, unpacked)).read_bytes()
    folder = make_folder({name: archive, **dict.fromkeys(beside, b"Pets\n")})
    with open_files(folder) as opened:
        assert opened is not None
        files, called = opened
        assert called == "pets"
        assert files.root == folder / name
        assert f"read from {name}: nothing else in the folder is to be read" in files.notes
    assert counts(planned(folder)) == TESTED


@pytest.mark.parametrize("beside", ["more.zip", "table.xlsx"])
def test_an_archive_beside_other_things_is_not_opened(
    make_folder: Written, make_zip: Written, beside: str
) -> None:
    archive = make_zip(SETS["imagefolder"]()).read_bytes()
    with pytest.raises(InputError, match="unpack first"):
        load_dataset(str(make_folder({"pets.zip": archive, beside: archive})))


def test_pictures_come_before_an_archive_beside_them(
    make_folder: Written, make_zip: Written
) -> None:
    archive = make_zip(SETS["imagefolder"]()).read_bytes()
    images = planned(make_folder({"pets.zip": archive, "a.png": picture(1)}))
    assert images.train == ("a.png",)


LIST = "Datei;Klasse\nKäse 0.png;cat\nKäse 1.png;dog\nfehlt.png;cat\n"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("liste.csv", LIST.encode()),
        ("liste.csv", LIST.encode("cp1252")),
        ("liste.csv", LIST.replace("Datei", "Größe").encode("cp1252")),
        ("liste.txt", LIST.replace(";", "\t").encode("cp1252")),
        ("liste.csv", LIST.partition("\n")[2].encode("cp1252")),
        ("liste.csv", LIST.replace(".png", "").encode("cp1252")),
    ],
)
def test_a_list_given_by_itself_is_read_with_the_pictures_beside_it(
    make_folder: Written, name: str, data: bytes
) -> None:
    images = pictures(f"bilder/Käse {number}.png" for number in range(3))
    dataset = load_dataset(str(make_folder({**images, name: data}) / name))
    assert dataset.train.names == ("bilder/Käse 0.png", "bilder/Käse 1.png")
    assert dataset.classes == CLASSES
    assert [left.file.removesuffix(".png") for left in dataset.left_out] == ["fehlt"]


@pytest.mark.parametrize("name", ["fiftyone-classification", "cvat-task", "studio-json"])
def test_annotations_given_by_themselves_are_read_with_the_pictures_beside_them(
    make_folder: Written, name: str
) -> None:
    entries = SETS[name]()
    (side,) = [entry for entry in entries if not entry.endswith(".png")]
    assert load_dataset(str(make_folder(entries) / side)).classes == CLASSES


def test_a_list_given_by_itself_without_its_pictures_says_so(make_folder: Written) -> None:
    with pytest.raises(InputError, match="no file of the name in any row") as caught:
        load_dataset(str(make_folder({"liste.csv": LIST.encode("cp1252")}) / "liste.csv"))
    assert caught.value.code == "CSV-7"
