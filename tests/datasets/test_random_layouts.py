"""Layouts made at random from what is meant: parts, containers, lists, side files."""

import tempfile
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from labeler.datasets.containers.archive import open_archive
from labeler.datasets.containers.files import Files
from labeler.datasets.containers.folder import FolderFiles
from labeler.datasets.image_files import SortedImages
from labeler.datasets.layout import plan_images

CLASSES = ("ant", "bee", "cat", "dog")
TRAIN = ("train", "Train", "training", "TRAINING_SET", "train_images", "trainset")
TEST = ("test", "Testing", "test_set", "test1", "eval", "test-data")
VALIDATION = ("val", "valid", "Validation", "dev")
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
    entries = {f"{top}{name}": PNG for one in known.values() for name in one}
    for name in draw(st.lists(st.sampled_from(SIDES), unique=True)):
        entries[f"{draw(st.sampled_from(('', top)))}{name}"] = b"id,label\n1,2\n"
    if by_list:
        entries[f"{top}labels.csv"] = draw(listings(known["pool"] | known["test"]))
    return Meant(entries, known["pool"], known["test"])


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
    rows.append(f"absent{comma}{CLASSES[0]}")
    mark = draw(st.sampled_from(("", "\ufeff")))
    text = "\n".join([f"{mark}{header}{comma}label", *rows, *draw(st.sampled_from(([], [""])))])
    return text.encode()


def understood(files: Files) -> tuple[dict[str, str], dict[str, str]]:
    planned = plan_images(files)
    assert planned is not None
    found: SortedImages = planned[1]
    pool, test = (
        {name: found.classes.get(name, "") for name in p} for p in (found.train, found.test)
    )
    return pool, test


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(meant=layouts(), as_zip=st.booleans())
def test_a_layout_is_understood_as_it_was_meant(meant: Meant, as_zip: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "set.zip"
        if as_zip:
            with ZipFile(path, "w") as archive:
                for name, data in meant.entries.items():
                    archive.writestr(name, data)
            with open_archive(path) as files:
                found = understood(files)
        else:
            for name, data in meant.entries.items():
                target = Path(folder) / "set" / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            found = understood(FolderFiles(Path(folder) / "set"))
    assert found == (meant.pool, meant.test)
