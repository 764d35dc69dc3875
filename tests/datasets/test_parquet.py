"""Parquet files with images in them."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from labeler.datasets import Dataset, limits, load_dataset
from labeler.datasets.tabular.csv_columns import columns_of_header
from labeler.datasets.text.column_names import IMAGE_LABEL_NAMES
from labeler.records import UNLABELED
from tests.datasets.conftest import Loaded, Refused, Written

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def picture(value: int) -> bytes:
    file = io.BytesIO()
    Image.new("L", (5, 4), value).save(file, "PNG")
    return file.getvalue()


def parquet(names: list[str] | None = None, **columns: Any) -> bytes:
    """Bytes of a file of these columns, with Hugging Face's description of the label."""
    table = pa.table(columns)
    if names:
        features = {"label": {"_type": "ClassLabel", "names": names}}
        described = {"huggingface": json.dumps({"info": {"features": features}})}
        table = table.replace_schema_metadata(described)
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def structs(*values: int, path: str | None = None) -> list[dict[str, object]]:
    return [{"bytes": picture(value), "path": path} for value in values]


@pytest.fixture
def load(tmp_path: Path) -> Loaded:
    def build(data: bytes) -> Dataset:
        path = tmp_path / "set.parquet"
        path.write_bytes(data)
        return load_dataset(str(path))

    return build


def test_images_and_class_labels_of_hugging_face_are_read(load: Loaded) -> None:
    dataset = load(parquet(["dog", "cat"], image=structs(9, 8, 7), label=[1, 0, -1]))
    assert dataset.train.images[:, 0, 0].tolist() == [9, 8, 7]
    assert dataset.classes == ("cat", "dog")
    assert dataset.train.labels.tolist() == [0, 1, UNLABELED]


def test_plain_bytes_and_text_labels_are_read(load: Loaded) -> None:
    data = parquet(img=[picture(9), picture(8)], target=["b", "a"], split=["train", "test"])
    dataset = load(data)
    assert dataset.test is not None
    assert (len(dataset.train), len(dataset.test)) == (1, 1)
    assert dataset.classes == ("a", "b")


def test_a_column_is_a_label_in_every_table_that_holds_images(load: Loaded) -> None:
    assert load(parquet(image=structs(9, 8), Digit=["b", "a"])).classes == ("a", "b")
    for name in IMAGE_LABEL_NAMES:
        header = (name.upper(), "pixel0", "pixel1", "pixel2", "pixel3")
        assert columns_of_header(header, (), "table").label == 0


def test_labels_that_labeler_spread_are_no_truth(load: Loaded) -> None:
    data = parquet(
        image=structs(9, 8, path="a.png"),
        label=[0, 0],
        class_name=["cat", "cat"],
        source=["human", "propagated"],
    )
    dataset = load(data)
    assert dataset.train.labels.tolist() == [0, UNLABELED]
    assert dataset.train.names == ("a.png", "000001-a.png")
    assert any("1 label spread from others" in note for note in dataset.notes)


def test_parts_lie_in_files_and_folders(make_zip: Written) -> None:
    part = parquet(image=structs(9, 8), label=["a", "b"])
    dataset = load_dataset(
        str(
            make_zip(
                {
                    "data/train-00000-of-00002.parquet": part,
                    "data/train-00001-of-00002-0123456789abcdef.parquet": part,
                    "data/test-00000-of-00001.parquet": part,
                    "README.md": b"card",
                }
            )
        )
    )
    assert dataset.test is not None
    assert (len(dataset.train), len(dataset.test)) == (4, 2)


def test_rows_without_an_image_are_left_out(load: Loaded) -> None:
    empty = {"bytes": None, "path": "elsewhere.png"}
    dataset = load(parquet(image=[*structs(9), empty], label=["a", "b"]))
    assert len(dataset.train) == 1
    assert [one.file for one in dataset.left_out] == ["elsewhere.png"]


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda data: data[:-20], "PARQUET-1"),
        (lambda data: data[:60] + bytes(60) + data[120:], "PARQUET-1"),
        (lambda data: b"PAR1 and no more", "PARQUET-1"),
        (lambda data: parquet(label=["a"], width=[3]), "PARQUET-3"),
        (lambda data: parquet(image=[{"bytes": None, "path": "x"}]), "PARQUET-3"),
    ],
)
def test_a_file_that_holds_no_images_is_refused(
    load: Loaded, refused: Refused, damage: Callable[[bytes], bytes], code: str
) -> None:
    with refused(code):
        load(damage(parquet(image=structs(9, 8, 7), label=[1, 0, -1])))


def test_a_file_that_promises_too_much_is_refused(
    load: Loaded, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 100)
    with refused("PARQUET-2", "more than"):
        load(parquet(image=structs(9, 8, 7)))
