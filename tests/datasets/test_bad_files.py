"""Single bad files are left out and listed; many are an error, and so is one where it is asked."""

from collections.abc import Callable
from pathlib import Path

import pytest

import labeler.datasets.text.image_names
import labeler.imaging.decoding
from labeler.datasets import load_dataset
from labeler.exceptions import InputError
from tests.commands import run_here
from tests.planted import CRASH, plant


@pytest.fixture
def pets(png: Callable[..., bytes]) -> dict[str, bytes]:
    """Thirty good images of two classes."""
    return {f"{name}/{n:02}.png": png() for name in ("cat", "dog") for n in range(15)}


@pytest.mark.parametrize("make", ["make_folder", "make_zip"])
def test_bad_files_are_left_out_and_listed(
    make: str, pets: dict[str, bytes], png: Callable[..., bytes], request: pytest.FixtureRequest
) -> None:
    bad = {"cat/03.png": b"", "dog/02.png": png()[:-14], "dog/14.png": b"<html></html>"}
    dataset = load_dataset(str(request.getfixturevalue(make)(pets | bad)))
    assert {one.file: one.reason.partition(" [")[2] for one in dataset.left_out} == {
        "cat/03.png": "IMG-1]",
        "dog/02.png": "IMG-2]",
        "dog/14.png": "IMG-1]",
    }
    assert dataset.train.names == tuple(sorted(pets.keys() - bad.keys()))
    assert dataset.train.labels.tolist() == [0] * 14 + [1] * 13
    assert "3 images that cannot be read left out" in dataset.notes


def test_more_than_a_tenth_is_an_error(
    make_folder: Callable[..., Path], pets: dict[str, bytes]
) -> None:
    folder = make_folder(pets | {f"cat/{n:02}.png": b"text" for n in range(4)})
    said = (
        r"4 of 4 images read so far \(the set has 30\) cannot be read; .*00\.png: content is text"
    )
    with pytest.raises(InputError, match=said):
        load_dataset(str(folder))


def test_too_many_empty_files_are_to_be_removed(
    make_folder: Callable[..., Path], pets: dict[str, bytes]
) -> None:
    folder = make_folder(pets | {f"dog/{n:02}.png": b"" for n in range(11, 15)})
    said = r"4 of 30 images cannot be read; .*11\.png: the file is empty \(0 bytes\).*--ignore"
    with pytest.raises(InputError, match=said):
        load_dataset(str(folder))


@pytest.mark.parametrize("make", ["make_folder", "make_zip"])
def test_one_content_in_two_classes_is_warned_of(
    make: str, png: Callable[..., bytes], request: pytest.FixtureRequest
) -> None:
    names = ("cat/1", "cat/2", "dog/1", "dog/3", "owl/1")
    twice = [f"owl/{n}" for n in (5, 6)] + ["cat/3"]
    shades = dict.fromkeys(twice, 200) | {name: int(name[-1]) for name in names}
    entries = {f"{name}.png": png(colour=shade) for name, shade in shades.items()}
    (warning,) = load_dataset(str(request.getfixturevalue(make)(entries))).warnings
    assert warning.startswith("2 images in several files of different classes, byte for byte")
    assert "cat/1.png (cat) and dog/1.png (dog)" in warning or "cat/3.png (cat) and owl" in warning


def test_one_content_twice_in_a_class_is_not(
    make_folder: Callable[..., Path], pets: dict[str, bytes], png: Callable[..., bytes]
) -> None:
    kept = {name: png(colour=99 if "cat" in name else 1) for name in pets}
    assert load_dataset(str(make_folder(kept))).warnings == ()


@pytest.mark.parametrize(
    "command", [("inspect",), ("simulate", "--labels", "2"), ("explore",), ("new", "--name", "a")]
)
def test_strict_refuses_all_for_one(
    command: tuple[str, ...],
    make_folder: Callable[..., Path],
    pets: dict[str, bytes],
    tmp_path: Path,
) -> None:
    folder = make_folder(pets | {"cat/00.png": b"text"})
    name, *options = command
    instance = str(tmp_path / "instance")
    finished = run_here(name, folder, *options, "--strict", LABELER_INSTANCE=instance)
    assert finished.returncode == 2
    assert len(finished.stderr.splitlines()) == 1
    assert "00.png: content is text" in finished.stderr


def test_what_is_left_out_is_said_before_a_run_is_made(
    make_folder: Callable[..., Path], pets: dict[str, bytes], tmp_path: Path
) -> None:
    folder = make_folder(pets | {"cat/00.png": b"text"})
    options = ("--name", "pets", "--labels", "4")
    finished = run_here("new", folder, *options, LABELER_INSTANCE=str(tmp_path / "instance"))
    assert finished.returncode == 0, finished.stderr
    assert "left out: 1 (cat/00.png: content is text [IMG-1])" in finished.stderr


def test_a_file_that_breaks_the_decoder_is_left_out_too(
    make_folder: Callable[..., Path],
    pets: dict[str, bytes],
    png: Callable[..., bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plant(tmp_path / "planted", monkeypatch)
    folder = make_folder(pets | {"cat/00.png": png() + CRASH, "dog/07.png": png() + CRASH})
    dataset = load_dataset(str(folder))
    assert [one.file for one in dataset.left_out] == ["cat/00.png", "dog/07.png"]
    assert len(dataset.train) == 28


def test_too_many_that_break_it_are_an_error(
    make_folder: Callable[..., Path],
    pets: dict[str, bytes],
    png: Callable[..., bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plant(tmp_path / "planted", monkeypatch)
    monkeypatch.setattr(labeler.imaging.decoding.crew, "MAX_BROKEN", 1)
    folder = make_folder(pets | {f"cat/0{n}.png": png() + CRASH for n in range(3)})
    with pytest.raises(InputError, match="could not be decoded safely"):
        load_dataset(str(folder))


def test_heic_images_are_named_with_what_to_install(
    make_folder: Callable[..., Path], pets: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labeler.datasets.text.image_names, "reads_heic", lambda: False)
    dataset = load_dataset(str(make_folder(pets | {"cat/a.HEIC": b"", "dog/b.heif": b""})))
    assert [one.file for one in dataset.left_out] == ["cat/a.HEIC", "dog/b.heif"]
    assert any(
        note.startswith("2 HEIC images left out. To read it: pip install 'labeler[heic]'")
        for note in dataset.notes
    )
    assert not any("other files" in note for note in dataset.notes)
    with pytest.raises(
        InputError, match=r"1 HEIC image\. To read it: pip install 'labeler\[heic\]'"
    ):
        load_dataset(str(make_folder({"a.heic": b""}, "phone")))
