"""Labels as CSV, read back by the standard library."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.config import RunConfig
from labeler.datasets.base import Dataset, Split
from labeler.datasets.originals import Originals
from labeler.datasets.text.csv_text import restore
from labeler.exceptions import ConfigError
from labeler.formats import LabelRows, Options, format_named
from labeler.formats.csv import csv_chunks, neutralise
from labeler.formats.rows import COLUMNS
from labeler.learning.clustering import cluster
from labeler.learning.propagation import propagate_to_clusters
from labeler.records import Answer, Clusters, LabelSet, Question, Source
from tests.formats.conftest import make_rows

HOSTILE = ("=cmd()", "a,b", 'say "hi"', "two\nlines", "\u202eright to left", "😀", "'tis", "-1")


@pytest.fixture
def exported(bars: Dataset) -> tuple[Dataset, LabelSet, Clusters]:
    X = bars.train.images.reshape(200, -1).astype(np.float32)
    clusters = cluster(X, 8, RunConfig().rng("clusters"))
    answers = [
        Answer(Question(int(image), number), number % 4, Source.HUMAN)
        for number, image in enumerate(clusters.representatives)
    ]
    return bars, propagate_to_clusters(answers, clusters, 0.5), clusters


def written(rows: LabelRows) -> list[dict[str, str]]:
    text = b"".join(csv_chunks(rows, Options())).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_raw_text_is_as_it_is_and_joins_with_other_formats() -> None:
    rows = make_rows(40, HOSTILE, names=[f"={number}" for number in range(40)])
    text = b"".join(csv_chunks(rows, Options(raw=True))).decode()
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    for one, other in zip(found, rows.records(slice(0, 40)), strict=True):
        for column in ("file_name", "class_name", "annotator"):
            assert one[column] == (other[column] or "")
    assert {one["raw"] for one in found} == {"true"}


def test_a_guarded_file_has_the_documented_columns_alone() -> None:
    assert tuple(written(make_rows(3))[0]) == COLUMNS


def test_every_image_is_a_row_equal_to_the_label_set(
    exported: tuple[Dataset, LabelSet, Clusters],
) -> None:
    dataset, label_set, clusters = exported
    rows = written(LabelRows.of(*exported))
    assert [int(row["index"]) for row in rows] == list(range(200))
    assert [int(row["label"] or -1) for row in rows] == label_set.labels.tolist()
    assert [int(row["cluster"]) for row in rows] == clusters.labels.tolist()
    assert [int(row["rank_in_cluster"]) for row in rows] == clusters.ranks.tolist()
    assert [Source[row["source"].upper()] for row in rows] == label_set.sources.tolist()
    np.testing.assert_allclose([float(r["confidence"]) for r in rows], label_set.confidences, 1e-5)
    np.testing.assert_allclose([float(r["distance"]) for r in rows], clusters.distances, 1e-5)
    assert all((row["label"] == "") == (row["class_name"] == "") for row in rows)


def test_an_image_without_label_has_none_and_says_so(
    exported: tuple[Dataset, LabelSet, Clusters],
) -> None:
    unlabeled = [row for row in written(LabelRows.of(*exported)) if row["label"] == ""]
    assert unlabeled
    assert {(row["source"], row["confidence"]) for row in unlabeled} == {("none", "0.0")}


def test_the_index_is_the_place_in_the_data_as_read(
    exported: tuple[Dataset, LabelSet, Clusters],
) -> None:
    dataset, labels, clusters = exported
    positions = np.arange(200) * 2 + 1
    held_out = replace(
        dataset, train=Split(dataset.train.images, dataset.train.labels, None, positions)
    )
    rows = written(LabelRows.of(held_out, labels, clusters))
    assert [int(row["index"]) for row in rows] == positions.tolist()


@pytest.mark.parametrize("is_folder", [True, False])
def test_where_the_files_of_a_set_lie_is_said(
    exported: tuple[Dataset, LabelSet, Clusters], tmp_path: Path, is_folder: bool
) -> None:
    dataset, labels, clusters = exported
    paths = tuple(f"cat/{number}.png" for number in range(200))
    originals = Originals(
        paths,
        np.zeros((200, 32), np.uint8),
        np.ones((200, 2), np.int32),
        [b""] * 200,
        np.zeros((200, 2), np.int64),
    )
    root = tmp_path if is_folder else tmp_path / "set.zip"
    read = replace(dataset, train=replace(dataset.train, originals=originals), root=root)
    rows = written(LabelRows.of(read, labels, clusters))
    before = f"{tmp_path}/" if is_folder else ""
    assert [row["path"] for row in rows] == [before + path for path in paths]


def test_hostile_names_come_back_exactly_and_run_nothing(
    exported: tuple[Dataset, LabelSet, Clusters],
) -> None:
    dataset, labels, clusters = exported
    names = tuple(f"{HOSTILE[i % len(HOSTILE)]}{i}" for i in range(200))
    split = Split(dataset.train.images, dataset.train.labels, names)
    rows = written(LabelRows.of(Dataset("x", HOSTILE[:4], split), labels, clusters))
    assert [restore(row["file_name"]) for row in rows] == list(names)
    assert {restore(row["class_name"]) for row in rows} == {*HOSTILE[:4], ""}
    for row in rows:
        assert row["file_name"][0] not in "=+-@\t\r"
        assert row["class_name"][:1] not in {"=", "+", "-", "@"}


@given(st.text())
def test_neutralising_is_undone_exactly_and_leaves_no_risky_beginning(text: str) -> None:
    cell = neutralise(text)
    assert restore(cell) == text
    assert cell[:1] not in set("=+-@\t\r\0")


def test_arrays_that_do_not_fit_are_refused(
    exported: tuple[Dataset, LabelSet, Clusters],
) -> None:
    dataset, label_set, clusters = exported
    smaller = replace(dataset, train=dataset.train.take(np.arange(10)))
    with pytest.raises(ValueError, match="10 images but 200 labels"):
        LabelRows.of(smaller, label_set, clusters)


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="format is 'xls'; it must be one of csv"):
        format_named("xls")
