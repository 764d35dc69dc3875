"""What Label Studio 1.23 itself writes, in each of its formats: the reviewer's word is read.

The tasks are an export of Labeler's own digits, cut down; the rest is as Label Studio wrote it.
"""

import csv
import io
import json
from datetime import datetime
from typing import Any

import pytest

from labeler.exceptions import InputError
from labeler.formats.reading import READERS, SUFFIXES, LabelFile
from labeler.records import UNLABELED, Source

AT = "2026-11-27T01:00:31.032137Z"
LATER = "2026-11-27T02:00:31.032137Z"
BEFORE = "2026-03-01T12:00:00+01:00"


def data(index: int, name: str | None, source: str, **more: Any) -> dict[str, Any]:
    """A task's data as Labeler writes it."""
    image = f"/data/local-files/?d=set/images/{index:06}-a.png"
    own = {"index": index, "file_name": f"0/{index}.png", "label": 0, "class_name": name}
    who = {"annotator": "ada" if source == "human" else None, "answered_at": None}
    return {"image": image, **own, "source": source, "rank_in_cluster": 3, **who, **more}


def annotation(number: int, choice: str | None, lead_time: float | None, **more: Any) -> dict:
    result = {
        "id": "r0",
        "type": "choices",
        "from_name": "choice",
        "to_name": "image",
        "value": {"choices": [choice]},
    }
    made = {"id": number, "completed_by": 1, "result": [result] if choice else []}
    times = {"created_at": AT, "updated_at": AT, "lead_time": lead_time}
    return made | {"was_cancelled": False, "ground_truth": False, **times, **more}


def task(number: int, of: dict[str, Any], *annotations: dict, predictions: Any = ()) -> dict:
    return {"id": number, "data": of, "annotations": [*annotations], "predictions": [*predictions]}


TASKS = [
    task(1, data(1, "0", "propagated"), annotation(7, "1", 1.5), predictions=[1]),
    task(2, data(2, "0", "human"), annotation(2, "0", None)),
    task(3, data(3, "0", "human"), annotation(3, "2", 3.2)),
    task(4, data(4, "1", "oracle"), annotation(4, "1", None)),
    task(5, data(5, "1", "oracle"), annotation(5, "1", 2.0)),
    task(6, data(6, "0", "propagated"), annotation(13, "0", 1), annotation(14, "2", 1)),
    task(7, data(7, "0", "propagated"), predictions=[8]),
]
ANSWERS = {1: "1", 2: "0", 3: "2", 4: "1", 5: "1", 6: "2"}


def rows(tasks: list[dict]) -> list[dict[str, Any]]:
    """The tasks as JSON_MIN: the data, and over it what the annotation says."""
    made = []
    for one in tasks:
        for said in one["annotations"] or [{"id": None, "result": []}]:
            if said.get("was_cancelled"):
                continue
            chosen = [one["value"]["choices"][0] for one in said["result"]]
            choice = {"choice": chosen[0]} if chosen else {}
            times = {name: said.get(name) for name in ("created_at", "updated_at", "lead_time")}
            own = {"id": one["id"], "annotator": said.get("completed_by"), **choice}
            made.append({**one["data"], **own, "annotation_id": said["id"], **times})
    return made


def table(tasks: list[dict], delimiter: str = ",") -> bytes:
    """The same as CSV or TSV: columns by the alphabet, texts in quotes."""
    given = rows(tasks)
    text = io.StringIO()
    names = sorted({name for row in given for name in row})
    writer = csv.DictWriter(
        text, names, delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows({k: "" if v is None else v for k, v in row.items()} for row in given)
    return text.getvalue().encode()


def written(tasks: list[dict], format: str) -> tuple[str, bytes]:
    """The reader that the ending leads to, and the file."""
    if format == "JSON":
        return SUFFIXES[".json"], json.dumps(tasks).encode()
    if format == "JSON_MIN":
        return SUFFIXES[".json"], json.dumps(rows(tasks)).encode()
    return SUFFIXES[f".{format.lower()}"], table(tasks, "\t" if format == "TSV" else ",")


def read(tasks: list[dict], format: str) -> LabelFile:
    reader, content = written(tasks, format)
    return READERS[reader](io.BytesIO(content), "export")


def said(labels: LabelFile) -> dict[int, str]:
    names = [*labels.classes, "skip"]
    return dict(zip(labels.indices.tolist(), [names[one] for one in labels.labels], strict=True))


EVERY = pytest.mark.parametrize("format", ["JSON", "JSON_MIN", "CSV", "TSV"])


@EVERY
def test_what_the_reviewer_chose_is_read_not_what_the_task_came_with(format: str) -> None:
    labels = read(TASKS, format)
    assert said(labels) == ANSWERS
    assert labels.n_unlabeled == 1
    assert "1 tasks with several annotations" in labels.notes[0]


@EVERY
def test_an_answer_that_nobody_touched_stays_its_annotators(format: str) -> None:
    tasks = [{**one, "data": {**one["data"]}} for one in TASKS]
    for one in tasks:
        one["data"]["answered_by"] = one["data"]["annotator"]
    labels = read(tasks, format)
    who = dict(zip(labels.indices.tolist(), labels.annotators, strict=True))
    by = dict(zip(labels.indices.tolist(), labels.sources.tolist(), strict=True))
    assert who[2] == "ada"
    assert who[4] == ""
    assert who[1] == who[3] == who[5] == "Label Studio user 1"
    assert [by[4], by[5], by[3]] == [Source.ORACLE, Source.HUMAN, Source.HUMAN]


@EVERY
def test_each_answer_is_of_the_time_at_which_it_was_given(format: str) -> None:
    """The reviewer's by Label Studio's clock; of one that nobody touched, by Labeler's."""
    tasks = [
        task(1, data(1, "0", "propagated"), annotation(7, "1", 1.5, updated_at=LATER)),
        task(2, data(2, "0", "human", answered_at=BEFORE), annotation(2, "0", None)),
        task(
            3, data(3, "0", "human", answered_at=BEFORE), annotation(3, "2", 3.2, updated_at=None)
        ),
        task(4, data(4, "0", "human"), annotation(4, "0", None)),
        task(5, data(5, None, "none", answered_at=BEFORE, verdict="mixed", annotation_id=None)),
    ]
    labels = read(tasks, format)
    found = dict(zip(labels.indices.tolist(), labels.answered_at.tolist(), strict=True))
    assert found == {
        1: datetime(2026, 11, 27, 2, 0, 31, 32137),
        2: datetime(2026, 3, 1, 11),
        3: datetime(2026, 11, 27, 1, 0, 31, 32137),
        4: None,
        5: datetime(2026, 3, 1, 11),
    }


def test_predictions_that_are_numbers_are_left_out_and_that_is_said() -> None:
    labels = read(TASKS, "JSON")
    assert labels.notes[-1].startswith("1 tasks name their predictions by number only")


@pytest.mark.parametrize(
    ("person", "name"),
    [
        (3, "Label Studio user 3"),
        ({"id": 3, "email": "bob@example.org"}, "bob@example.org"),
        ({"id": 3}, "Label Studio user 3"),
    ],
)
def test_who_annotated_has_a_name_where_the_file_has_one(person: Any, name: str) -> None:
    made = annotation(1, "1", 2.0, completed_by=person)
    assert read([task(1, data(1, None, "none"), made)], "JSON").annotators == (name,)


def test_a_choice_counts_before_a_later_skip_of_somebody_else() -> None:
    later = annotation(2, None, 1.0, was_cancelled=True, updated_at="2027-01-01T00:00:00Z")
    both = task(1, data(1, None, "none"), annotation(1, "1", 2.0), later)
    skipped = task(
        2, data(2, "0", "propagated"), {**later, "result": annotation(1, "1", 1)["result"]}
    )
    labels = read([both, skipped], "JSON")
    assert said(labels) == {1: "1", 2: "skip"}
    assert labels.sources.tolist() == [Source.HUMAN] * 2


def test_skips_and_mixed_clusters_come_back() -> None:
    skip = annotation(1, None, None, was_cancelled=True)
    mixed = task(2, data(2, None, "none", verdict="mixed", annotator="ada"), predictions=[3])
    labels = read(
        [task(1, data(1, None, "none", verdict="skip", annotator="ada"), skip), mixed], "JSON"
    )
    assert labels.labels.tolist() == [UNLABELED] * 2
    assert labels.is_mixed.tolist() == [False, True]
    assert labels.annotators == ("ada", "ada")


@EVERY
def test_images_that_were_uploaded_there_get_their_own_name_back(format: str) -> None:
    made = task(1, {"image": "/data/upload/3/f1bdae76-000001.png"}, annotation(1, "1", 1.5))
    assert read([made], format).file_names == ("000001.png",)


@EVERY
def test_two_choices_for_one_image_are_refused_with_one_line(format: str) -> None:
    made = annotation(1, "1", 1.5)
    two = {"choices": ["1", "2"]}
    made["result"][0]["value"] = two
    reader, content = written([task(1, data(1, None, "none"), made)], format)
    if format == "JSON_MIN":
        content = content.replace(b'"choice": "1"', b'"choice": {"choices": ["1", "2"]}')
    elif format != "JSON":
        given = rows([task(1, data(1, None, "none"), made)])
        given[0]["choice"] = json.dumps(two, separators=(",", ":"))
        text = io.StringIO()
        writer = csv.DictWriter(text, sorted(given[0]), delimiter="\t" if format == "TSV" else ",")
        writer.writeheader()
        writer.writerows(given)
        content = text.getvalue().encode()
    with pytest.raises(InputError, match="one class for each image") as caught:
        READERS[reader](io.BytesIO(content), "export")
    assert caught.value.code == "LABEL-2"


def test_a_rating_beside_the_choice_is_left_alone() -> None:
    made = annotation(1, "1", 1.5)
    star = {"type": "rating", "from_name": "stars", "value": {"rating": 4}}
    made["result"].insert(0, star)
    rated = {**annotation(2, None, 1.5), "result": [star]}
    labels = read(
        [task(1, data(1, "0", "none"), made), task(2, data(2, "0", "none"), rated)], "JSON"
    )
    assert said(labels) == {1: "1"}
    assert labels.n_unlabeled == 1


def test_without_a_choice_column_labelers_own_columns_are_not_taken_for_it() -> None:
    content = table(TASKS).replace(b'"choice"', b'"verdict of mine"')
    with pytest.raises(InputError, match="a column choice") as caught:
        READERS["csv"](io.BytesIO(content), "export")
    assert caught.value.code == "LABEL-1"


@pytest.mark.parametrize(
    ("record", "source", "expected"),
    [
        ({"verdict": "skip"}, Source.NONE, [([], True, False)]),
        ({"verdict": "mixed"}, Source.NONE, []),
        ({"class_name": "0", "split": "test"}, Source.NONE, [(["0"], False, True)]),
        ({"class_name": "0"}, Source.HUMAN, [(["0"], False, False)]),
    ],
)
def test_skips_are_written_as_cancelled_and_the_test_part_as_ground_truth(
    record: dict[str, Any], source: Source, expected: list[Any]
) -> None:
    from labeler.formats.base import Options
    from labeler.formats.label_studio import _said

    whole = {"index": 1, "split": None, "confidence": 0.0, **record}
    made = _said(whole, record.get("class_name", ""), source, Options())
    found = [
        (
            [name for result in one["result"] for name in result["value"]["choices"]],
            one["was_cancelled"],
            one["ground_truth"],
        )
        for one in made.get("annotations", [])
    ]
    assert found == expected
