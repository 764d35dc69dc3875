"""Layouts made at random from what is meant: parts, containers, lists, side files."""

import tempfile
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from labeler.datasets.image_files import SortedImages
from labeler.datasets.layout import plan_images
from labeler.datasets.registry import open_files

CLASSES = ("ant", "Bär", "cat", "dog")
TRAIN = ("train", "Train", "training", "TRAINING_SET", "train_images", "trainset")
TEST = ("test", "Testing", "test_set", "test1", "eval", "test-data")
VALIDATION = ("val", "valid", "Validation", "dev")
UNLABELED = ("_unlabeled", "unlabelled", "no_label", "No label")
CONTAINERS = ("dataset", "archive", "pets", "data", "images", "my pictures")
SIDES = ("README.md", "LICENSE", "notes.txt", "model.h5", "sample_submission.csv", "Thumbs.db")


class Meant(NamedTuple):
    """What a layout stands for: the class of each image, by part."""

    entries: dict[str, bytes]
    pool: dict[str, str]
    test: dict[str, str]


def encoded() -> bytes:
    file = BytesIO()
    Image.new("L", (2, 2)).save(file, "PNG")
    return file.getvalue()


PNG = encoded()


@st.composite
def layouts(draw: st.DrawFn) -> Meant:
    """An untidy folder, and what was meant by it."""
    classes = draw(st.lists(st.sampled_from(CLASSES), min_size=2, max_size=4, unique=True))
    parts = {"pool": ""}
    if draw(st.booleans()):
        parts = {"pool": draw(st.sampled_from(TRAIN)) + "/"}
        kinds = draw(st.sampled_from(("test", "validation", "both")))
        held = TEST if kinds != "validation" else VALIDATION
        parts["test"] = draw(st.sampled_from(held)) + "/"
        if kinds == "both":
            parts["more"] = draw(st.sampled_from(VALIDATION)) + "/"
    by_list = draw(st.booleans())
    top = "".join(f"{name}/" for name in draw(st.lists(st.sampled_from(CONTAINERS), max_size=3)))
    known: dict[str, dict[str, str]] = {"pool": {}, "test": {}}
    n_images = draw(st.integers(1, 3))
    for part, prefix in parts.items():
        for place, class_name in enumerate(classes * n_images):
            folder = prefix if by_list else f"{prefix}{class_name}/"
            known["test" if part == "test" else "pool"][f"{folder}{part}{place}.png"] = class_name
    if not by_list and draw(st.booleans()):
        known["pool"][f"{parts['pool']}{draw(st.sampled_from(UNLABELED))}/more.png"] = ""
    entries = {f"{top}{name}": PNG for one in known.values() for name in one}
    for name in draw(st.lists(st.sampled_from(SIDES), unique=True)):
        entries[f"{draw(st.sampled_from(('', top)))}{name}"] = b"id,label\n1,2\n"
    labels = known["pool"] | known["test"]
    if by_list:
        entries[f"{top}labels.csv"] = draw(listings(labels))
    elif draw(st.booleans()):
        entries[f"{top}labels.csv"] = draw(listings(numbered(labels)))
    return Meant(entries, known["pool"], known["test"])


def numbered(classes: dict[str, str]) -> dict[str, str]:
    """The same with a number for each class, as programs count them."""
    return {name: str(CLASSES.index(label)) for name, label in classes.items() if label}


@st.composite
def listings(draw: st.DrawFn, classes: dict[str, str]) -> bytes:
    """A list of names in one of the ways that people write them."""
    before = draw(st.sampled_from(("", "./", "/home/me/", "C:\\pets\\")))
    comma = draw(st.sampled_from(",;\t"))
    has_ending = draw(st.booleans())
    header = draw(st.sampled_from(("file_name", "image", "image_id")))
    rows = [
        f"{before}{name if has_ending else name.removesuffix('.png')}{comma}{class_name}"
        for name, class_name in draw(st.permutations(sorted(classes.items())))
    ]
    rows.append(f"absent{comma}{min(classes.values())}")
    text = "\n".join([f"{header}{comma}label", *rows, *draw(st.sampled_from(([], [""])))])
    return text.encode(draw(st.sampled_from(("utf-8", "utf-8-sig", "cp1252"))))


def understood(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    with open_files(path) as opened:
        assert opened is not None
        planned = plan_images(opened[0])
    assert planned is not None
    found: SortedImages = planned[1]
    pool, test = (
        {name: found.classes.get(name, "") for name in p} for p in (found.train, found.test)
    )
    return pool, test


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(meant=layouts(), container=st.sampled_from(("folder", "zip", "zip in a folder")))
def test_a_layout_is_understood_as_it_was_meant(meant: Meant, container: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if container == "folder":
            lay(folder, meant.entries)
        else:
            with ZipFile(folder / "set.zip", "w") as archive:
                for entry, data in meant.entries.items():
                    archive.writestr(entry, data)
        (folder / "licence.txt").write_text("Do with it what you like.")
        understood_as = understood(folder / "set.zip" if container == "zip" else folder)
    assert understood_as == (meant.pool, meant.test)


def lay(folder: Path, entries: dict[str, bytes]) -> None:
    for name, data in entries.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
