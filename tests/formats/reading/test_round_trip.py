"""What an export wrote is read back exactly, whatever the classes and the files are called."""

import io
import os
import random
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from labeler.exceptions import InputError
from labeler.formats import FORMATS, LabelRows, Options
from labeler.formats.reading import READERS, LabelFile
from labeler.formats.reading.parquet_blocks import read_here
from labeler.records import UNLABELED
from tests.formats.conftest import HOSTILE, label_rows, make_rows

pytest.importorskip("pyarrow")

N_DAMAGED = int(os.environ.get("LABELER_DAMAGED", "5"))


READ_HERE = {**READERS, "parquet": read_here}
"""Parquet in this process: another one for each of a hundred examples would take minutes."""


def written(rows: LabelRows, format: str, *, raw: bool = False) -> bytes:
    """The file with the labels; Label Studio has its config beside it."""
    files = FORMATS[format].files(rows, Options(raw=raw))
    contents = {one.name: b"".join(one.chunks) for one in files}
    suffixes = (".csv", ".jsonl", ".parquet", "tasks.json")
    return next(data for name, data in contents.items() if name.endswith(suffixes))


def assert_equal(rows: LabelRows, read: LabelFile) -> None:
    everything = slice(0, len(rows))
    labels = rows.label_set.labels
    has = labels != UNLABELED
    kept = np.flatnonzero(has)
    names = [*rows.class_names]
    assert [read.classes[one] for one in read.labels] == [names[one] for one in labels[kept]]
    assert read.indices.tolist() == rows.indices[kept].tolist()
    file_names = rows.file_names(everything) or [""] * len(rows)
    assert read.file_names == tuple(file_names[one] for one in kept)
    assert read.sources.tolist() == rows.label_set.sources[kept].tolist()
    spread = rows.label_set.sources[kept] == 3
    found, wrote = read.confidences[spread], rows.label_set.confidences[kept][spread]
    np.testing.assert_allclose(found, wrote, rtol=1e-5)
    givers = [one and one.annotator for one in rows.givers(everything)]
    assert read.annotators == tuple(givers[one] or "" for one in kept)
    moments = [one and one.at.replace(tzinfo=None) for one in rows.givers(everything)]
    assert read.answered_at.tolist() == [moments[one] for one in kept]
    assert read.n_unlabeled == int((~has).sum())


@pytest.mark.parametrize("format", sorted(READERS))
@given(rows=label_rows())
@example(rows=make_rows(40, HOSTILE, [f"{name}/{n}" for n, name in enumerate(HOSTILE * 2)]))
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_what_was_written_is_read_exactly(format: str, rows: LabelRows) -> None:
    assume(len(rows))
    assume(not any("\0" in name for name in (*rows.classes, *(rows.names or ()))))
    assert_equal(rows, READ_HERE[format](io.BytesIO(written(rows, format)), "labels"))


APOSTROPHES = ("=x", "'=x", "''=x", "'tis", "'", "''", "'\n", "x")


@pytest.mark.parametrize("raw", [False, True], ids=["guarded", "raw"])
@given(rows=label_rows())
@example(rows=make_rows(32, APOSTROPHES, list(APOSTROPHES * 4)))
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_apostrophes_of_guarded_and_of_raw_csv_are_told_apart(raw: bool, rows: LabelRows) -> None:
    assume(len(rows))
    assume(not any("\0" in name for name in (*rows.classes, *(rows.names or ()))))
    assert_equal(rows, READ_HERE["csv"](io.BytesIO(written(rows, "csv", raw=raw)), "labels"))


def test_rows_of_a_raw_and_of_a_guarded_file_that_were_put_together() -> None:
    """As pandas writes them: a row of the guarded file has nothing in the column."""
    file = io.BytesIO(b"file_name,class_name,raw\n'=1,'=a,True\n'=1,'=a,\n")
    read = READERS["csv"](file, "labels")
    assert read.file_names == ("'=1", "=1")
    assert [read.classes[one] for one in read.labels] == ["'=a", "=a"]


@pytest.mark.parametrize("format", sorted(set(READERS) - {"parquet"}))
@given(data=st.data())
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_broken_in_a_file_is_one_clear_error(format: str, data: st.DataObject) -> None:
    """Bytes cut, turned and put in: either it is read, or it is refused; nothing else."""
    whole = bytearray(written(make_rows(6), format))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(whole)))
        kind = data.draw(st.sampled_from(["cut", "turn", "put"]))
        if kind == "cut":
            del whole[place : place + data.draw(st.integers(1, 50))]
        elif kind == "turn" and place < len(whole):
            whole[place] ^= data.draw(st.integers(1, 255))
        else:
            whole[place:place] = data.draw(st.binary(max_size=8))
    with suppress(InputError):
        READERS[format](io.BytesIO(bytes(whole)), "labels")


def test_damaged_parquet_never_ends_this_process() -> None:
    """Arrow itself aborts at one in some hundred of such files."""
    whole, chance = written(make_rows(6), "parquet"), random.Random(1)  # noqa: S311
    n_refused = 0
    for _ in range(N_DAMAGED):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            damaged[chance.randrange(len(damaged))] ^= chance.randint(1, 255)
        with suppress(InputError):
            READERS["parquet"](io.BytesIO(bytes(damaged)), "labels")
            n_refused -= 1
        n_refused += 1
    assert n_refused > 0


def test_every_reader_has_its_writer() -> None:
    assert set(READERS) <= set(FORMATS)
