"""Exported sets read as data sets: what people said is true, what was spread is not."""

import json
import shutil
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labeler.datasets import Dataset, Split, load_dataset
from labeler.exceptions import InputError
from labeler.formats import FORMATS, LabelRows, Options, Predicted, write_set
from labeler.formats.base import Images
from labeler.formats.rows import Side
from labeler.imaging.thumbnails import png
from labeler.records import UNLABELED, Source
from tests.formats.conftest import make_rows, written

READABLE = [name for name, format in FORMATS.items() if format.images is not Images.NEVER]
WITHOUT_IMAGES = {"cleanlab": "NPZ-5", "csv": "CSV-7", "jsonl": "CSV-7"}
"""What a set of labels alone is refused with where the images are not beside it."""

LABELED_ONLY = [name for name in READABLE if FORMATS[name].labeled_only]
PARTS = {Side.TRAIN: "train", Side.VALIDATION: "validation", Side.TEST: "test"}


def require(format: str) -> None:
    if FORMATS[format].library:
        pytest.importorskip(FORMATS[format].library or "")


def twenty_four(classes: Sequence[str] = ("a", "b", "c", "d")) -> LabelRows:
    return make_rows(24, tuple(classes), [f"dir/{number}.jpg" for number in range(24)])


def with_parts(rows: LabelRows, *sides: Side) -> LabelRows:
    """The rows dealt out to these parts; to test on are labels that came with the data."""
    codes = np.array(sides, dtype=np.int8)[np.arange(len(rows)) % len(sides)]
    is_test = codes == Side.TEST
    label_set = replace(
        rows.label_set,
        labels=np.where(is_test, 1, rows.label_set.labels),
        sources=np.where(is_test, Source.DATASET, rows.label_set.sources).astype(np.int8),
    )
    return replace(rows, label_set=label_set, side_codes=codes)


def true_classes(rows: LabelRows) -> list[str]:
    """The class of each row, empty where nobody gave it."""
    labels, sources = rows.label_set.labels, rows.label_set.sources
    is_given = ~np.isin(sources, (Source.NONE, Source.PROPAGATED)) & (labels != UNLABELED)
    return [
        rows.class_names[label] if given else ""
        for label, given in zip(labels.tolist(), is_given.tolist(), strict=True)
    ]


def told(split: Split | None, dataset: Dataset) -> dict[bytes, str]:
    """The class of each image by its pixels."""
    if split is None:
        return {}
    return {
        pixels.tobytes(): "" if label < 0 else dataset.classes[label]
        for pixels, label in zip(split.images, split.labels.tolist(), strict=True)
    }


def wanted(rows: LabelRows, format: str, *sides: Side, scored: bool = False) -> dict[bytes, str]:
    """What ``told`` is to be of these sides."""
    is_in = np.isin(rows.codes, sides)
    if FORMATS[format].labeled_only:
        is_in &= rows.label_set.labels != UNLABELED
    classes = true_classes(rows)
    return {
        pixels.tobytes(): name
        for pixels, name, here in zip(
            rows.pixels(slice(0, len(rows))), classes, is_in.tolist(), strict=True
        )
        if here and (name or not scored)
    }


def exported(rows: LabelRows, format: str, path: Path, container: str) -> Path:
    """The set as ``labeler export`` writes it: with its images, as it is or as a zip."""
    if FORMATS[format].labeled_only:
        rows = rows.take(np.flatnonzero(rows.label_set.labels != UNLABELED))
    if container == "as it is":
        return written(rows, format, path, with_images=True)
    target = path / "labels.zip"
    write_set(target, FORMATS[format], rows, Options("labels", True), lambda files: {"files": []})
    return target


@pytest.mark.parametrize("format", sorted(set(FORMATS) - set(READABLE)))
def test_a_set_of_labels_alone_is_refused_in_words(tmp_path: Path, format: str) -> None:
    rows = twenty_four()
    rows = rows.take(np.flatnonzero(rows.label_set.labels != UNLABELED))
    even = np.full((len(rows), 4), 0.25, dtype=np.float32)
    path = written(rows.with_predictions(Predicted(even, even)), format, tmp_path)
    with pytest.raises(InputError) as refused:
        load_dataset(str(path))
    assert refused.value.remedy


@pytest.mark.parametrize("container", ["as it is", "zip"])
@pytest.mark.parametrize("format", READABLE)
def test_answers_are_true_labels_and_spread_ones_are_not(
    tmp_path: Path, format: str, container: str
) -> None:
    require(format)
    rows = twenty_four()
    dataset = load_dataset(str(exported(rows, format, tmp_path, container)))
    expected = wanted(rows, format, Side.TRAIN)
    assert told(dataset.train, dataset) == expected
    assert dataset.test is None
    assert set(dataset.classes) == set(expected.values()) - {""}
    n_spread = int(np.count_nonzero(rows.label_set.sources == Source.PROPAGATED))
    assert any(f"{n_spread} label" in note and "suggestions" in note for note in dataset.notes)
    assert not any("not used" in note for note in dataset.notes)


@pytest.mark.parametrize("container", ["as it is", "zip"])
@pytest.mark.parametrize(
    "format", [name for name in READABLE if FORMATS[name].held_out.value != "never"]
)
def test_parts_stay_parts(tmp_path: Path, format: str, container: str) -> None:
    require(format)
    rows = with_parts(twenty_four(), Side.TRAIN, Side.TEST, Side.TRAIN, Side.VALIDATION)
    dataset = load_dataset(str(exported(rows, format, tmp_path, container)))
    assert told(dataset.test, dataset) == wanted(rows, format, Side.TEST)
    assert told(dataset.train, dataset) == wanted(rows, format, Side.TRAIN, Side.VALIDATION)


@pytest.mark.parametrize("container", ["as it is", "zip"])
@pytest.mark.parametrize("format", READABLE)
def test_a_part_to_validate_on_is_scored_by_what_people_said(
    tmp_path: Path, format: str, container: str
) -> None:
    require(format)
    rows = with_parts(twenty_four(), Side.TRAIN, Side.VALIDATION)
    dataset = load_dataset(str(exported(rows, format, tmp_path, container)))
    assert told(dataset.train, dataset) == wanted(rows, format, Side.TRAIN)
    assert told(dataset.test, dataset) == wanted(rows, format, Side.VALIDATION, scored=True)


@pytest.mark.parametrize("format", ["idx", "imagefolder", "npz"])
def test_classes_keep_the_names_that_people_gave_them(tmp_path: Path, format: str) -> None:
    names = ("=1+1", "a/b", "7", "con")
    dataset = load_dataset(str(exported(twenty_four(names), format, tmp_path, "as it is")))
    assert set(dataset.classes) == set(names)


@pytest.mark.parametrize("format", ["idx", "imagefolder"])
def test_what_lost_its_provenance_is_doubted(tmp_path: Path, format: str) -> None:
    rows = twenty_four()
    path = exported(rows, format, tmp_path, "as it is")
    for lost in [*path.glob("*-index.csv"), *path.glob("provenance.csv")]:
        lost.unlink()
    counts = {"human": 3, "oracle": 2, "propagated": 5, "none": 9}
    manifest = {"counts": {"by_source": counts}}
    (path / "manifest.json").write_text(json.dumps(manifest))
    (warning,) = load_dataset(str(path)).warnings
    assert "5 labels of this set spread from others" in warning
    assert "all are taken for true" in warning


def test_an_array_that_lost_its_provenance_is_doubted(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    images = np.random.default_rng(0).integers(0, 256, (8, 8, 8), dtype=np.uint8)
    np.savez(path, allow_pickle=False, images=images, labels=np.arange(8) % 2)
    assert not load_dataset(str(path)).warnings
    beside = path.with_name("set.npz.manifest.json")
    beside.write_text('{"counts": {"by_source": {"human": 2, "propagated": 6}}}')
    (warning,) = load_dataset(str(path)).warnings
    assert "6 labels" in warning
    beside.write_text('{"counts": {"by_source": ["human"]}}')
    assert not load_dataset(str(path)).warnings


@pytest.mark.parametrize("container", ["as it is", "zip"])
@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_labels_alone_are_not_a_data_set(tmp_path: Path, format: str, container: str) -> None:
    path = exported(twenty_four(), format, tmp_path, container)
    with pytest.raises(InputError) as refused:
        load_dataset(str(path))
    assert refused.value.code == ("ZIP-6" if container == "zip" else WITHOUT_IMAGES[format])


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_labels_beside_their_images_are_read_with_them(tmp_path: Path, format: str) -> None:
    rows = twenty_four()
    written(rows, format, tmp_path, name="labels")
    for place, pixels in enumerate(rows.pixels(slice(0, len(rows)))):
        (tmp_path / "dir").mkdir(exist_ok=True)
        (tmp_path / "dir" / f"{place}.jpg").write_bytes(png(pixels))
    for path in (tmp_path, tmp_path / f"labels.{format}"):
        dataset = load_dataset(str(path))
        assert told(dataset.train, dataset) == wanted(rows, format, Side.TRAIN)


def test_a_foreign_file_of_that_name_says_nothing_of_class_folders(tmp_path: Path) -> None:
    path = exported(twenty_four(), "imagefolder", tmp_path, "as it is")
    (path / "provenance.csv").write_text("photographer,year\nAda,1843\n")
    dataset = load_dataset(str(path))
    assert dataset.train.is_labeled.all()
    shutil.rmtree(path)


def test_an_array_of_another_program_keeps_its_own_words(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    images = np.random.default_rng(0).integers(0, 256, (8, 8, 8), dtype=np.uint8)
    words = np.array(["propagated"] * 8)
    np.savez(path, allow_pickle=False, images=images, labels=np.arange(8) % 2, source=words)
    dataset = load_dataset(str(path))
    assert dataset.train.is_labeled.all()
    assert any("not used: source" in note for note in dataset.notes)


def test_a_zip_of_labels_and_features_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "labels.zip"
    arrays = {"labels": np.arange(3), "pred_probs": np.eye(3), "features": np.eye(3)}
    np.savez(tmp_path / "labels.npz", allow_pickle=False, **arrays)
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tmp_path / "labels.npz", "labels.npz")
    with pytest.raises(InputError, match="which are the images") as refused:
        load_dataset(str(path))
    assert refused.value.code == WITHOUT_IMAGES["cleanlab"]


def test_arrays_are_told_by_their_exact_names(tmp_path: Path) -> None:
    path = exported(twenty_four(), "npz", tmp_path, "as it is")
    with np.load(path) as arrays:
        kept = {name.title(): array for name, array in arrays.items()}
    np.savez(path, allow_pickle=False, **kept)
    assert len(load_dataset(str(path)).train) == 24


@pytest.mark.parametrize(
    "changed",
    [
        {"labels": np.full(24, -7)},
        {"labels": np.ones(24, dtype=bool)},
        {"labels": np.arange(24) + 90},
        {"labels": np.full(24, 2**64 - 1, dtype=np.uint64)},
        {"classes": np.array([], dtype="<U1")},
        {"classes": np.zeros((4, 2))},
        {"source": np.array(["propagated"])},
        {"split": np.array([""] * 24)},
        {"split": np.arange(24)},
        {"file_name": np.array([[""]])},
    ],
    ids=str,
)
def test_whatever_an_array_says_of_its_rows_it_is_read_or_refused(
    tmp_path: Path, changed: dict[str, np.ndarray]
) -> None:
    path = exported(twenty_four(), "npz", tmp_path, "as it is")
    with np.load(path) as arrays:
        kept = dict(arrays)
    np.savez(path, allow_pickle=False, **(kept | changed))
    with suppress(InputError):
        assert len(load_dataset(str(path)).train) == 24
