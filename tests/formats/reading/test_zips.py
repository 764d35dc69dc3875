"""Labels in a zip, alone or as the sides of a set, and the manifest beside them."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from labeler.exceptions import InputError
from labeler.formats.reading import read_labels
from tests.formats.reading.test_readers import CSV, parquet


def zipped(**entries: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


MANIFEST = json.dumps({"files": [{"name": "labels.csv"}], "dataset": {"sha256": "abc"}}).encode()


def test_a_whole_set_in_a_zip_is_read_with_its_manifest(tmp_path: Path) -> None:
    file = tmp_path / "set.zip"
    image = {"images/0.png": b"\x89PNG", "manifest.json": MANIFEST}
    file.write_bytes(zipped(**{"labels.csv": CSV, **image}))
    labels = read_labels(file)
    assert (labels.format, len(labels), labels.dataset_hash) == ("csv", 2, "abc")
    assert labels.source.endswith("set.zip: labels.csv")
    assert len(read_labels(file, "csv")) == 2
    file.write_bytes(zipped(**{"set/a.parquet": parquet({"index": [1], "label": ["a"]})}))
    assert len(read_labels(file)) == 1


HEADER = b"index,class_name,source,split\n"
SIDES = {
    "train.csv": HEADER + b"1,cat,human,train\n2,dog,human,train\n3,,,train\n",
    "validation.csv": HEADER + b"7,bee,human,validation\n8,cat,,validation\n",
    "test.csv": HEADER + b"9,cat,dataset,test\n",
}


def told(*names: str, format: str = "csv") -> bytes:
    files = [{"name": name} for name in names]
    said = {"format": format, "files": files, "dataset": {"sha256": "abc"}}
    return json.dumps(said).encode()


@pytest.mark.parametrize("folder", ["", "set/"])
def test_the_sides_of_an_exported_set_are_read_as_one_file(tmp_path: Path, folder: str) -> None:
    file = tmp_path / "set.zip"
    entries = {**SIDES, "manifest.json": told(*SIDES)}
    file.write_bytes(zipped(**{f"{folder}{name}": data for name, data in entries.items()}))
    labels = read_labels(file)
    assert [labels.classes[one] for one in labels.labels] == ["cat", "dog", "bee", "cat"]
    assert labels.indices.tolist() == [1, 2, 7, 8]
    assert labels.rows.tolist() == [2, 3, 5, 6]
    assert (labels.n_unlabeled, labels.dataset_hash, labels.source) == (1, "abc", str(file))
    first, second = labels.notes
    assert first == (
        "read as one file: train.csv, validation.csv (rows counted on from 3), "
        "test.csv (rows counted on from 6)"
    )
    assert second.startswith("1 rows of images that are held out")


@pytest.mark.parametrize("limit", ["sides.MAX_ROWS", "sides.MAX_CLASSES", "archive.MAX_BYTES"])
def test_the_sides_together_may_be_as_large_as_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    file = tmp_path / "set.zip"
    file.write_bytes(zipped(**SIDES, **{"manifest.json": told(*SIDES)}))
    monkeypatch.setattr(f"labeler.formats.reading.{limit}", 2)
    with pytest.raises(InputError, match=r"together.*LABEL-4"):
        read_labels(file)


def test_a_fault_in_one_of_the_sides_is_told_with_its_own_row(tmp_path: Path) -> None:
    file = tmp_path / "set.zip"
    broken = {**SIDES, "validation.csv": b"index,class_name\nx,cat\n"}
    file.write_bytes(zipped(**broken, **{"manifest.json": told(*SIDES)}))
    with pytest.raises(InputError, match=r"set\.zip: validation\.csv: row 2, index"):
        read_labels(file)


@pytest.mark.parametrize(
    "entries",
    [
        SIDES,
        {**SIDES, "manifest.json": told("train.csv", "test.csv")},
        {"train.csv": CSV, "test.csv": CSV, "manifest.json": told(*SIDES)},
        {**SIDES, "manifest.json": told(*SIDES, format="jsonl")},
        {**SIDES, "manifest.json": told(*SIDES, format="of others")},
        {**SIDES, "manifest.json": b"[]"},
        {**SIDES, "more.jsonl": b"{}", "manifest.json": told(*SIDES)},
        {"a/train.csv": CSV, "b/test.csv": CSV, "a/manifest.json": told("train.csv", "test.csv")},
        {"a.csv": CSV, "b.csv": CSV, "manifest.json": told("a.csv", "b.csv")},
        {
            "train/metadata.jsonl": b"{}",
            "validation/metadata.jsonl": b"{}",
            "manifest.json": told(
                "train/metadata.jsonl", "validation/metadata.jsonl", format="hf-imagefolder"
            ),
        },
    ],
)
def test_several_files_that_are_not_one_whole_set_are_refused(
    tmp_path: Path, entries: dict[str, bytes]
) -> None:
    file = tmp_path / "set.zip"
    file.write_bytes(zipped(**entries))
    with pytest.raises(InputError, match=r"files of labels in this zip.*LABEL-6"):
        read_labels(file)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (zipped(a=b""), "LABEL-6"),
        (zipped(**{"a.csv": CSV, "b.csv": CSV}), "LABEL-6"),
        (zipped(**{"manifest.json": MANIFEST}), "LABEL-6"),
        (zipped(**{"../a.csv": CSV}), "ZIP-3"),
        (zipped(**{"a.csv": CSV})[:-30], "ZIP-1"),
        (zipped(**{"a.csv": CSV}).replace(b"cat", b"dog"), "ZIP-1"),
        (zipped(**{"a.csv": b"index\n1\n"}), "LABEL-1"),
        (b"no zip", "LABEL-5"),
    ],
    ids=["empty", "two", "manifest alone", "path", "cut", "altered", "no labels", "no zip"],
)
def test_a_bad_zip_gets_one_clear_error(tmp_path: Path, data: bytes, code: str) -> None:
    file = tmp_path / "set.zip"
    file.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_labels(file)
    assert caught.value.code == code


def test_a_manifest_of_other_files_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_bytes(CSV)
    for content, expected in (
        (MANIFEST, "abc"),
        (MANIFEST.replace(b"labels.csv", b"others.csv"), None),
        (b"{", None),
        (b"[" * 100_000, None),
        (b"[1]", None),
        (b'{"files": 3}', None),
    ):
        (tmp_path / "manifest.json").write_bytes(content)
        assert read_labels(file).dataset_hash == expected
