"""Sets of several files, and of arrays: each is loaded by the tool that it is for."""

import gzip
import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from labeler.datasets import load_dataset
from labeler.exceptions import ConfigError
from labeler.formats import LabelRows, Options, Predicted, write_set
from labeler.formats.idx import IDX
from labeler.formats.imagefolder import IMAGEFOLDER
from labeler.formats.names import folder_names, numbered_names
from labeler.formats.rows import Side
from labeler.learning.late_keras import import_keras
from labeler.records import UNLABELED, Source
from tests.formats.conftest import HOSTILE, make_rows, written


def labeled(rows: LabelRows) -> LabelRows:
    return rows.take(np.flatnonzero(rows.label_set.labels != UNLABELED))


def pixels(rows: LabelRows) -> np.ndarray:
    return rows.pixels(slice(0, len(rows)))


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def keras_pairs(path: Path, **options: Any) -> set[tuple[bytes, int]]:
    """Every image with its label, as Keras loads them."""
    keras = import_keras()
    loaded = keras.utils.image_dataset_from_directory(
        path, color_mode="grayscale", image_size=(8, 8), batch_size=None, verbose=False, **options
    )
    return {
        (image.numpy().astype(np.uint8)[..., 0].tobytes(), int(label)) for image, label in loaded
    }


def test_keras_loads_the_folders_with_the_original_ids(
    bars_rows: LabelRows, tmp_path: Path
) -> None:
    path = written(bars_rows, "imagefolder", tmp_path)
    found = keras_pairs(path, class_names=lines_of(path / "folders.txt"))
    labels = bars_rows.label_set.labels.tolist()
    assert found == {
        (image.tobytes(), label) for image, label in zip(pixels(bars_rows), labels, strict=True)
    }
    assert lines_of(path / "classes.txt") == ["d", "c", "b", "a"]
    by_alphabet = {(image, 3 - label) for image, label in found}
    assert keras_pairs(path) == by_alphabet


def test_keras_loads_hostile_class_names_and_both_sides(
    hostile_rows: LabelRows, tmp_path: Path
) -> None:
    rows = labeled(hostile_rows)
    path = written(rows, "imagefolder", tmp_path)
    folders = folder_names(rows.classes)
    for side, part in rows.sides():
        order = lines_of(path / side.folder / "folders.txt")
        found = keras_pairs(path / side.folder, class_names=order)
        assert {(image, order[label]) for image, label in found} == {
            (image.tobytes(), folders[label])
            for image, label in zip(pixels(part), part.label_set.labels.tolist(), strict=True)
        }
    assert len(lines_of(path / "classes.txt")) == len(HOSTILE)


def class_ids(path: Path) -> dict[str, int]:
    """torchvision's ``find_classes``: the sorted folders, numbered."""
    return {name: n for n, name in enumerate(sorted(e.name for e in path.iterdir() if e.is_dir()))}


@pytest.mark.parametrize("suffix", ["", ".zip"])
def test_a_class_has_the_same_number_on_every_side_and_in_a_set_of_a_few_classes(
    suffix: str, bars_rows: LabelRows, tmp_path: Path
) -> None:
    few = bars_rows.take(np.flatnonzero(np.isin(bars_rows.label_set.labels, (1, 3))))
    sides = np.where(few.label_set.labels == 1, Side.VALIDATION, Side.TRAIN).astype(np.int8)
    sides[::5] = Side.TEST
    for name, rows in (("few", few), ("sides", replace(few, side_codes=sides))):
        write_set(tmp_path / f"{name}{suffix}", IMAGEFOLDER, rows, Options(), lambda _files: {})
        if suffix:
            with ZipFile(tmp_path / f"{name}{suffix}") as archive:
                archive.extractall(tmp_path / name)
    for place in ("few", "sides/train", "sides/val", "sides/test"):
        assert class_ids(tmp_path / place) == {"a": 0, "b": 1, "c": 2, "d": 3}
        assert lines_of(tmp_path / place / "folders.txt") == ["d", "c", "b", "a"]
    train, val = (keras_pairs(tmp_path / "sides" / side) for side in ("train", "val"))
    assert ({label for _, label in train}, {label for _, label in val}) == ({0}, {2})


def test_an_image_folder_says_where_labels_come_from_and_is_read_again(
    bars_rows: LabelRows, tmp_path: Path
) -> None:
    rows = bars_rows.take(np.flatnonzero(bars_rows.label_set.labels != 2))
    path = written(rows, "imagefolder", tmp_path)
    assert {one.name for one in path.iterdir() if one.is_dir()} == {"d", "c", "b", "a"}
    assert len(lines_of(path / "provenance.csv")) == len(rows) + 1
    # Labeler itself reads such folders as ground truth.
    read = load_dataset(str(path))
    n_read = len(read.train) + (len(read.test) if read.test else 0)
    assert (n_read, set(read.classes)) == (len(rows), {"d", "c", "a"})


@pytest.mark.parametrize("is_split", [False, True])
@pytest.mark.parametrize("by_card", [False, True])
def test_datasets_loads_the_folder_and_its_card_tells_the_classes(
    is_split: bool, by_card: bool, tmp_path: Path, datasets: Any
) -> None:
    rows = labeled(make_rows(60, HOSTILE, list(HOSTILE) * 3, is_split=is_split))
    path = str(written(rows, "hf-imagefolder", tmp_path))
    features = datasets.load_dataset_builder(path).info.features if by_card else None
    loaded = datasets.load_dataset(path, features=features)
    assert set(loaded) == ({"train", "validation"} if is_split else {"train"})
    for side, part in rows.sides():
        if by_card:
            assert loaded[side.word].features["label"].names == list(part.class_names)
        found = {row["index"]: row for row in loaded[side.word]}
        assert len(found) == len(part)
        for record, image in zip(part.records(slice(0, len(part))), pixels(part), strict=True):
            row = found[record["index"]]
            np.testing.assert_array_equal(np.asarray(row["image"]), image)
            assert row["label"] == record["label" if by_card else "class_name"]
            assert row["label_id"] == record["label"]
            assert row["original_name"] == record["file_name"]
            assert (row["source"], row["annotator"]) == (
                record["source"],
                record["annotator"] or "",
            )


def test_datasets_loads_a_side_without_any_answer(tmp_path: Path, datasets: Any) -> None:
    rows = labeled(make_rows(60))
    spread = rows.label_set.sources == Source.PROPAGATED
    path = written(rows.with_validation(spread), "hf-imagefolder", tmp_path)
    loaded = datasets.load_dataset(str(path))
    assert set(loaded["validation"]["source"]) == {"propagated"}


@pytest.mark.parametrize("is_split", [False, True])
def test_a_loader_of_mnist_reads_the_pairs(is_split: bool, tmp_path: Path) -> None:
    mnist = pytest.importorskip("mnist")
    rows = labeled(make_rows(40, is_split=is_split, shape=(6, 5)))
    path = written(rows, "idx", tmp_path)
    loader = mnist.MNIST(str(path), gz=True)
    loads = {Side.TRAIN: loader.load_training, Side.VALIDATION: loader.load_testing}
    for side, part in rows.sides():
        images, labels = loads[side]()
        np.testing.assert_array_equal(np.array(images).reshape(-1, 6, 5), pixels(part))
        assert list(labels) == part.label_set.labels.tolist()
    assert lines_of(path / "labels.txt") == list(rows.classes)
    told = load_dataset(str(path / "train-images-idx3-ubyte.gz")).train
    _, part = next(rows.sides())
    is_given = part.label_set.sources != Source.PROPAGATED
    np.testing.assert_array_equal(told.is_labeled, is_given)


def test_the_line_for_colour_reads_colour_pairs_and_the_test_pair_is_what_is_held_out(
    tmp_path: Path,
) -> None:
    rows = labeled(make_rows(40, shape=(6, 5, 3)))
    sides = np.arange(len(rows)).astype(np.int8) % 3
    path = written(replace(rows, side_codes=sides), "idx", tmp_path)
    line = IDX.line(is_colour=True).replace("SET", str(path))
    line = line.replace("HEIGHT", "6").replace("WIDTH", "5")
    images = eval(line, {"numpy": np, "gzip": gzip})  # noqa: S307 - our own line
    np.testing.assert_array_equal(images, pixels(rows)[sides == Side.TRAIN])
    for prefix, side in (("validation", Side.VALIDATION), ("t10k", Side.TEST)):
        content = gzip.decompress((path / f"{prefix}-labels-idx1-ubyte.gz").read_bytes())
        assert list(content[8:]) == rows.label_set.labels[sides == side].tolist()


def test_idx_refuses_more_classes_than_a_byte_tells_apart(tmp_path: Path) -> None:
    rows = make_rows(4, tuple(map(str, range(257))))
    with pytest.raises(ConfigError, match="256 classes apart; the run has 257"):
        written(rows, "idx", tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("shape", [(6, 5), (5, 4, 3)])
def test_numpy_loads_the_arrays_without_pickle(shape: tuple[int, ...], tmp_path: Path) -> None:
    rows = make_rows(25, HOSTILE, list(HOSTILE) + list("abcde"), shape=shape, is_split=True)
    with np.load(written(rows, "npz", tmp_path, with_images=True), allow_pickle=False) as loaded:
        np.testing.assert_array_equal(loaded["images"], pixels(rows))
        np.testing.assert_array_equal(loaded["labels"], rows.label_set.labels)
        np.testing.assert_array_equal(loaded["confidence"], rows.label_set.confidences)
        np.testing.assert_array_equal(loaded["index"], rows.indices)
        assert loaded["source"].tolist() == rows.source_names(slice(0, 25))
        assert loaded["classes"].tolist() == list(rows.class_names)
        assert loaded["file_name"].tolist() == rows.file_names(slice(0, 25))
        assert loaded["split"].tolist() == rows.splits(slice(0, 25))
    with np.load(written(rows, "npz", tmp_path, name="without")) as loaded:
        assert "images" not in loaded


def test_cleanlab_finds_the_wrong_label(bars_rows: LabelRows, tmp_path: Path) -> None:
    filters = pytest.importorskip("cleanlab.filter")
    probabilities = np.full((len(bars_rows), 4), 0.02, dtype=np.float32)
    truth = bars_rows.label_set.labels
    probabilities[np.arange(len(truth)), truth] = 0.94
    wrong = truth.copy()
    wrong[[3, 17]] = (wrong[[3, 17]] + 1) % 4
    rows = replace(
        bars_rows,
        label_set=replace(bars_rows.label_set, labels=wrong),
        predicted=Predicted(probabilities, np.zeros((len(truth), 2), dtype=np.float32)),
    )
    with np.load(written(rows, "cleanlab", tmp_path)) as loaded, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the library's about its own libraries
        issues = filters.find_label_issues(loaded["labels"], loaded["pred_probs"], n_jobs=1)
        assert loaded["features"].shape == (len(truth), 2)
        assert loaded["index"].tolist() == rows.indices.tolist()
    assert np.flatnonzero(issues).tolist() == [3, 17]


def test_fiftyone_labels_follow_its_published_layout(
    hostile_rows: LabelRows, tmp_path: Path
) -> None:
    path = written(hostile_rows, "fiftyone", tmp_path, with_images=True)
    document = json.loads((path / "labels.json").read_bytes())
    assert document["classes"] == list(hostile_rows.class_names)
    images = {one.stem: one for one in (path / "data").iterdir()}
    assert set(images) == set(document["labels"])
    for record, image, shown in zip(
        hostile_rows.records(slice(0, len(hostile_rows))),
        numbered_names(hostile_rows),
        pixels(hostile_rows),
        strict=True,
    ):
        target = document["labels"][image.removesuffix(".png")]
        np.testing.assert_array_equal(np.asarray(Image.open(path / "data" / image)), shown)
        if record["label"] is None:
            assert target is None
        else:
            assert (target["label"], target["confidence"]) == (
                record["label"],
                record["confidence"],
            )
            assert target["attributes"]["source"] == record["source"]


def test_cvat_annotations_follow_its_published_layout(
    hostile_rows: LabelRows, tmp_path: Path
) -> None:
    path = written(hostile_rows, "cvat", tmp_path, with_images=True)
    document = ElementTree.fromstring((path / "annotations.xml").read_bytes())  # noqa: S314
    assert document.findtext("version") == "1.1"
    names = [one.findtext("name") for one in document.iterfind("meta/project/labels/label")]
    subsets = [one.text for one in document.iterfind("meta/project/tasks/task/subset")]
    assert subsets == ["train", "val"]
    assert len(set(names)) == len(HOSTILE)
    images = document.findall("image")
    sources = hostile_rows.label_set.sources.tolist()
    labels = hostile_rows.label_set.labels.tolist()
    sides = [Side(code).folder for code in hostile_rows.codes.tolist()]
    records = list(hostile_rows.records(slice(0, len(hostile_rows))))
    for number, (image, label, source) in enumerate(zip(images, labels, sources, strict=True)):
        assert image.get("id") == str(number)
        assert (image.get("width"), image.get("height")) == ("8", "8")
        assert image.get("subset") == sides[number]
        assert (path / "images" / str(image.get("name"))).is_file()
        by = "auto" if source == Source.PROPAGATED else "manual"
        given = [] if label == UNLABELED else [(names[label], by)]
        assert [(tag.get("label"), tag.get("source")) for tag in image] == given
        for tag in image:
            told = {one.get("name"): one.text for one in tag}
            assert told.pop("source") == records[number]["source"]
            assert float(told.pop("confidence") or "nan") == records[number]["confidence"]
            expected = {name: records[number][name] for name in ("annotator", "answered_at")}
            assert told == {name: text for name, text in expected.items() if text is not None}


def test_cvat_writes_out_what_xml_cannot_hold_and_keeps_line_breaks(tmp_path: Path) -> None:
    rows = make_rows(2, names=["a\r\n\tb.png", "a\x1b\x00\udc80\x85b.png"])
    path = written(rows, "cvat", tmp_path)
    document = ElementTree.fromstring((path / "annotations.xml").read_bytes())  # noqa: S314
    names = [image.get("name") for image in document.iterfind("image")]
    assert names == ["a\r\n\tb.png", "a\\x1b\\x00\\udc80\x85b.png"]


def test_cvat_without_images_calls_them_by_their_own_names(rows: LabelRows, tmp_path: Path) -> None:
    path = written(rows, "cvat", tmp_path)
    document = ElementTree.fromstring((path / "annotations.xml").read_bytes())  # noqa: S314
    assert document.findtext("meta/task/size") == str(len(rows))
    assert [image.get("name") for image in document.iterfind("image")] == rows.file_names(
        slice(0, len(rows))
    )
    assert [one.name for one in path.iterdir()] != []
    assert not (path / "images").exists()
