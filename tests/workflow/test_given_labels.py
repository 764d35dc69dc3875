"""Labels that the user's images came with: held out, offered, or taken as answers."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labeler.datasets.base import Dataset
from labeler.exceptions import ConfigError
from labeler.formats.writing import manifest_path
from labeler.records import UNLABELED
from labeler.storage.rows import AnswerSource, GivenAnswer, Job, RunRow, Verdict
from labeler.workflow import labeling
from labeler.workflow.datasets import keep
from labeler.workflow.exchange.export import export_file
from labeler.workflow.exchange.export_request import ExportRequest
from labeler.workflow.exchange.import_history import past_imports, undo_import
from labeler.workflow.run import open_run
from labeler.workflow.runs import NewRun, create_run, duplicate_run, get_run, given_labels
from labeler.workflow.spread.spreading import spread
from labeler.workflow.training.fit import NO_OTHER_TRUTH, OTHER_TRUTH
from labeler.workflow.training.request import request_training
from labeler.workflow.training.results import run_report
from labeler.workflow.workspace import Workspace
from tests.history import history
from tests.workflow.conftest import BUDGET
from tests.workflow.label_rows import asked, said

NewPrepared = Callable[..., RunRow]
Finish = Callable[[Job], Job]
N_KNOWN = 30


@pytest.fixture
def in_part(bars: Dataset) -> Dataset:
    """Bars of which the first thirty have a label; no test part."""
    labels = bars.train.labels.copy()
    labels[N_KNOWN:] = UNLABELED
    return Dataset("bars in part", bars.classes, replace(bars.train, labels=labels))


def last_note(ws: Workspace, run: RunRow) -> str:
    return get_run(ws, run.id).notes[-1]


def truth(dataset: Dataset, run: RunRow, ws: Workspace) -> dict[int, str]:
    """What the images of the pool that have a label are called."""
    pool = [image for image in np.asarray(ws.array(run.artefacts["pool"])) if image < N_KNOWN]
    return {int(image): dataset.classes[dataset.train.labels[image]] for image in pool}


def test_the_labels_outside_the_test_part_become_answers_that_can_be_taken_back(
    ws: Workspace, prepared: NewPrepared, in_part: Dataset
) -> None:
    run = prepared(in_part, use_labels=True)
    expected = truth(in_part, run, ws)
    n_test = get_run(ws, run.id).n_test
    assert n_test + len(expected) == N_KNOWN
    assert said(ws, run) == expected
    assert [one.annotator for one in history(ws, run.id)] == ["data set (imported)"]
    told = f"30 of 200 images have a label already: {n_test} held out to test on, {len(expected)} "
    assert last_note(ws, run).startswith(f"{told}taken as answers")
    assert get_run(ws, run.id).summary.n_questions == BUDGET
    assert [one.n_answers for one in past_imports(open_run(ws, run.id))] == [len(expected)]
    assert last_note(ws, run).endswith("(they can be taken back like an import)")
    undo_import(ws, run.id)
    assert said(ws, run) == {}
    assert last_note(ws, run).endswith(" (taken back since)")
    assert len(asked(ws, run)) == BUDGET


def test_labels_taken_as_answers_are_not_measured_by_themselves(
    ws: Workspace, prepared: NewPrepared, finish: Finish, in_part: Dataset
) -> None:
    run = prepared(in_part, use_labels=True)
    found = spread(open_run(ws, run.id), 1.0)
    assert (found.label_accuracy, found.has_truth) == (None, False)
    assert found.n_taken == len(truth(in_part, run, ws))
    assert {one.is_right for one in found.borderline} == {None}
    finish(request_training(ws, run.id, 1.0))
    report = run_report(open_run(ws, run.id))
    assert {one.stage for one in report.simulation.stages} == {"representatives", "propagated"}
    assert {one.label_accuracy for one in report.simulation.stages} == {None}
    assert NO_OTHER_TRUTH in report.simulation.notes
    assert {one.right for one in report.clusters} == {None}
    assert any(one.purity for one in report.clusters)


def test_a_label_that_somebody_answers_again_can_be_compared(
    ws: Workspace, prepared: NewPrepared, finish: Finish, in_part: Dataset, tmp_path: Path
) -> None:
    run = prepared(in_part, use_labels=True)
    answered = next(one for one in labeling.questions(open_run(ws, run.id)) if one.verdict)
    other = next(one.id for one in get_run(ws, run.id).classes if one.id != answered.class_id)
    given = [GivenAnswer(answered.id, Verdict.CLASS, other)]
    labeling.record_answers(ws, run.id, "again", "ada", given)
    assert spread(open_run(ws, run.id), 1.0).label_accuracy == 0.0
    export_file(open_run(ws, run.id), ExportRequest(run.id, "csv"), tmp_path / "labels.csv")
    described = json.loads(manifest_path(tmp_path / "labels.csv").read_bytes())
    assert described["accuracy"]["labels"] == {"right": 0, "known": 1}
    finish(request_training(ws, run.id, 1.0))
    report = run_report(open_run(ws, run.id))
    assert {one.label_accuracy for one in report.simulation.stages if one.method} == {0.0}
    assert OTHER_TRUTH in report.simulation.notes


def test_they_are_offered_where_they_are_not_taken(
    ws: Workspace, prepared: NewPrepared, in_part: Dataset
) -> None:
    run = prepared(in_part)
    assert said(ws, run) == {}
    assert "not used; a new run with --use-labels takes them" in last_note(ws, run)


def test_images_without_labels_are_not_remarked_on(
    ws: Workspace, prepared: NewPrepared, bars_without_truth: Dataset
) -> None:
    assert get_run(ws, prepared(bars_without_truth, classes=("a",)).id).notes == ()


def test_labels_of_classes_that_the_run_does_not_have_are_left_out_and_counted(
    ws: Workspace, prepared: NewPrepared, in_part: Dataset
) -> None:
    first = in_part.classes[0]
    run = prepared(in_part, use_labels=True, classes=(first,))
    everything = truth(in_part, run, ws)
    expected = {image: name for image, name in everything.items() if name == first}
    assert said(ws, run) == expected
    n_left_out = len(everything) - len(expected)
    assert f"{n_left_out} left out, as the run does not have their class" in last_note(ws, run)


def test_a_copy_has_none_of_them(ws: Workspace, prepared: NewPrepared, in_part: Dataset) -> None:
    copy = duplicate_run(ws, prepared(in_part, use_labels=True).id)
    assert said(ws, copy) == {}
    assert len(asked(ws, copy)) == BUDGET
    assert "taken as answers" not in last_note(ws, copy)


def test_more_than_a_run_takes_are_refused_before_anything_is_computed(
    ws: Workspace, in_part: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = keep(ws, in_part, kind="path", source="bars")
    monkeypatch.setattr(given_labels, "MAX_NEW_QUESTIONS", 10)
    with pytest.raises(ConfigError, match="a run takes 10 answers that nobody was asked for"):
        create_run(ws, NewRun("demo", dataset_id=row.id, budget=BUDGET, use_labels=True))


def test_an_oracle_takes_no_labels() -> None:
    with pytest.raises(ConfigError, match="An oracle answers from the labels"):
        NewRun("demo", source="digits", answerer=AnswerSource.ORACLE.value, use_labels=True)
