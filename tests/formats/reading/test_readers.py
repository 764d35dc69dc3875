"""Files of labels, good and bad: exact names in, one clear error out."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labeler.exceptions import ConfigError, InputError
from labeler.formats.reading import READERS, base, parquet_blocks, read_labels
from labeler.formats.reading.base import LabelFile
from labeler.formats.reading.csv import read_csv
from labeler.records import UNLABELED, Source

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def read(format: str, data: bytes) -> LabelFile:
    return READERS[format](io.BytesIO(data), "labels")


def refused(format: str, data: bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        read(format, data)
    return caught.value


def jsonl(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def parquet(columns: dict[str, Any], **metadata: Any) -> bytes:
    table = pa.table(columns)
    if metadata:
        table = table.replace_schema_metadata({k: json.dumps(v) for k, v in metadata.items()})
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def task(choice: str | None = None, **data: Any) -> dict[str, Any]:
    result = [
        {
            "type": "choices",
            "from_name": "choice",
            "to_name": "image",
            "value": {"choices": [choice]},
        }
    ]
    made: dict[str, Any] = {"data": data}
    return made if choice is None else made | {"annotations": [{"result": result}]}


def studio(*tasks: Any) -> bytes:
    return json.dumps(list(tasks)).encode()


def names_of(labels: LabelFile) -> list[str | None]:
    names = [*labels.classes, None]
    return [names[label] for label in labels.labels]


CSV = (
    b"index,file_name,label,class_name,source,cluster,confidence,annotator\r\n"
    b"0,a.png,0,cat,human,3,1,ada\r\n"
    b'4,"b,\n.png",1,\'=dog,propagated,3,0.5,\r\n'
    b"7,c.png,,,none,2,0,\r\n"
)


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_our_own_csv_is_read_with_its_exact_names(bom: bytes) -> None:
    labels = read("csv", bom + CSV)
    assert names_of(labels) == ["cat", "=dog"]
    assert labels.indices.tolist() == [0, 4]
    assert labels.file_names == ("a.png", "b,\n.png")
    assert labels.sources.tolist() == [Source.HUMAN, Source.PROPAGATED]
    assert labels.confidences.tolist() == [1, 0.5]
    assert labels.annotators == ("ada", "")
    assert labels.n_unlabeled == 1
    assert labels.rows.tolist() == [2, 3]


def test_a_plain_csv_from_elsewhere_names_no_source() -> None:
    labels = read("csv", b"Filename,Label\na/b.png,dog\nc.png,\n")
    assert labels.file_names == ("a/b.png",)
    assert labels.indices.tolist() == [-1]
    assert labels.sources.tolist() == [Source.NONE]
    assert np.isnan(labels.confidences).all()


def test_a_class_that_is_a_number_is_a_name_like_any_other() -> None:
    assert names_of(read("csv", b"index,label\n1,7\n2,07\n")) == ["7", "07"]
    assert names_of(read("jsonl", jsonl({"index": 1, "label": 7}))) == ["7"]


def test_json_lines_say_null_for_what_is_not_known() -> None:
    known = {
        "index": 3,
        "file_name": None,
        "label": 1,
        "class_name": "d\u202e\n",
        "source": "oracle",
    }
    empty = {"index": 4, "file_name": None, "label": None, "class_name": None, "source": "none"}
    labels = read("jsonl", jsonl(known, empty) + b"\n")
    assert names_of(labels) == ["d\u202e\n"]
    assert labels.sources.tolist() == [Source.ORACLE]
    assert labels.n_unlabeled == 1


VERDICTS = (
    {"index": 1, "class_name": "cat", "verdict": "class", "source": None},
    {"index": 2, "class_name": "cat", "verdict": "skip", "source": "propagated"},
    {"index": 3, "class_name": None, "verdict": "mixed", "source": "oracle"},
    {"index": 4, "class_name": "cat", "verdict": None, "source": "propagated"},
    {"index": 5, "class_name": "dog", "verdict": None, "source": "none", "split": "test"},
    {"index": 6, "class_name": None, "verdict": None, "source": "none", "split": "train"},
)
COLUMNS = ("index", "class_name", "verdict", "source", "split")
AS_CSV = "\n".join(
    ",".join(str(row.get(name) or "") for name in COLUMNS)
    for row in ({name: name for name in COLUMNS}, *VERDICTS)
).encode()
AS_PARQUET = parquet({name: [row.get(name) for row in VERDICTS] for name in COLUMNS})


@pytest.mark.parametrize(
    ("format", "data"), [("csv", AS_CSV), ("jsonl", jsonl(*VERDICTS)), ("parquet", AS_PARQUET)]
)
def test_verdicts_are_answers_and_the_held_out_part_is_left_out(format: str, data: bytes) -> None:
    labels = read(format, data)
    assert names_of(labels) == ["cat", None, None, "cat"]
    assert labels.is_mixed.tolist() == [False, False, True, False]
    human, oracle, spread = Source.HUMAN, Source.ORACLE, Source.PROPAGATED
    assert labels.sources.tolist() == [human, human, oracle, spread]
    assert labels.n_unlabeled == 1
    assert labels.notes == (
        f"1 {labels.unit}s of images that are held out to test on (split: test) left out",
    )


def test_sources_of_other_tools_are_known_or_taken_as_unknown_and_that_is_said() -> None:
    rows = [
        {"index": n, "label": "a", "source": word}
        for n, word in enumerate(["Manual", "semi-auto", "ground_truth", "cam\x1b 1", "cam\x1b 1"])
    ]
    labels = read("jsonl", jsonl(*rows))
    assert labels.sources.tolist() == [Source.HUMAN, Source.PROPAGATED, Source.HUMAN, 0, 0]
    assert labels.notes == (
        "2 labels with a source that says nothing here ('cam\\x1b 1'): taken as labels of unknown "
        "source",
    )


def test_parquet_numbers_get_the_names_of_the_schema_and_images_are_not_looked_at() -> None:
    image = pa.array([{"bytes": b"\x89PNG", "path": f"{n}.png"} for n in range(3)])
    features = {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}
    data = parquet(
        {"image": image, "label": pa.array([1, None, 0], pa.int64())},
        huggingface={"info": {"features": features}},
        labeler={"dataset_hash": "abc"},
    )
    labels = read("parquet", data)
    assert names_of(labels) == ["dog", "cat"]
    assert labels.file_names == ("0.png", "2.png")
    assert labels.dataset_hash == "abc"
    assert labels.n_unlabeled == 1


def test_parquet_with_text_labels_and_dictionary_columns() -> None:
    names = pa.array(["cat", "dog", "cat"]).dictionary_encode()
    labels = read("parquet", parquet({"index": [5, 6, 7], "label": names}))
    assert names_of(labels) == ["cat", "dog", "cat"]


def test_label_studio_annotations_are_answers_and_predictions_are_not() -> None:
    prediction = task("dog", index=2)
    prediction["predictions"] = [{**one, "score": 0.25} for one in prediction.pop("annotations")]
    skip = task("cat", index=3)
    skip["annotations"][0]["was_cancelled"] = True
    labels = read("label-studio", studio(task("cat", index=1), prediction, skip, task(index=4)))
    assert names_of(labels) == ["cat", "dog", None]
    assert labels.sources.tolist() == [Source.HUMAN, Source.PROPAGATED, Source.HUMAN]
    assert labels.confidences.tolist()[1] == 0.25
    assert labels.labels[2] == UNLABELED
    assert labels.n_unlabeled == 1


def test_label_studio_addresses_become_file_names() -> None:
    addresses = [
        "/data/local-files/?d=pets/a%20b.png",
        "/data/upload/3/1a2b3c4d-c.png",
        "https://example.org/x/d.png?token=1",
        "e.png",
    ]
    labels = read("label-studio", studio(*(task("cat", image=one) for one in addresses)))
    assert labels.file_names == ("pets/a b.png", "c.png", "x/d.png", "e.png")


def test_the_newest_of_several_annotations_counts_and_that_is_said() -> None:
    made = task("cat", index=1)
    again = {**made["annotations"][0], "updated_at": "2026-02-01T00:00:00Z", "completed_by": 7}
    again["result"] = [{"type": "choices", "value": {"choices": ["dog"]}}]
    made["annotations"].insert(0, again)
    labels = read("label-studio", studio(made))
    assert names_of(labels) == ["dog"]
    assert labels.annotators == ("Label Studio user 7",)
    assert "1 tasks with several annotations" in labels.notes[0]


def test_label_studio_json_min() -> None:
    labels = read("label-studio", studio({"id": 1, "image": "a.png", "choice": "cat"}))
    assert names_of(labels) == ["cat"]
    assert labels.sources.tolist() == [Source.HUMAN]


@pytest.mark.parametrize(
    "content",
    [
        b"image_id;breed\n/data/a.png;cat\nb;dog\n",
        b"\xef\xbb\xbfimage\tlabel\na.png\tcat\nb.png\tdog\n\n",
        b"a.png,cat\n\nb.png,dog\n",
        b"file_name,label,class_name\na.png,0,cat\n\nb.png,1,dog\n\n",
    ],
)
def test_lists_of_images_are_read_in_the_dialects_that_data_sets_are(content: bytes) -> None:
    labels = read_csv(io.BytesIO(content), "labels.csv")
    assert [labels.classes[label] for label in labels.labels] == ["cat", "dog"]
    assert [name.rpartition("/")[2][0] for name in labels.file_names] == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    [
        "file_name;class_name;annotator\nKäse.png;Fußball;Jörg\nb.png;Tor;Jörg\n",
        "Käse.png\tFußball\nb.png\tTor\n",
        "Datei;Größe\nKäse.png;Fußball\nb.png;Tor\n",
        "Größe,Datei\nFußball,Käse.png\nTor,b.png\n",
        "annotation_id,annotator,image,choice\n1,Jörg,/x/Käse.png,Fußball\n2,Jörg,b.png,Tor\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_lists_saved_by_windows_are_read_as_those_of_data_sets_are(
    text: str, encoding: str
) -> None:
    labels = read_csv(io.BytesIO(text.encode(encoding)), "liste.csv")
    assert [labels.classes[label] for label in labels.labels] == ["Fußball", "Tor"]
    assert [name.rpartition("/")[2] for name in labels.file_names] == ["Käse.png", "b.png"]
    said = [note for note in labels.notes if "was read as cp1252" in note]
    assert len(said) == (encoding == "cp1252")


BAD: list[tuple[str, bytes, str, str]] = [
    ("csv", b"", "CSV-1", "empty"),
    ("csv", b"index,label\n", "LABEL-1", "no row"),
    ("csv", "index,label\n1,a\n".encode("utf-16"), "CSV-1", "UTF-16"),
    ("csv", b"index,label\n1,a\n2,\x81\n", "CSV-1", "row 3, byte 0x81"),
    ("csv", b"\xef\xbb\xbfindex,label\n1,a\n2,\x91\n", "CSV-1", "row 3, byte 0x91"),
    ("csv", b"index,label\n1,a\0\n", "CSV-1", "NUL"),
    ("csv", b'index,label\n1,a\n2,"b\n', "CSV-2", "row 3 never closes"),
    ("csv", b"index,label\n1," + b"x" * 140_000 + b"\n", "CSV-2", "field limit"),
    ("csv", b"index,label\n1\n", "CSV-3", "row 2 has 1 values"),
    ("csv", b"index,label,label\n1,a,b\n", "CSV-3", "twice"),
    ("csv", b"index,colour\n1,red\n", "LABEL-1", "the columns are 'index', 'colour'"),
    ("csv", b"label\na\n", "LABEL-1", "the columns are"),
    ("csv", b"index,label\n,a\n", "LABEL-1", "row 2 names no image"),
    ("csv", b"index,label\n-1,a\n", "LABEL-2", "row 2, index: '-1'"),
    ("csv", b"index,label\n1_0,a\n", "LABEL-2", "index: '1_0'"),
    ("csv", "index,label\n\uff11,a\n".encode(), "LABEL-2", "index"),
    ("csv", b"index,label\n1e400,a\n", "LABEL-2", "index"),
    ("csv", b"index,label\n99999999999999999999999,a\n", "LABEL-2", "index"),
    ("csv", b"index,label,verdict\n1,a,maybe\n", "LABEL-2", "verdict: 'maybe'"),
    (
        "csv",
        b"annotation_id,annotator,index,class_name,source,rank_in_cluster\n7,1,1,a,human,0\n",
        "LABEL-1",
        "a column choice",
    ),
    (
        "csv",
        b'annotation_id,annotator,id,index,choice\n7,1,1,1,"{""choices"":[""1"",""2""]}"\n',
        "LABEL-2",
        "one class for each image",
    ),
    ("jsonl", b'{"index": 1, "label": "a", "source": 3}\n', "LABEL-2", "source: 3"),
    ("csv", b"index,label,confidence\n1,a,nan\n", "LABEL-2", "confidence: 'nan'"),
    ("csv", b"index,label,confidence\n1,a,1.5\n", "LABEL-2", "confidence: '1.5'"),
    ("csv", b"index,label\n1," + b"x" * 300 + b"\n", "LABEL-2", "300 characters"),
    ("csv", b"\x89PNG\r\n\x1a\n" + b"\xff" * 40, "CSV-1", "UTF-8"),
    ("csv", b"PK\x03\x04" + b"x" * 40, "CSV-1", "zip"),
    ("jsonl", b"", "LABEL-1", "no row"),
    ("jsonl", b"[1]\n", "JSON-1", "line 1 is a list"),
    ("jsonl", b'{"index": 1, "label": "a"\n', "JSON-1", "line 1: "),
    ("jsonl", b'{"index": 1, "label": "\xff"}\n', "JSON-1", "byte 0xff is not UTF-8"),
    ("jsonl", b'\xef\xbb\xbf{"index": 1, "label": "\xff"}\n', "JSON-1", "byte 0xff is not UTF-8"),
    ("jsonl", b'{"index": NaN, "label": "a"}\n', "JSON-1", "NaN is not JSON"),
    ("jsonl", b"[" * 100_000 + b"\n", "JSON-1", "line 1"),
    ("jsonl", b'{"index": ' + b"9" * 5000 + b', "label": "a"}\n', "JSON-1", "line 1"),
    ("jsonl", b'{"index": true, "label": "a"}\n', "LABEL-2", "index: True"),
    ("jsonl", b'{"index": 1.5, "label": "a"}\n', "LABEL-2", "index: 1.5"),
    ("jsonl", b'{"index": 1, "label": {"a": 1}}\n', "LABEL-2", "label"),
    ("jsonl", b'{"index": 1, "label": ["a", "b"]}\n', "LABEL-2", "label"),
    ("jsonl", b'{"index": 1, "label": "\\ud800"}\n', "LABEL-2", "half characters"),
    ("jsonl", b'{"index": 1, "label": "a\\u0000"}\n', "LABEL-2", "NUL"),
    ("jsonl", b'{"file_name": 7, "label": "a"}\n', "LABEL-2", "file_name: 7"),
    ("jsonl", b"\x1f\x8b\x08\x00abc", "JSON-1", "gzip"),
    ("parquet", b"", "PARQUET-1", "cannot be read"),
    ("parquet", b"PAR1" + b"\0" * 60 + b"PAR1", "PARQUET-1", "cannot be read"),
    ("parquet", parquet({"index": [1], "label": ["a"]})[:-20], "PARQUET-1", "cannot be read"),
    ("parquet", parquet({"index": [1], "colour": ["a"]}), "LABEL-1", "the columns are"),
    ("parquet", parquet({"index": [1.5], "label": ["a"]}), "LABEL-2", "index: 1.5"),
    ("parquet", parquet({"index": [1], "label": [True]}), "LABEL-2", "label: True"),
    ("parquet", parquet({"index": [1], "label": [b"a"]}), "LABEL-2", "label: b'a'"),
    (
        "parquet",
        parquet(
            {"index": [1], "label": [5]},
            huggingface={"info": {"features": {"label": {"names": ["a"]}}}},
        ),
        "LABEL-2",
        "a class from 0 to 0",
    ),
    ("label-studio", b"{}", "JSON-1", "one dict"),
    ("label-studio", b"[1]", "LABEL-2", "task 1, the task: 1"),
    ("label-studio", b'[{"data": 3}]', "LABEL-2", "data: 3"),
    ("label-studio", b'[{"data": {}, "annotations": {}}, 1]', "LABEL-2", "task 2"),
    ("label-studio", b'[{"data": {}, "annotations": [1]}]', "LABEL-2", "annotations"),
    ("label-studio", studio(task("cat")), "LABEL-1", "task 1 names no image"),
    ("label-studio", b"<html>", "JSON-1", "HTML"),
    ("label-studio", b"[" * 100_000, "JSON-1", ""),
    (
        "label-studio",
        b'[{"data": {"index": 1}, "predictions": [{"score": 1' + b"0" * 400 + b', "result": '
        b'[{"value": {"choices": ["a"]}}]}]}]',
        "LABEL-2",
        "task 1, confidence: 1000",
    ),
]


@pytest.mark.parametrize(
    ("format", "data", "code", "found"),
    [pytest.param(*one, id=f"{one[0]}-{n}-{one[2]}") for n, one in enumerate(BAD)],
)
def test_a_bad_file_gets_one_clear_error(format: str, data: bytes, code: str, found: str) -> None:
    error = refused(format, data)
    assert error.code == code
    assert found in str(error)
    assert str(error).startswith("labels: ")


@pytest.mark.parametrize("nonsense", [[], {}, 7, None])
def test_a_hash_that_is_no_text_says_nothing(nonsense: object) -> None:
    row = {"index": 1, "label": "a", "dataset_hash": nonsense}
    assert read("jsonl", jsonl(row)).dataset_hash is None
    assert read("label-studio", studio({**row, "choice": "a"})).dataset_hash is None


def test_two_choices_for_one_image_are_refused() -> None:
    made = task("cat", index=1)
    made["annotations"][0]["result"][0]["value"]["choices"].append("dog")
    assert refused("label-studio", studio(made)).code == "LABEL-2"


def test_an_enormous_parquet_is_refused_by_what_it_declares(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parquet_blocks, "MAX_ROWS", 2)
    three = io.BytesIO(parquet({"index": [1, 2, 3], "label": ["a"] * 3}))
    with pytest.raises(InputError, match=r"3 rows.*PARQUET-2"):
        parquet_blocks.read_here(three, "labels")
    monkeypatch.setattr(parquet_blocks, "MAX_ROWS", 10)
    monkeypatch.setattr(parquet_blocks, "MAX_UNPACKED", 10)
    with pytest.raises(InputError, match="PARQUET-2"):
        parquet_blocks.read_here(three, "labels")


def test_a_parquet_file_that_ends_its_reader_is_an_error_like_any_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Arrow aborts at some damaged files; here the process that reads ends even sooner."""
    from labeler.formats.reading import parquet as module

    data = parquet({"index": [1], "label": ["a"]})
    monkeypatch.setattr(module, "_CHILD", "labeler.nothing")
    error = refused("parquet", data)
    assert (error.code, "ended in the middle" in str(error)) == ("PARQUET-1", True)


@pytest.mark.parametrize("format", ["csv", "jsonl", "label-studio"])
def test_more_than_the_most_rows_are_refused(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "MAX_ROWS", 2)
    many: dict[str, Callable[[], bytes]] = {
        "csv": lambda: b"index,label\n" + b"".join(b"%d,a\n" % n for n in range(3)),
        "jsonl": lambda: jsonl(*({"index": n, "label": "a"} for n in range(3))),
        "label-studio": lambda: studio(*(task("a", index=n) for n in range(3))),
    }
    assert refused(format, many[format]()).code == "LABEL-4"


def test_a_column_that_is_no_class_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "MAX_CLASSES", 5)
    data = b"index,label\n" + b"".join(b"%d,n%d\n" % (n, n) for n in range(6))
    assert "more than 5 classes" in str(refused("csv", data))


def test_parquet_without_pyarrow_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from labeler.datasets.tabular import parquet_process

    monkeypatch.setattr(parquet_process, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"labeler\[parquet\]"):
        read("parquet", b"")


def test_the_format_is_told_by_the_ending_or_by_name(tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    file.write_bytes(CSV)
    with pytest.raises(InputError, match="LABEL-5"):
        read_labels(file)
    assert len(read_labels(file, "csv")) == 2
    assert len(read_labels(file, name="mine.CSV")) == 2
    with pytest.raises(ConfigError, match="'xml'"):
        read_labels(file, "xml")


def test_what_the_user_calls_the_file_is_shown_without_control_characters(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(b"")
    with pytest.raises(InputError) as caught:
        read_labels(file, name="a\x1b[2J\u202e.csv")
    assert "\x1b" not in str(caught.value)
    assert "\u202e" not in str(caught.value)
