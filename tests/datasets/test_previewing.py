"""A preview says what reading says, with a few pictures of each class, and decodes only these."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labeler.datasets import load_dataset, previewing
from labeler.datasets.corrections import Corrections
from labeler.datasets.inspection import inspection_of
from labeler.datasets.previewing import FolderRead, preview_dataset
from labeler.exceptions import InputError
from labeler.imaging import renditions

Make = Callable[..., Path]


@pytest.fixture
def days(make_folder: Make, png: Callable[..., bytes]) -> Path:
    names = [f"{day}/{name}/{n}" for day in ("day1", "day2") for name in "ab" for n in range(20)]
    more = {"raw/1.png": png(), "day1/a/bad.png": b"no picture"}
    return make_folder(
        {f"{name}.png": png((300, 200), colour=n) for n, name in enumerate(names)} | more
    )


@pytest.mark.parametrize(
    "said", [{}, {"ignore": ("raw",), "train": ("day1",), "test": ("day2",)}], ids=["found", "said"]
)
def test_counts_and_classes_are_those_that_reading_gives(days: Path, said: dict[str, Any]) -> None:
    corrections = Corrections(**said)
    seen = preview_dataset(str(days), corrections=corrections).inspection.as_dict()
    read = inspection_of(load_dataset(str(days), corrections=corrections)).as_dict()
    differ = {key for key, value in read.items() if seen[key] != value}
    assert differ <= {"notes", "left_out", "max_pixel"}
    assert [one["file"] for one in seen["left_out"]] == ["day1/a/bad.png"]


def test_what_turns_out_bad_while_pictures_are_decoded_is_not_counted(
    make_folder: Make, png: Callable[..., bytes]
) -> None:
    whole = {f"{name}/{n}.png": png((90, 60), colour=n) for name in "ab" for n in range(10)}
    folder = make_folder(whole | {"a/3.png": whole["a/3.png"][:60]})
    preview = preview_dataset(str(folder))
    seen = preview.inspection
    assert [left.file for left in seen.left_out] == ["a/3.png"]
    assert (seen.n_pool, seen.counts["a"]["pool"], len(seen.files)) == (19, 9, 19)
    assert {told.path: told.n_images for told in preview.folders} == {"/a": 9, "/b": 10}


def test_a_few_pictures_of_each_class_are_decoded(
    days: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previewing, "_AT_LEAST", 12)
    preview = preview_dataset(str(days))
    assert Counter(one.class_name for one in preview.samples) == {"day1": 6, "day2": 6, "raw": 1}
    assert "13 of 81 images were decoded" in " ".join(preview.inspection.notes)
    pictures = [renditions.decode(one.picture) for one in preview.samples]
    assert pictures[0].size == (256, 171)
    assert {one.file.partition("/")[0] for one in preview.samples} == {"day1", "day2", "raw"}


def test_folders_are_told_with_what_they_are_read_as(days: Path) -> None:
    found = preview_dataset(str(days)).folders
    assert found[:3] == (
        FolderRead("/day1", 40, "class"),
        FolderRead("/day1/a", 20, "inside", "day1"),
        FolderRead("/day1/b", 20, "inside", "day1"),
    )
    assert found[-1] == FolderRead("/raw", 1, "class")
    said = Corrections(ignore=("raw",), train=("day1",), test=("day2",))
    told = {one.path: one.meaning for one in preview_dataset(str(days), corrections=said).folders}
    assert told == {
        "/day1": "train", "/day1/a": "class", "/day1/b": "class",
        "/day2": "test", "/day2/a": "class", "/day2/b": "class",
    }  # fmt: skip


def test_the_folders_that_would_be_classes_are_told_below_one_beside_images(
    make_folder: Make, png: Callable[..., bytes]
) -> None:
    names = [f"days/{day}/{name}/1.png" for day in ("mon", "tue") for name in ("cat", "dog")]
    folder = make_folder({name: png() for name in [*names, *(f"{n}.png" for n in range(6))]})
    paths = [told.path for told in preview_dataset(str(folder)).folders]
    assert paths[:4] == ["/days", "/days/mon", "/days/mon/cat", "/days/mon/dog"]
    said = Corrections(one_class=tuple(path for path in paths if path.count("/") == 3))
    assert preview_dataset(str(folder), corrections=said).inspection.classes == ("cat", "dog")


def test_a_folder_that_is_left_out_can_be_spoken_of(
    make_folder: Make, png: Callable[..., bytes]
) -> None:
    names = [f"set/{side}/{n}.png" for side in ("images", "masks") for n in (1, 2)]
    folder = str(make_folder({name: png() for name in names}))
    (left_out,) = [one for one in preview_dataset(folder).folders if one.meaning == "left out"]
    said = Corrections(one_class=(left_out.path, "images"))
    assert load_dataset(folder, corrections=said).classes == ("images", "masks")


def test_arrays_show_some_of_each_class_and_no_folders(tmp_path: Path) -> None:
    file = tmp_path / "set.npz"
    np.savez(file, x=np.zeros((30, 4, 4), np.uint8), y=np.arange(30) % 3)
    preview = preview_dataset(str(file))
    assert [one.class_name for one in preview.samples] == ["0"] * 6 + ["1"] * 6 + ["2"] * 6
    assert preview.folders == ()


def test_what_cannot_be_read_is_refused_as_reading_refuses_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("no picture")
    with pytest.raises(InputError, match="DIR-1"):
        preview_dataset(str(tmp_path))
