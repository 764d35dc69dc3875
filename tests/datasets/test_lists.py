"""Lists of names beside the images, in every dialect, and what they leave open."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from labeler.datasets import Dataset, load_dataset
from labeler.datasets.listings.name_index import NameIndex
from labeler.exceptions import InputError
from labeler.records import UNLABELED

IMAGES = ("a.png", "b.png", "c.png", "d.png")
ROWS = ("a,cat", "b,dog", "c,cat", "d,dog")
Load = Callable[..., Dataset]


@pytest.fixture
def load(make_folder: Callable[..., Path], png: Callable[..., bytes]) -> Load:
    """The data set of a folder with a list and images, or of the list itself."""

    def build(
        content: str | bytes,
        images: Iterable[str] = IMAGES,
        name: str = "train.csv",
        *,
        by_list: bool = False,
    ) -> Dataset:
        data = content.encode() if isinstance(content, str) else content
        folder = make_folder({name: data, **{image: png() for image in images}})
        return load_dataset(str(folder / name if by_list else folder))

    return build


def named(dataset: Dataset) -> list[str]:
    labels = dataset.train.labels
    return [dataset.classes[label] if label != UNLABELED else "" for label in labels]


def lines(*rows: str, header: str = "image,label") -> str:
    return "".join(f"{row}\n" for row in (header, *rows))


@pytest.mark.parametrize("by_list", [False, True])
@pytest.mark.parametrize(
    "content",
    [
        lines(*ROWS),
        lines(*ROWS, header="image_id,label"),
        lines(*ROWS, header="id,breed"),
        lines(*(row.replace(",", ".png,") for row in ROWS)),
        lines(*(f"/home/me/pets/{row}" for row in ROWS)),
        lines(*(f"C:\\pets\\{row}" for row in ROWS)),
        lines(*(f"https://example.org/pets/{row}" for row in ROWS)),
        lines(*(row.replace(",", ";") for row in ROWS), header="image;label"),
        lines(*(row.replace(",", "\t") for row in ROWS), header="image\tlabel"),
        "\ufeff" + lines(*ROWS),
        lines(*ROWS) + "\n\n",
        lines(*ROWS).replace("\n", "\r\n"),
        lines(*ROWS, "a,cat"),
        "".join(f"{row.replace(',', '.png,')}\n" for row in ROWS),
        lines(*(f"{n},{row}" for n, row in enumerate(ROWS)), header=",image,label"),
        lines(*(f"{row},{n % 2}" for n, row in enumerate(ROWS)), header="image,class_name,label"),
        lines("a,1,0,0", "b,0,1,0", "c,1,0,0", "d,0,1,0", header="image,cat,dog,owl"),
    ],
)
def test_lists_in_every_dialect(load: Load, content: str, by_list: bool) -> None:
    dataset = load(content, by_list=by_list)
    assert named(dataset) == ["cat", "dog", "cat", "dog"]
    assert dataset.test is None


@pytest.mark.parametrize("folder", ["images", "train_images", "train", "data/images"])
def test_images_lie_in_a_folder_beside_the_list(load: Load, folder: str) -> None:
    assert named(load(lines(*ROWS), [f"{folder}/{image}" for image in IMAGES])) == [
        "cat",
        "dog",
        "cat",
        "dog",
    ]


def test_the_folder_that_all_rows_begin_with_may_be_another(load: Load) -> None:
    rows = [f"jpegs/{row}" for row in ROWS]
    assert named(load(lines(*rows), [f"images/{image}" for image in IMAGES]))[:2] == ["cat", "dog"]


def test_a_split_column_tells_the_parts(load: Load) -> None:
    rows = [
        f"{row},{split}" for row, split in zip(ROWS, ("train", "train", "Test", "val"), strict=True)
    ]
    dataset = load(lines(*rows, header="file_name,label,split"))
    assert dataset.train.names == ("a.png", "b.png", "d.png")
    assert dataset.test is not None
    assert dataset.test.names == ("c.png",)


def test_a_list_for_each_part(make_folder: Callable[..., Path], png: Callable[..., bytes]) -> None:
    images = {f"images/{image}": png() for image in IMAGES}
    lists = {"train.csv": lines(*ROWS[:2]).encode(), "test.csv": lines(*ROWS[2:]).encode()}
    dataset = load_dataset(str(make_folder(images | lists)))
    assert dataset.test is not None
    assert (len(dataset.train), len(dataset.test)) == (2, 2)


def test_a_list_of_names_alone_is_of_unknown_test_images(
    make_folder: Callable[..., Path], png: Callable[..., bytes]
) -> None:
    lists = {"train.csv": lines(*ROWS[:2]).encode(), "test.csv": b"image\nc\nd\n"}
    dataset = load_dataset(str(make_folder({image: png() for image in IMAGES} | lists)))
    assert (len(dataset.train), dataset.test) == (2, None)
    assert "2 test images of unknown class left out" in dataset.notes


@pytest.mark.parametrize("name", ["metadata.csv", "metadata.jsonl"])
def test_hugging_faces_metadata_in_each_part(
    make_folder: Callable[..., Path], png: Callable[..., bytes], name: str
) -> None:
    def listing(rows: Iterable[str]) -> bytes:
        pairs = [row.split(",") for row in rows]
        if name.endswith("csv"):
            return lines(*(f"{i}.png,{c}" for i, c in pairs), header="file_name,label").encode()
        said = [json.dumps({"file_name": f"{i}.png", "label": c, "objects": {}}) for i, c in pairs]
        return "\n".join(said).encode()

    entries = {f"train/{image}": png() for image in IMAGES}
    entries |= {f"test/{image}": png() for image in IMAGES[:2]}
    entries |= {f"train/{name}": listing(ROWS), f"test/{name}": listing(ROWS[:2])}
    dataset = load_dataset(str(make_folder(entries)))
    assert named(dataset) == ["cat", "dog", "cat", "dog"]
    assert dataset.test is not None
    assert dataset.test.labels.tolist() == [0, 1]


def test_absent_and_unclear_rows_are_counted_and_listed(load: Load) -> None:
    images = ["x/a.png", "y/a.png", "b.png", "c.png"]
    dataset = load(lines("a,cat", "b,dog", "gone,cat", "c,dog", "c,cat"), images)
    told = {one.file: one.reason for one in dataset.left_out}
    assert told == {
        "a": "row 2 of train.csv: 2 images end like that",
        "gone": "row 4 of train.csv: there is no such image",
        "c": "rows 5 and 6 of train.csv give it two classes",
    }
    assert sorted(named(dataset)) == ["", "", "", "dog"]
    assert "1 row of train.csv without an image here" in dataset.notes


def test_spread_labels_are_no_truth(load: Load) -> None:
    rows = ("a.png,cat,human", "b.png,dog,human", "c.png,cat,propagated", "d.png,dog,propagated")
    dataset = load(lines(*rows, header="file_name,class_name,source"), name="labels.csv")
    assert named(dataset) == ["cat", "dog", "", ""]
    assert any("2 labels of labels.csv spread from others" in note for note in dataset.notes)


def test_class_folders_come_before_a_list_of_any_name(load: Load) -> None:
    images = ["cat/a.png", "cat/b.png", "dog/c.png", "dog/d.png"]
    rows = ("a,happy", "b,sad", "c,happy", "d,sad")
    assert load(lines(*rows), images, "moods.csv").classes == ("cat", "dog")
    assert load(lines(*rows), images, "labels.csv").classes == ("happy", "sad")


def test_a_list_of_the_same_classes_leaves_the_folders_what_it_does_not_name(load: Load) -> None:
    images = ["cat/a.png", "cat/b.png", "dog/c.png", "dog/d.png"]
    assert named(load(lines("a,dog"), images, "labels.csv")) == ["dog", "cat", "dog", "dog"]
    assert named(load(lines("a,owl"), images, "labels.csv")) == ["owl", "", "", ""]


def test_a_list_that_submits_guesses_is_none(load: Load) -> None:
    assert load(lines(*ROWS), name="sample_submission.csv").classes == ()


def test_one_class_for_all_is_warned_of(load: Load) -> None:
    dataset = load(lines("a,cat", "b,cat"))
    assert dataset.warnings == ("all images with a label are of one class: cat",)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("cat/1.png", [0]),
        ("./cat/1.png", [0]),
        ("cat\\1.png", [0]),
        ("/data/pets/cat/1.png", [0]),
        ("pets/dog/1.png", [1]),
        ("dog/1", [1]),
        ("1.png", [0, 1]),
        ("2.jpeg", [2]),
        ("owl/1.png", []),
        ("g/1.png", []),
        ("", []),
    ],
)
def test_names_match_by_path_then_its_end_then_without_the_ending(
    name: str, found: list[int]
) -> None:
    index = NameIndex(["cat/1.png", "dog/1.png", "dog/2.jpg"])
    assert list(index.find(name)) == found


def test_a_list_of_other_images_is_told_of(load: Load) -> None:
    dataset = load(lines("gone.png,cat", "/etc/passwd,dog", header="file_name,label"))
    assert dataset.classes == ()
    (warning,) = dataset.warnings
    assert warning.startswith("none of the images in train.csv is here")


UMLAUTS = "IMG 0.png;Fußball\nIMG 1.png;Tor\n"


@pytest.mark.parametrize("name", ["Klassen.csv", "labels.csv", "labels.txt"])
@pytest.mark.parametrize("before", ["Datei;Klasse\n", "", "Datei;Größe\n"])
def test_a_list_saved_by_windows_is_read(load: Load, name: str, before: str) -> None:
    rows = (before + UMLAUTS.replace("IMG", "C:\\x\\IMG")).encode("cp1252")
    dataset = load(rows, ["IMG 0.png", "IMG 1.png"], name)
    assert named(dataset) == ["Fußball", "Tor"]
    assert any(f"{name} is not UTF-8 and was read as cp1252" in note for note in dataset.notes)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (UMLAUTS.encode() + b"IMG 2.png;\xe4\n", "byte 0xe4 is not UTF-8"),
        (UMLAUTS.encode("cp1252") + b"IMG 2.png;\x81\n", "byte 0xdf is not UTF-8"),
        (UMLAUTS.encode("utf-16"), "this is UTF-16 text. Save it as CSV in UTF-8."),
        (UMLAUTS.encode() + b"IMG 2.png;cat;1\n", "row 3 has 3 values, row 1 has 2"),
        (UMLAUTS.replace("IMG", "x").encode(), "none of the images in Klassen.csv is here"),
        (b"IMAGE 1.png cat\nIMAGE 2.png dog\n", "(such as IMAGE 1.png)"),
        (b"IMAGE 1.png\nIMAGE 2.png\n", "(such as IMAGE 1.png)"),
    ],
)
def test_a_list_that_is_not_used_is_warned_of(load: Load, content: bytes, words: str) -> None:
    dataset = load(content, ["IMG 0.png", "IMG 1.png"], "Klassen.csv")
    assert dataset.classes == ()
    (warning,) = dataset.warnings
    assert words in warning
    assert "1 other file ignored (Klassen.csv)" in dataset.notes


def test_json_about_other_images_is_warned_of(load: Load) -> None:
    rows = json.dumps({"images": [{"file_name": f"{n}.jpg"} for n in range(3)]})
    assert load(rows, name="coco.json").warnings == (
        "none of the images in coco.json is here (such as 0.jpg): "
        "correct the names, or put it beside them",
    )
    assert load(rows.replace(".jpg", ".png"), ["0.png"], "coco.json").warnings == ()


def test_names_in_other_letter_case_are_matched_where_that_is_clear(load: Load) -> None:
    rows = lines("IMG 0.JPG,cat", "IMG 1.JPG,dog", "IMG 2.JPG,dog", header="file,what")
    images = ["img 0.png", "img 1.png", "x/img 2.png", "y/Img 2.png"]
    dataset = load(rows, images, "labels.csv")
    assert named(dataset) == ["cat", "dog", "", ""]
    assert "2 rows of labels.csv matched with images in other letter case" in dataset.notes
    assert [one.reason for one in dataset.left_out] == [
        "row 4 of labels.csv: 2 images end like that"
    ]


def test_exact_names_come_before_other_letter_case(load: Load) -> None:
    rows = lines("A.png,cat", "a.png,dog", header="file,what")
    dataset = load(rows, ["A.png", "a.png"], "list.csv")
    assert named(dataset) == ["cat", "dog"]
    assert not any("letter case" in note for note in dataset.notes)


@pytest.mark.parametrize("rows", ["a cat\nb big dog\n", "a.png cat\nb.png big dog\n"])
def test_names_and_classes_apart_by_a_space(load: Load, rows: str) -> None:
    assert named(load(rows, IMAGES[:2], "labels.txt")) == ["cat", "big dog"]


def test_names_with_spaces_and_classes_apart_by_a_space(load: Load) -> None:
    rows = "IMG 0.png cat\nIMG 1.png dog\n"
    assert named(load(rows, ["IMG 0.png", "IMG 1.png"], "labels.txt")) == ["cat", "dog"]


@pytest.mark.parametrize(
    ("name", "by_list"),
    [("labels.csv", False), ("labels.csv", True), ("labels.jsonl", True), ("labels.jsonl", False)],
)
def test_a_list_elsewhere_says_where_its_images_lie(
    make_folder: Callable[..., Path], name: str, by_list: bool
) -> None:
    rows = [
        ("a.png", "cat", "/home/me/pets/cat/a.png"),
        ("b.png", "dog", "/home/me/pets/dog/b.png"),
    ]
    keys = ("file_name", "class_name", "path")
    content = lines(*map(",".join, rows), header=",".join(keys))
    if name.endswith("jsonl"):
        content = "".join(json.dumps(dict(zip(keys, row, strict=True))) + "\n" for row in rows)
    folder = make_folder({name: content.encode()})
    with pytest.raises(InputError, match="into /home/me/pets, beside the images") as caught:
        load_dataset(str(folder / name if by_list else folder))
    assert caught.value.code == ("CSV-7" if by_list else "DIR-1")


def test_prose_is_no_list(load: Load) -> None:
    prose = "a picture of pets\nsome of them sleep\nothers do not\n"
    dataset = load(prose, name="about.txt")
    assert (dataset.classes, dataset.warnings) == ((), ())
    assert "1 other file ignored (about.txt)" in dataset.notes
