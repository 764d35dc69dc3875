"""What a run's report and its exports say."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labeler.datasets.base import Dataset
from labeler.exceptions import ConfigError
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import Job, Run
from labeler.workflow import labeling
from labeler.workflow.exporting import ExportFilter, export_csv, export_file
from labeler.workflow.reporting import confusion_images, report_data, run_report
from labeler.workflow.runs import get_run
from labeler.workflow.spreading import spread
from labeler.workflow.training import request_training
from labeler.workflow.workspace import Workspace

NewPrepared = Callable[..., Run]
Finish = Callable[[Job], Job]


def exported(ws: Workspace, run: Run, **options: object) -> list[dict[str, str]]:
    text = b"".join(export_csv(ws, run.id, **options)).decode()  # type: ignore[arg-type]
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_clusters_come_from_worst_to_best(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    run = prepared(bars, answerer="oracle", error_rate=0.5)
    rows = run_report(ws, run.id).clusters
    right = [row.right for row in rows]
    assert right == sorted(right)  # type: ignore[type-var]
    assert right[0] == 0
    assert right[-1] == 1
    for row in rows:
        assert sum(row.true_classes.values()) == row.size
        assert row.purity == max(row.true_classes.values()) / row.size


def test_without_ground_truth_the_loosest_cluster_is_the_worst(
    ws: Workspace, prepared: NewPrepared, bars_without_truth: Dataset
) -> None:
    rows = run_report(ws, prepared(bars_without_truth, classes=("x",)).id).clusters
    looseness = [row.looseness for row in rows]
    assert looseness == sorted(looseness, reverse=True)
    assert {(row.purity, row.right, row.class_name) for row in rows} == {(None, None, None)}


def test_a_result_is_stale_once_an_answer_changes(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars: Dataset
) -> None:
    run = prepared(bars, answerer="oracle")
    assert run_report(ws, run.id).result is None
    finish(request_training(ws, run.id, 1.0))
    assert not run_report(ws, run.id).is_stale
    labeling.undo(ws, run.id, "op", "oracle")
    assert run_report(ws, run.id).is_stale


def test_a_cell_of_the_confusion_matrix_opens_exactly_its_images(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars_without_test: Dataset
) -> None:
    run = prepared(bars_without_test, answerer="oracle", error_rate=0.4)
    finish(request_training(ws, run.id, 1.0))
    found = run_report(ws, run.id)
    assert found.result is not None
    truth = bars_without_test.train.labels
    seen: list[int] = []
    for number, stage in enumerate(found.result.metrics["stages"]):
        for true, row in enumerate(stage["confusion"]):
            for predicted, count in enumerate(row):
                images = confusion_images(ws, run.id, number, true, predicted)
                assert len(images) == count
                assert set(truth[list(images)]) <= {true}
                seen += images
    assert set(seen) == set(ws.array(run.artefacts["test"]).tolist())
    with pytest.raises(NotFoundError, match="no stage 99"):
        confusion_images(ws, run.id, 99, 0, 0)


def test_the_report_folder_can_be_written_from_what_is_stored(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars: Dataset
) -> None:
    run = prepared(bars, answerer="oracle")
    with pytest.raises(ConfigError, match="was not trained yet"):
        report_data(ws, run.id)
    finish(request_training(ws, run.id, (0.5, 1.0)))
    simulation, dataset = report_data(ws, run.id)
    assert len(simulation.sample.answers) == 12
    np.testing.assert_array_equal(
        simulation.sample.label_set.labels, spread(ws, run.id, 1.0).label_set.labels
    )
    np.testing.assert_array_equal(dataset.train.images, bars.train.images)


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
        ({"fraction": 0.0}, "fractions is 0.0"),
    ],
)
def test_a_wrong_filter_is_said_before_the_first_byte(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, options: dict[str, object], said: str
) -> None:
    run = prepared(bars)
    with pytest.raises(ConfigError, match=said):
        export_csv(ws, run.id, **options)  # type: ignore[arg-type]


def test_a_file_and_the_chunks_are_the_same_bytes(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, tmp_path: Path
) -> None:
    run = prepared(bars, answerer="oracle")
    path = tmp_path / "labels.csv"
    assert export_file(ws, run.id, "csv", path, ExportFilter(sources=["oracle"])) == 12
    assert path.read_bytes() == b"".join(export_csv(ws, run.id, sources=["oracle"]))
    with pytest.raises(ConfigError, match="format is 'xml'"):
        export_file(ws, run.id, "xml", path)
