"""Images that a journal knows are neither read nor decoded again."""

import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labeler.datasets import Dataset, load_dataset
from labeler.datasets.containers.folder import FolderFiles
from labeler.exceptions import InputError
from labeler.imaging.decoding.crew import Crew, ImageFile
from tests.planted import CRASH, plant

MakeImage = Callable[..., bytes]
LONG_AGO = 1_600_000_000


class Notebook:
    """A journal in memory."""

    def __init__(self) -> None:
        self.known: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        return self.known.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        self.known[key] = value


class Counts:
    """How many files were opened, and the names of those that were decoded."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opened: list[str] = []
        self.decoded: list[str] = []
        open_file, hand_out = FolderFiles.open, Crew.hand_out

        def opening(files: FolderFiles, name: str) -> Any:
            self.opened.append(name)
            return open_file(files, name)

        def handing(crew: Crew, batch: Sequence[ImageFile]) -> Any:
            self.decoded += [Path(file.source).name for file in batch]
            return hand_out(crew, batch)

        monkeypatch.setattr(FolderFiles, "open", opening)
        monkeypatch.setattr(Crew, "hand_out", handing)

    def forget(self) -> None:
        self.opened.clear()
        self.decoded.clear()


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counts:
    return Counts(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path, png: MakeImage) -> Path:
    """Twelve pictures of several sizes and kinds, one of which is damaged, from long ago."""
    root = tmp_path / "pictures"
    for number in range(12):
        path = root / "ab"[number % 2] / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        mode, colour = [("L", number), ("RGB", (number, 8, 7)), ("RGBA", (9, 8, number, 6))][
            number % 3
        ]
        path.write_bytes(png((80 + number, 60), mode, colour))
    (root / "a" / "08.png").write_bytes(png((80, 60))[:-14])
    for path in root.rglob("*.png"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return root


def content_of(dataset: Dataset) -> list[Any]:
    """All that was read, to be compared."""
    originals = dataset.train.originals
    assert originals is not None
    return [
        dataset.train.images.tobytes(),
        dataset.train.names,
        originals.hashes.tobytes(),
        originals.sizes.tolist(),
        list(originals.renditions),
        dataset.left_out,
        dataset.notes,
    ]


def test_what_is_known_is_neither_read_nor_decoded(folder: Path, counts: Counts) -> None:
    journal = Notebook()
    first = load_dataset(str(folder), journal=journal)
    assert len(counts.decoded) == 12
    counts.forget()
    again = load_dataset(str(folder), journal=journal)
    assert counts.opened == counts.decoded == []
    assert content_of(again) == content_of(first)
    assert content_of(load_dataset(str(folder))) == content_of(first)


def test_the_same_content_elsewhere_is_read_and_not_decoded(folder: Path, counts: Counts) -> None:
    journal = Notebook()
    first = load_dataset(str(folder), journal=journal)
    counts.forget()
    moved = folder.rename(folder.with_name("moved"))
    again = load_dataset(str(moved), journal=journal)
    assert len(counts.opened) == 12
    assert counts.decoded == []
    np.testing.assert_array_equal(again.train.images, first.train.images)
    counts.forget()
    load_dataset(str(moved), journal=journal)
    assert counts.opened == []


def test_a_file_that_changed_is_read_again(folder: Path, counts: Counts, png: MakeImage) -> None:
    journal = Notebook()
    load_dataset(str(folder), journal=journal)
    counts.forget()
    (folder / "b" / "03.png").write_bytes(png((83, 60), "L", 200))
    again = load_dataset(str(folder), journal=journal)
    assert counts.opened == ["b/03.png"]
    assert counts.decoded == ["03.png"]
    assert content_of(again) == content_of(load_dataset(str(folder)))


def test_a_file_of_this_second_is_known_by_its_content_alone(folder: Path, counts: Counts) -> None:
    (folder / "b" / "01.png").touch()
    journal = Notebook()
    load_dataset(str(folder), journal=journal)
    counts.forget()
    load_dataset(str(folder), journal=journal)
    assert counts.opened == ["b/01.png"]
    assert counts.decoded == []


def test_entries_of_an_archive_are_known_too(
    folder: Path, counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(folder.rglob("*.png")):
            packed.write(path, path.relative_to(folder))
    os.utime(archive, (LONG_AGO, LONG_AGO))
    journal = Notebook()
    first = load_dataset(str(archive), journal=journal)
    counts.forget()
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    again = load_dataset(str(archive), journal=journal)
    assert counts.decoded == []
    assert content_of(again) == content_of(first)


def test_after_a_stop_only_the_rest_is_decoded(folder: Path, counts: Counts) -> None:
    class Stopped(BaseException):
        pass

    class Stopping(Notebook):
        def put(self, key: bytes, value: bytes) -> None:
            if len(self.known) == 10:
                raise Stopped
            super().put(key, value)

    stopping = Stopping()
    with pytest.raises(Stopped):
        load_dataset(str(folder), journal=stopping)
    counts.forget()
    journal = Notebook()
    journal.known = stopping.known
    again = load_dataset(str(folder), journal=journal)
    assert len(counts.decoded) == 12 - 5  # an image is two records: its content, and its place
    assert content_of(again) == content_of(load_dataset(str(folder)))


def test_nonsense_in_a_journal_is_decoded_again(folder: Path, counts: Counts) -> None:
    journal = Notebook()
    first = load_dataset(str(folder), journal=journal)
    for key, value in journal.known.items():
        if len(value) != 32:
            journal.known[key] = value[:-1]
    counts.forget()
    assert content_of(load_dataset(str(folder), journal=journal)) == content_of(first)
    assert len(counts.decoded) == 12


def test_a_file_that_broke_its_decoder_is_tried_again(
    folder: Path, png: MakeImage, counts: Counts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a" / "08.png").write_bytes(png() + CRASH)
    journal = Notebook()
    with monkeypatch.context() as planted:
        plant(tmp_path / "planted", planted)
        (left_out,) = load_dataset(str(folder), journal=journal).left_out
    assert "IMG-5" in left_out.reason
    counts.forget()
    assert load_dataset(str(folder), journal=journal).left_out == ()
    assert counts.decoded == ["08.png"]


def test_a_refusal_is_told_as_it_was(folder: Path) -> None:
    journal = Notebook()
    for _ in range(2):
        with pytest.raises(InputError, match=r"08\.png.*IMG-2"):
            load_dataset(str(folder), journal=journal, strict=True)
