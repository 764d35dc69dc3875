"""What a run's exported sets hold, and that they are whole, consistent and described."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labeler.datasets.base import Dataset
from labeler.exceptions import ConfigError
from labeler.storage.rows import Run
from labeler.workflow import labeling
from labeler.workflow.exporting import ExportFilter, ExportRequest, export_chunks, export_file
from labeler.workflow.runs import get_run
from labeler.workflow.spreading import spread
from labeler.workflow.workspace import Workspace

NewPrepared = Callable[..., Run]


def exported(
    ws: Workspace, run: Run, fraction: float | None = None, **wanted: object
) -> list[dict[str, str]]:
    request = ExportRequest(run.id, "csv", ExportFilter(**wanted), fraction)  # type: ignore[arg-type]
    text = b"".join(export_chunks(ws, request)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_image_of_the_pool_is_one_row_that_says_where_its_label_came_from(
    ws: Workspace, prepared: NewPrepared, bars_without_test: Dataset
) -> None:
    run = prepared(bars_without_test, answerer="oracle", seed=2)
    rows = exported(ws, run, fraction=0.5)
    view = spread(ws, run.id, 0.5)
    assert [int(row["index"]) for row in rows] == ws.array(run.artefacts["pool"]).tolist()
    labels = ["" if label < 0 else str(label) for label in view.label_set.labels]
    assert [row["label"] for row in rows] == labels
    assert {row["source"] for row in rows} == {"oracle", "propagated", "none"}
    asked = {question.image for question in labeling.questions(ws, run.id)}
    assert {int(row["index"]) for row in rows if row["source"] == "oracle"} == asked


def test_filters_leave_rows_out_and_change_none(
    ws: Workspace, prepared: NewPrepared, bars_without_test: Dataset
) -> None:
    names = tuple(f"img/{number}.png" for number in range(200))
    named = replace(bars_without_test, train=replace(bars_without_test.train, names=names))
    run = prepared(named, answerer="oracle")
    everything = exported(ws, run, fraction=0.5)
    assert all(row["file_name"] == f"img/{row['index']}.png" for row in everything)
    for options, keeps in [
        ({"sources": ["propagated"]}, lambda row: row["source"] == "propagated"),
        ({"classes": ["b", "d"]}, lambda row: row["class_name"] in ("b", "d")),
        ({"min_confidence": 0.7}, lambda row: float(row["confidence"]) >= 0.7),
        ({"clusters": [0, 5]}, lambda row: row["cluster"] in ("0", "5")),
        (
            {"sources": ["oracle"], "classes": ["a"]},
            lambda row: row["source"] == "oracle" and row["class_name"] == "a",
        ),
    ]:
        found = exported(ws, run, fraction=0.5, **options)
        assert found == [row for row in everything if keeps(row)]
        assert 0 < len(found) < len(everything)


def test_exports_use_the_names_that_classes_have_now(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    run = prepared(bars, answerer="oracle")
    labeling.rename_class(ws, run.id, get_run(ws, run.id).classes[0].id, "=1+1")
    assert {row["class_name"] for row in exported(ws, run)} == {"'=1+1", "b", "c", "d"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sources": ["ghost"]}, "source is 'ghost'"),
        ({"classes": ["z"]}, "class is 'z'; the run has a, b, c, d"),
        ({"min_confidence": 2.0}, "min_confidence is 2.0"),
        ({"clusters": [12]}, "cluster is 12; the run has 0 to 11"),
        ({"fraction": 0.0}, "fractions is 0.0"),
    ],
)
def test_a_wrong_filter_is_said_before_the_first_byte(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, options: dict[str, object], said: str
) -> None:
    run = prepared(bars)
    with pytest.raises(ConfigError, match=said):
        exported(ws, run, **options)  # type: ignore[arg-type]


def test_a_file_and_the_chunks_are_the_same_bytes(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, tmp_path: Path
) -> None:
    run = prepared(bars, answerer="oracle")
    request = ExportRequest(run.id, "csv", ExportFilter(sources=["oracle"]))
    path = tmp_path / "labels.csv"
    assert export_file(ws, request, path).n_rows == 12
    assert path.read_bytes() == b"".join(export_chunks(ws, request))


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="format is 'xml'; it must be one of csv, jsonl"):
        ExportRequest("run", "xml")
