"""Exported originals are called as the user called them, and sets are read back by these names."""

import random
import unicodedata
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.datasets import load_dataset
from labeler.formats import FORMATS, LabelRows, Options, write_set
from labeler.formats.names import safe_name
from labeler.formats.own_names import image_names, stem_names
from labeler.formats.rows import Side
from labeler.imaging.thumbnails import png
from tests.formats.conftest import HOSTILE, make_rows
from tests.formats.test_read_back import READABLE, require, told, wanted, with_parts

FILES = [name for name in READABLE if FORMATS[name].with_files]


class FakeOriginals:
    """Originals whose content is the image as PNG, whatever they are called."""

    folder: Path | None = None

    def __init__(self, rows: LabelRows, paths: list[str]) -> None:
        self._images = rows.images
        self._paths = dict(zip(rows.places.tolist(), paths, strict=True))

    def size(self, place: int) -> tuple[int, int]:
        return self._images.shape[1], self._images.shape[2]

    def read(self, place: int) -> bytes:
        return png(self._images[place])

    def path(self, place: int) -> str:
        return self._paths[place]

    def file(self, place: int) -> Path | None:
        return None


def of_files(paths: list[str], rows: LabelRows | None = None) -> LabelRows:
    rows = rows or make_rows(len(paths), names=paths)
    return replace(rows, originals=FakeOriginals(rows, paths))


def folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


LONG = "ö" * 127

# The number of an image in these sets is 101, 103, 105 …
NAMED = [
    (["paper/paper101.jpg", "rock/a.JPG"], ["paper101.jpg", "a.JPG"]),
    (["a/x.jpg", "b/X.jpg"], ["a-x.jpg", "b-X.jpg"]),
    (["a/x.jpg", "a/X.jpg", "a/y.jpg"], ["x-000101.jpg", "X-000103.jpg", "y.jpg"]),
    (["p/a/1.jpg", "p/b/1.jpg", "q/2.jpg"], ["a-1.jpg", "b-1.jpg", "2.jpg"]),
    (["p/a/1.jpg", "q/a/1.jpg"], ["p-a-1.jpg", "q-a-1.jpg"]),
    (["p/a/1.jpg", "b/1.jpg", "a-1.jpg"], ["p-a-1.jpg", "b-1.jpg", "a-1.jpg"]),
    (["1.jpg", "b/1.jpg"], ["1.jpg", "b-1.jpg"]),
    (["1.jpg", "1.png"], ["1.jpg", "1.png"]),
    (["größe 1.jpg", "it's & 9 %.jpg", "写真.jpg"], ["größe 1.jpg", "it's & 9 %.jpg", "写真.jpg"]),
    (["u\u0308.jpg", "d/ü.jpg"], ["ü.jpg", "d-ü.jpg"]),
    (["a:b.jpg", "a?b.jpg"], ["a_b-000101.jpg", "a_b-000103.jpg"]),
    (["-rf.jpg", ".hidden.jpg", "__a.jpg"], ["-rf.jpg", "_hidden.jpg", "_a.jpg"]),
    (["con.jpg", "half \udc80.jpg", "\u202egpj.png"], ["_con.jpg", "half _.jpg", "_gpj.png"]),
    (["a\\b.jpg", "photo .jpg", "two..jpg"], ["b.jpg", "photo .jpg", "two..jpg"]),
    (["x-000101.jpg", "a/x.jpg", "a/X.jpg"], ["x-000101.jpg", "x-000103.jpg", "X-000105.jpg"]),
    (["a/x.jpg", "a/X.jpg", "x-000101.jpg"], ["x-000101_2.jpg", "X-000103.jpg", "x-000101.jpg"]),
    ([f"{LONG}.jpg"], ["ö" * 118 + ".jpg"]),
    ([f"{LONG}1.jpg", f"{LONG}2.jpg"], [f"{'ö' * 118}-000101.jpg", f"{'ö' * 118}-000103.jpg"]),
]  # fmt: skip


@pytest.mark.parametrize(("paths", "names"), NAMED, ids=lambda texts: ascii(texts)[:40])
def test_a_file_keeps_its_name_with_as_little_more_as_tells_it_apart(
    paths: list[str], names: list[str]
) -> None:
    rows = of_files(paths)
    assert image_names(rows) == names
    backwards = rows.take(np.arange(len(rows))[::-1])
    assert image_names(backwards) == names[::-1]


def test_files_in_two_folders_of_the_set_keep_the_same_name() -> None:
    rows = of_files(["a/1.jpg", "b/1.jpg", "c/1.jpg"])
    assert image_names(rows, ["x", "y", "y"]) == ["1.jpg", "b-1.jpg", "c-1.jpg"]


def test_names_without_their_endings_differ_where_these_are_what_counts() -> None:
    paths = ["a/1.jpg", "b/1.png", "c/2.jpg", "d/2.jpg.png", "3.jpg"]
    names = ["a-1.jpg", "b-1.png", "c-2.jpg", "d-2.jpg.png", "3.jpg"]
    assert stem_names(of_files(paths)) == names


def test_thumbnails_are_numbered_whatever_the_files_are_called() -> None:
    rows = replace(of_files(["a/x.jpg", "b/y.JPG"]), with_thumbnails=True)
    assert image_names(rows) == stem_names(rows) == ["000101-x.png", "000103-y.png"]


odd_paths = st.lists(
    st.lists(
        st.sampled_from(("a", "A", "b", "a-b", "-", ".", "ü" * 100)) | st.sampled_from(HOSTILE),
        min_size=1,
        max_size=3,
    ).map(lambda parts: "/".join(parts) + ".jpg"),
    max_size=12,
)


@given(odd_paths, st.randoms(use_true_random=False))
def test_all_names_are_safe_and_differ_in_whatever_order(
    paths: list[str], dice: random.Random
) -> None:
    rows = of_files(paths)
    for named in (image_names, stem_names):
        names = named(rows)
        assert len({folded(name) for name in names}) == len(paths)
        assert all(safe_name(name, 255) == name for name in names)
        order = dice.sample(range(len(paths)), len(paths))
        shuffled = named(rows.take(np.array(order, dtype=np.int64)))
        assert shuffled == [names[row] for row in order]
    stems = {folded(PurePosixPath(name).stem) for name in stem_names(rows)}
    assert len(stems) == len(paths)


def odd_set() -> LabelRows:
    """Files whose names collide, begin like formulas, look like numbers or are long."""
    odd = ["a/x.jpg", "b/X.jpg", "b/x.jpg", "b/x.png", "=1+1.jpg", "-1.jpg", "000101-c.jpg"]
    odd += ["7.jpg", "größe 👟.JPG", f"{LONG}1.jpg", f"{LONG}2.jpg", "x.jpg.png", "_x_.jpg"]
    paths = [*odd, *(f"{folder}/{n}.jpg" for folder in "pqr" for n in (1, 2, 3))]
    classes = ("=a", "b c", "rock", "ü")
    return of_files(paths, make_rows(len(paths), classes, paths, seed=1))


def write(rows: LabelRows, format: str, path: Path) -> Path:
    if FORMATS[format].labeled_only:
        rows = rows.take(np.flatnonzero(rows.label_set.labels >= 0))
    write_set(path, FORMATS[format], rows, Options(path.stem, True), lambda files: {"files": []})
    return path


@pytest.mark.parametrize("suffix", ["", ".zip"])
@pytest.mark.parametrize("format", FILES)
def test_a_set_of_originals_is_read_back_as_it_was_meant(
    tmp_path: Path, format: str, suffix: str
) -> None:
    require(format)
    rows = odd_set()
    suffix = suffix or FORMATS[format].suffix or ""
    dataset = load_dataset(str(write(rows, format, tmp_path / f"set{suffix}")))
    assert told(dataset.train, dataset) == wanted(rows, format, Side.TRAIN)
    assert not any("several" in note or "without an image" in note for note in dataset.notes)


@pytest.mark.parametrize("format", [name for name in FILES if FORMATS[name].held_out != "never"])
def test_parts_of_originals_stay_parts(tmp_path: Path, format: str) -> None:
    require(format)
    rows = with_parts(odd_set(), Side.TRAIN, Side.TEST, Side.VALIDATION)
    dataset = load_dataset(str(write(rows, format, tmp_path / "set.zip")))
    assert told(dataset.test, dataset) == wanted(rows, format, Side.TEST)
    assert told(dataset.train, dataset) == wanted(rows, format, Side.TRAIN, Side.VALIDATION)


def class_folders(tmp_path: Path) -> tuple[LabelRows, Path]:
    """``a`` and ``b`` with a ``1.jpg`` each, and one more in ``a``."""
    rows = make_rows(60, ("a", "b", "c"), seed=2)
    labels = rows.label_set.labels
    chosen = [*np.flatnonzero(labels == 0)[:2], np.flatnonzero(labels == 1)[0]]
    rows = rows.take(np.array(chosen))
    rows = of_files(["p/1.jpg", "p/2.jpg", "q/1.jpg"], rows)
    return rows, write(rows, "imagefolder", tmp_path / "set")


@pytest.mark.parametrize("moved", ["a/2.jpg", "a/1.jpg"])
def test_a_moved_file_is_still_what_its_provenance_says(tmp_path: Path, moved: str) -> None:
    rows, path = class_folders(tmp_path)
    (path / moved).rename(path / "c" / Path(moved).name)
    dataset = load_dataset(str(path))
    assert told(dataset.train, dataset) == wanted(rows, "imagefolder", Side.TRAIN)


def test_moved_files_of_one_name_are_of_no_known_class(tmp_path: Path) -> None:
    rows, path = class_folders(tmp_path)
    (path / "a").rename(path / "d")
    (path / "b").rename(path / "e")
    dataset = load_dataset(str(path))
    classes = told(dataset.train, dataset)
    first, second, third = (rows.pixels(slice(0, 3))[n].tobytes() for n in range(3))
    assert (classes[first], classes[third]) == ("", "")
    assert classes[second] == wanted(rows, "imagefolder", Side.TRAIN)[second]
    assert any("may mean several images" in note for note in dataset.notes)


def test_sets_of_before_are_read_by_their_numbers(tmp_path: Path) -> None:
    rows, path = class_folders(tmp_path)
    numbers = rows.indices.tolist()
    for name, number in zip(("a/1.jpg", "a/2.jpg", "b/1.jpg"), numbers, strict=True):
        (path / name).rename(path / Path(name).parent / f"{number:06d}-{Path(name).name}")
    lines = (path / "provenance.csv").read_text().splitlines()
    before = [line.rpartition(",")[0] for line in lines]
    (path / "provenance.csv").write_text("\n".join(before))
    dataset = load_dataset(str(path))
    assert told(dataset.train, dataset) == wanted(rows, "imagefolder", Side.TRAIN)
