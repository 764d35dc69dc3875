"""When answers were given: read from every format, or left out with a line."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from labeler.exceptions import InputError
from labeler.formats.reading import READERS, LabelFile
from labeler.formats.reading.parquet_blocks import read_here
from labeler.formats.reading.times import moment

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

NOON = datetime(2026, 3, 1, 12)
EVERY = pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])


def as_csv(rows: Sequence[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_jsonl(rows: Sequence[dict[str, Any]]) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


def as_parquet(rows: Sequence[dict[str, Any]]) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows)), file)
    return file.getvalue()


WRITERS = {"csv": as_csv, "jsonl": as_jsonl, "parquet": as_parquet}


def read(format: str, *rows: dict[str, Any]) -> LabelFile:
    reader = read_here if format == "parquet" else READERS[format]
    return reader(io.BytesIO(WRITERS[format](rows)), "labels")


def row(index: int, answered_at: object, **more: Any) -> dict[str, Any]:
    said = {"class_name": "cat", "source": "human", "split": "train"}
    return {"index": index, "answered_at": answered_at, **said, **more}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T12:00:00+00:00", NOON),
        ("2026-03-01T12:00:00Z", NOON),
        ("2026-03-01T14:00:00+02:00", NOON),
        ("2026-03-01 12:00", NOON),
        (" 2026-03-01T12:00:00 ", NOON),
        ("2026-03-01", NOON - timedelta(hours=12)),
        ("2026-03-01T12:00:00.123456789Z", NOON.replace(microsecond=123456)),
        ("2026-02-30", None),
        ("yesterday", None),
        ("1.3.2026", None),
        ("0001-01-01T00:00+14:00", None),
        ("9999-12-31T23:00-14:00", None),
        ("\u0662026-03-01", None),
        (1772366400, None),
        (True, None),
        (["2026-03-01"], None),
    ],
)
def test_a_time_is_iso_8601_and_utc_where_it_has_no_zone(
    text: object, expected: datetime | None
) -> None:
    assert moment(text) == expected


@EVERY
def test_times_are_read_and_those_that_cannot_be_are_left_out_with_a_line(format: str) -> None:
    labels = read(
        format,
        row(0, "2026-03-01T13:00:00+01:00"),
        row(1, "yesterday"),
        row(2, "2026-02-30"),
        row(3, None),
        row(4, "soon", class_name=None, source=None),
        row(5, "soon", split="test"),
    )
    assert labels.answered_at.tolist() == [NOON, None, None, None]
    assert labels.indices.tolist() == [0, 1, 2, 3]
    assert labels.notes[-1] == (
        "2 labels with a time that is not in ISO 8601 ('yesterday', '2026-02-30'): "
        "the time is left out"
    )


@EVERY
def test_without_a_time_that_is_odd_there_is_no_line(format: str) -> None:
    assert read(format, row(0, "2026-03-01T12:00:00Z"), row(1, None)).notes == ()


@EVERY
def test_an_odd_time_hides_no_other_fault_of_its_row(format: str) -> None:
    with pytest.raises(InputError, match="a number from 0 to 1") as caught:
        read(format, row(0, "yesterday", confidence=7))
    assert caught.value.code == "LABEL-2"


def test_a_number_for_a_time_is_left_out() -> None:
    labels = read("jsonl", row(0, 1772366400000), row(1, [1]))
    assert labels.answered_at.tolist() == [None, None]
    assert "(1772366400000, [1]): the time is left out" in labels.notes[-1]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([NOON]), NOON),
        (pa.array([NOON.replace(tzinfo=UTC)]), NOON),
        (pa.array([datetime(2026, 3, 1, 7, tzinfo=timezone(timedelta(hours=-5)))]), NOON),
        (pa.array([1772366400_000000999], pa.timestamp("ns", "America/New_York")), NOON),
        (pa.array([1772366400], pa.timestamp("s")), NOON),
        (pa.array([date(2026, 3, 1)]), NOON - timedelta(hours=12)),
        (pa.array(["2026-03-01T12:00:00Z"]).dictionary_encode(), NOON),
        (pa.array([2**62], pa.timestamp("ms", "UTC")), None),
        (pa.array([2**62], pa.timestamp("ms")), None),
        (pa.array([5], pa.duration("s")), None),
    ],
    ids=lambda one: str(getattr(one, "type", "")),
)
def test_parquet_has_its_own_words_for_times(values: Any, expected: datetime | None) -> None:
    file = io.BytesIO()
    pq.write_table(pa.table({"index": [0], "class_name": ["cat"], "answered_at": values}), file)
    file.seek(0)
    labels = read_here(file, "labels")
    assert labels.answered_at.tolist() == [expected]
    assert len(labels.notes) == (expected is None)
