"""Confidences that become probabilities: by an audit, and before one by the answers."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labeler.datasets.base import Dataset
from labeler.exceptions import ConfigError
from labeler.formats.writing import manifest_path
from labeler.pipeline.left_out import FEWEST_LEFT_OUT
from labeler.records import LabelSet, Source
from labeler.storage.rows import Job, RunRow
from labeler.workflow import labeling
from labeler.workflow.audit.answers import answer_by_oracle
from labeler.workflow.audit.begin import begin_audit
from labeler.workflow.audit.calibrating import calibrated, left_out_of, what_calibrates
from labeler.workflow.exchange.export import export_file
from labeler.workflow.exchange.export_request import ExportFilter, ExportRequest
from labeler.workflow.labeling.answers import undo
from labeler.workflow.reviewing.pages import open_review
from labeler.workflow.reviewing.queue import request_order
from labeler.workflow.run import open_run
from labeler.workflow.spread.spreading import request_spread, spread
from labeler.workflow.training.request import request_training
from labeler.workflow.views import SpreadView
from labeler.workflow.workspace import Workspace
from tests.commands import run_here
from tests.workflow.conftest import BUDGET, NewPrepared

Finish = Callable[[Job], Job]


@pytest.fixture
def answered(bars: Dataset, prepared: NewPrepared, answer_rightly: Callable[..., None]) -> RunRow:
    """A run that spreads over its graph."""
    row = prepared(bars, preset="best", features="pixels", budget=60)
    answer_rightly(row, bars)
    return row


@pytest.fixture
def trained(answered: RunRow, ws: Workspace, finish: Finish) -> RunRow:
    finish(request_training(ws, answered.id))
    return answered


def labels_of(ws: Workspace, row: RunRow, finish: Finish) -> SpreadView:
    if (job := request_spread(ws, row.id)) is not None:
        finish(job)
    return spread(open_run(ws, row.id))


def claims(view: SpreadView) -> np.ndarray:
    label_set = view.label_set
    return np.asarray(label_set.confidences[label_set.sources == Source.PROPAGATED])


@pytest.mark.parametrize("ws", ["sqlite"], indirect=True)
def test_before_an_audit_the_answers_say_what_confidences_are_worth(
    ws: Workspace, trained: RunRow, finish: Finish, tmp_path: Path
) -> None:
    run, view = open_run(ws, trained.id), labels_of(ws, trained, finish)
    left_out, ground = left_out_of(run, view.method), what_calibrates(run, view)
    assert left_out is not None
    assert ground is not None
    assert ground.in_words.startswith(f"{len(left_out)} answers, left out in turn")
    told = calibrated(run, view)
    assert np.all(claims(told) <= claims(view) + 1e-6)
    assert np.array_equal(told.label_set.labels, view.label_set.labels)
    path = tmp_path / "labels.csv"
    export_file(run, ExportRequest(run.id, "csv", calibrated=True), path)
    said = json.loads(manifest_path(path).read_bytes())["export"]
    assert (said["calibrated"], said["calibrated_by"]) == (True, ground.in_words)
    args = ("export", trained.id, "--calibrated", "--output")
    for output in (tmp_path / "again.csv", "-"):
        done = run_here(*args, output, LABELER_INSTANCE=str(ws.instance))
        assert done.returncode == 0, done.stderr
        assert f"Confidences calibrated by {ground.in_words}." in done.stderr
    export_file(run, ExportRequest(run.id, "csv"), path)
    assert json.loads(manifest_path(path).read_bytes())["export"]["calibrated_by"] is None


def test_claims_that_answers_belie_are_lowered(
    ws: Workspace, trained: RunRow, finish: Finish, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run, view = open_run(ws, trained.id), labels_of(ws, trained, finish)
    left_out = left_out_of(run, view.method)
    assert left_out is not None
    left_out.is_right[:] = False
    where = "labeler.workflow.audit.calibrating.left_out_of"
    monkeypatch.setattr(where, lambda run, method: left_out)
    assert claims(calibrated(run, view)).mean() < claims(view).mean() - 0.05
    sure = ExportFilter(min_confidence=0.9)
    counts = [
        export_file(run, ExportRequest(run.id, "csv", sure, calibrated=is_so), tmp_path / "l.csv")
        for is_so in (False, True)
    ]
    assert counts[1].n_rows < counts[0].n_rows


def test_an_audit_knows_more_and_takes_their_place(
    ws: Workspace, trained: RunRow, finish: Finish
) -> None:
    row = begin_audit(ws, trained.id)
    answer_by_oracle(ws, trained.id, row.number)
    run, view = open_run(ws, trained.id), labels_of(ws, trained, finish)
    ground = what_calibrates(run, view)
    assert ground is not None
    assert ground.left_out is None
    assert ground.in_words == "an audit of 50 images"


def test_what_is_spread_inside_clusters_is_known_by_an_audit_alone(
    ws: Workspace, trained: RunRow
) -> None:
    run = open_run(ws, trained.id)
    view = spread(run, fraction=1.0)
    assert what_calibrates(run, view) is None
    with pytest.raises(ConfigError, match="check of the labels"):
        calibrated(run, view)


def test_nothing_is_known_before_training(ws: Workspace, answered: RunRow, finish: Finish) -> None:
    view = labels_of(ws, answered, finish)
    run = open_run(ws, answered.id)
    assert what_calibrates(run, view) is None
    n = len(run.given_answers())
    with pytest.raises(ConfigError, match=f"by the run's {n} answers.*: labeler train {run.id}"):
        calibrated(run, view)
    for number in range(n - 7):
        undo(ws, run.id, f"undo-{number}", "ada")
    begin_audit(ws, run.id)
    # one of the seven that are left is alone of its class
    told = r"page Audit \(0 of 50 images named\).* 6 of 20 are there.*\(labeler serve\)"
    with pytest.raises(ConfigError, match=told):
        calibrated(open_run(ws, run.id), view)


def test_answers_that_were_left_out_in_an_earlier_training_speak_no_more(
    ws: Workspace, trained: RunRow, finish: Finish
) -> None:
    n_answers = len(open_run(ws, trained.id).given_answers())
    for number in range(n_answers - FEWEST_LEFT_OUT + 1):
        undo(ws, trained.id, f"undo-{number}", "ada")
    finish(request_training(ws, trained.id))
    run, view = open_run(ws, trained.id), labels_of(ws, trained, finish)
    assert len(run.given_answers()) == FEWEST_LEFT_OUT - 1
    assert left_out_of(run, view.method) is None
    assert what_calibrates(run, view) is None


def test_answers_of_other_classes_speak_no_more(
    ws: Workspace, trained: RunRow, finish: Finish
) -> None:
    run = open_run(ws, trained.id)
    labeling.merge_class(ws, run.id, run.classes[0].id, run.classes[1].id)
    merged = open_run(ws, run.id)
    assert what_calibrates(run, labels_of(ws, trained, finish)) is not None
    assert what_calibrates(merged, labels_of(ws, trained, finish)) is None


@pytest.mark.parametrize("is_trained", [False, True])
def test_a_page_looks_wrong_by_what_labels_are_worth_and_not_by_what_they_claim(
    ws: Workspace, answered: RunRow, finish: Finish, bars: Dataset, is_trained: bool
) -> None:
    """These labels claim little and are right."""
    if is_trained:
        finish(request_training(ws, answered.id))
    view = labels_of(ws, answered, finish)
    right = view.label_set.labels == bars.train.labels
    finish(request_order(ws, answered.id))
    review = open_review(ws, answered.id)
    assert review.order is not None
    expected = np.average(review.order.wrong, weights=np.diff(review.order.starts))
    assert expected == pytest.approx(1 - right.mean(), abs=0.15)
    assert len(right) > BUDGET


def test_no_least_confidence_leaves_out_what_somebody_said() -> None:
    sources = np.array(list(Source), dtype=np.int8)
    unsure = np.full(len(sources), 0.2, dtype=np.float32)
    label_set = LabelSet(np.zeros(len(sources), np.int64), sources, unsure, np.zeros(len(sources)))
    left = ExportFilter(min_confidence=0.9).rows(label_set, ("a",), np.zeros(len(sources)))
    said = {Source.HUMAN, Source.ORACLE, Source.REVIEWED, Source.CORRECTED}
    assert {Source(sources[place]) for place in left} == said
