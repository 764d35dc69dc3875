"""What a run's report and its exports say."""

from collections.abc import Callable

import numpy as np
import pytest

from labeler.datasets.base import Dataset
from labeler.exceptions import ConfigError
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import Job, RunRow
from labeler.workflow import labeling
from labeler.workflow.run import open_run
from labeler.workflow.spread.spreading import spread
from labeler.workflow.training.request import request_training
from labeler.workflow.training.results import confusion_images, report_data, run_report
from labeler.workflow.workspace import Workspace

NewPrepared = Callable[..., RunRow]
Finish = Callable[[Job], Job]


def test_clusters_come_from_worst_to_best(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    run = prepared(bars, answerer="oracle", error_rate=0.5)
    rows = run_report(open_run(ws, run.id)).clusters
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
    run = prepared(bars_without_truth, classes=("x",))
    rows = run_report(open_run(ws, run.id)).clusters
    looseness = [row.looseness for row in rows]
    assert looseness == sorted(looseness, reverse=True)
    assert {(row.purity, row.right, row.class_name) for row in rows} == {(None, None, None)}


def test_a_result_is_stale_once_an_answer_changes(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars: Dataset
) -> None:
    run = prepared(bars, answerer="oracle")
    assert run_report(open_run(ws, run.id)).result is None
    finish(request_training(ws, run.id, 1.0))
    assert not run_report(open_run(ws, run.id)).is_stale
    labeling.undo(ws, run.id, "op", "oracle")
    assert run_report(open_run(ws, run.id)).is_stale


def test_a_cell_of_the_confusion_matrix_opens_exactly_its_images(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars_without_test: Dataset
) -> None:
    run = prepared(bars_without_test, answerer="oracle", error_rate=0.4)
    finish(request_training(ws, run.id, 1.0))
    found = run_report(open_run(ws, run.id))
    assert found.result is not None
    truth = bars_without_test.train.labels
    seen: list[int] = []
    for number, stage in enumerate(found.result.metrics.stages):
        for true, row in enumerate(stage.confusion or ()):
            for predicted, count in enumerate(row):
                images = confusion_images(open_run(ws, run.id), number, true, predicted)
                assert len(images) == count
                assert set(truth[list(images)]) <= {true}
                seen += images
    assert set(seen) == set(ws.array(run.artefacts["test"]).tolist())
    with pytest.raises(NotFoundError, match="no stage 99"):
        confusion_images(open_run(ws, run.id), 99, 0, 0)


def test_the_report_folder_can_be_written_from_what_is_stored(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars: Dataset
) -> None:
    run = prepared(bars, answerer="oracle")
    with pytest.raises(ConfigError, match="was not trained yet"):
        report_data(open_run(ws, run.id))
    finish(request_training(ws, run.id, (0.5, 1.0)))
    simulation, dataset = report_data(open_run(ws, run.id))
    assert len(simulation.sample.answers) == 12
    np.testing.assert_array_equal(
        simulation.sample.label_set.labels, spread(open_run(ws, run.id), 1.0).label_set.labels
    )
    np.testing.assert_array_equal(dataset.train.images, bars.train.images)
