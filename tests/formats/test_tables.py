"""CSV, JSON lines, Parquet and Label Studio: what was put in comes out of the real readers."""

import json
import warnings
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from labeler.datasets.text.csv_text import restore
from labeler.formats import LabelRows
from labeler.formats.rows import COLUMNS
from labeler.records import UNLABELED
from tests.formats.conftest import HOSTILE, label_rows, make_rows, written

pandas = pytest.importorskip("pandas")
pyarrow_parquet = pytest.importorskip("pyarrow.parquet")


def truth(rows: LabelRows) -> list[dict[str, Any]]:
    """What a reader must find, as plain values."""
    return list(rows.records(slice(0, len(rows))))


def plain(value: Any) -> Any:
    """pandas' ways to say "nothing" as one, its numbers as Python's."""
    if value is None or pandas.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def same(found: list[dict[str, Any]], rows: LabelRows) -> None:
    expected = truth(rows)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert set(one) == set(COLUMNS)
        for column in COLUMNS:
            value = plain(one[column])
            if column in ("distance", "confidence"):
                assert value == pytest.approx(other[column], rel=1e-5)
            elif column == "answered_at" and value is not None:
                assert pandas.Timestamp(value) == pandas.Timestamp(other[column])
            else:
                assert value == other[column], column


def from_npz(path: Path) -> list[str]:
    with np.load(path) as loaded:
        return loaded["verdict"].tolist()


@pytest.mark.parametrize("format", [*("csv", "jsonl", "parquet"), "npz"])
def test_what_was_said_without_a_class_is_told_too(format: str, tmp_path: Path) -> None:
    rows = make_rows(4)
    object.__setattr__(rows, "verdicts", np.arange(4, dtype=np.int8))
    path = written(rows, format, tmp_path)
    if format == "npz":
        assert from_npz(path) == ["", "class", "skip", "mixed"]
        return
    assert COLUMNS[COLUMNS.index("class_name") + 1] == "verdict"
    found = [plain(row["verdict"]) for row in READERS[format](path)]
    assert found == [None, "class", "skip", "mixed"]


def from_csv(path: Path) -> list[dict[str, Any]]:
    text = dict.fromkeys(("file_name", "class_name", "annotator"), str)
    frame = pandas.read_csv(path, dtype=text, keep_default_na=False, na_values=[""], quoting=0)
    found = frame.to_dict("records")
    for row in found:
        for column in text:
            row[column] = restore(row[column]) if isinstance(row[column], str) else None
    return found


def from_jsonl(path: Path) -> list[dict[str, Any]]:
    if not path.read_bytes():
        return []  # pandas cannot know the columns
    return pandas.read_json(path, lines=True, dtype=False).to_dict("records")


def from_parquet(path: Path) -> list[dict[str, Any]]:
    return pandas.read_parquet(path).to_dict("records")


READERS = {"csv": from_csv, "jsonl": from_jsonl, "parquet": from_parquet}


@pytest.mark.parametrize("format", READERS)
@settings(max_examples=60, deadline=None)
@given(rows=label_rows())
def test_pandas_reads_exactly_what_was_written(format: str, rows: LabelRows) -> None:
    with TemporaryDirectory() as folder:
        same(READERS[format](written(rows, format, Path(folder))), rows)


@pytest.mark.parametrize("format", READERS)
def test_hostile_names_are_read_back_too(
    format: str, hostile_rows: LabelRows, tmp_path: Path
) -> None:
    same(READERS[format](written(hostile_rows, format, tmp_path)), hostile_rows)


def test_pyarrow_reads_the_columns_with_their_types(rows: LabelRows, tmp_path: Path) -> None:
    table = pyarrow_parquet.read_table(written(rows, "parquet", tmp_path))
    assert table.column_names == list(COLUMNS)
    assert str(table.schema.field("label").type) == "int64"
    assert str(table.schema.field("confidence").type) == "float"
    labels = table.column("label").to_pylist()
    assert [UNLABELED if one is None else one for one in labels] == rows.label_set.labels.tolist()
    confidences = table.column("confidence").to_numpy()
    np.testing.assert_array_equal(confidences, rows.label_set.confidences)


def test_probabilities_are_a_column_where_labels_come_with_them(
    rows: LabelRows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probabilities = np.random.default_rng(0).dirichlet(np.ones(4), len(rows)).astype(np.float32)
    monkeypatch.setattr(LabelRows, "probabilities", probabilities)
    table = pyarrow_parquet.read_table(written(rows, "parquet", tmp_path))
    np.testing.assert_array_equal(table.column("probabilities").to_pylist(), probabilities)


@pytest.mark.parametrize("shape", [(8, 8), (5, 7, 3)])
def test_datasets_reads_images_and_classes_in_their_original_order(
    shape: tuple[int, ...], tmp_path: Path, datasets: Any
) -> None:
    rows = make_rows(30, HOSTILE[:6], shape=shape, is_split=True)
    path = written(rows, "parquet", tmp_path, with_images=True)
    loaded = datasets.load_dataset(
        "parquet", data_files=str(path), cache_dir=str(tmp_path / "cache"), split="train"
    )
    assert isinstance(loaded.features["image"], datasets.Image)
    assert loaded.features["label"].names == list(HOSTILE[:6])
    for number, row in enumerate(loaded):
        pixels = rows.pixels(slice(number, number + 1))[0]
        np.testing.assert_array_equal(np.asarray(row["image"]), pixels)
        label = int(rows.label_set.labels[number])
        assert row["label"] == (None if label == UNLABELED else label)
        assert row["source"] == rows.source_names(slice(number, number + 1))[0]


def test_images_are_written_a_few_at_a_time(tmp_path: Path) -> None:
    rows = make_rows(90, shape=(200, 200, 3))
    asked: list[int] = []

    class Watched(np.ndarray):
        def __getitem__(self, key: Any) -> Any:
            asked.append(len(key))
            return np.asarray(super().__getitem__(key))

    object.__setattr__(rows, "images", rows.images.view(Watched))
    written(rows, "parquet", tmp_path, with_images=True)
    assert sum(asked) == 90
    assert max(asked) * 200 * 200 * 3 <= 8_000_000


def tasks_of(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((path / "tasks.json").read_bytes())
    return found


@cache
def label_interface() -> Any:
    """Label Studio's own check of configs and tasks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the library's about its own libraries
        return pytest.importorskip("label_studio_sdk.label_interface").LabelInterface


@settings(max_examples=40, deadline=None)
@given(rows=label_rows())
def test_label_studio_takes_every_task(rows: LabelRows) -> None:
    with TemporaryDirectory() as folder:
        path = written(rows, "label-studio", Path(folder))
        config = (path / "labeling_config.xml").read_text(encoding="utf-8")
        tasks = tasks_of(path)
    interface = label_interface()(config)
    assert interface.validate() is None
    assert [task["data"]["index"] for task in tasks] == rows.indices.tolist()
    for task, record in zip(tasks, truth(rows), strict=True):
        assert {**record, **task["data"]} == task["data"]
        for prediction in task.get("predictions", ()):
            assert not interface.validate_prediction(prediction, return_errors=True)
        for annotation in task.get("annotations", ()):
            assert interface.validate_annotation(annotation)
        has = {key for key in task if key != "data"}
        expected = {"human": "annotations", "oracle": "annotations", "propagated": "predictions"}
        wanted = expected.get(record["source"])
        assert has == ({wanted} if wanted else set())


def test_label_studio_would_refuse_a_class_that_the_config_does_not_have(
    hostile_rows: LabelRows, tmp_path: Path
) -> None:
    path = written(hostile_rows, "label-studio", tmp_path)
    interface = label_interface()((path / "labeling_config.xml").read_text(encoding="utf-8"))
    annotation = next(task["annotations"][0] for task in tasks_of(path) if "annotations" in task)
    assert interface.validate_annotation(annotation)
    annotation["result"][0]["value"]["choices"] = ["no such class"]
    assert not interface.validate_annotation(annotation)


def test_a_spread_label_is_a_prediction_with_its_score_and_version(
    hostile_rows: LabelRows, tmp_path: Path
) -> None:
    tasks = tasks_of(written(hostile_rows, "label-studio", tmp_path))
    spread = [task for task in tasks if "predictions" in task]
    assert spread
    for task in spread:
        (prediction,) = task["predictions"]
        assert prediction["score"] == task["data"]["confidence"]
        assert prediction["model_version"] == "labeler"
        assert "annotations" not in task


def test_the_images_of_label_studio_are_where_its_tasks_look(
    hostile_rows: LabelRows, tmp_path: Path
) -> None:
    from urllib.parse import parse_qs, urlsplit

    path = written(hostile_rows, "label-studio", tmp_path, with_images=True)
    for task in tasks_of(path):
        (place,) = parse_qs(urlsplit(task["data"]["image"]).query)["d"]
        assert (path.parent / place).is_file()
