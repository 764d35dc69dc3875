"""A run that grew and was trained again, held against the training before by the same audit."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labeler.storage.rows import Job, JobStatus
from labeler.workflow.adding.request import request_addition
from labeler.workflow.array_names import LABEL_SET
from labeler.workflow.audit.answers import answer_by_oracle, go_on
from labeler.workflow.audit.begin import begin_audit
from labeler.workflow.audit.kept import audit_of
from labeler.workflow.clusters.regroup import raise_budget
from labeler.workflow.labeling import ask_ahead
from labeler.workflow.run import Run, open_run
from labeler.workflow.training.request import request_training
from labeler.workflow.training.versions import in_words, version_values, versions_of
from labeler.workflow.workspace import Workspace
from tests.bar_pictures import lay
from tests.workflow.grown_runs import answered, begin

Finish = Callable[[Job], Job]


def train(ws: Workspace, finish: Finish, run: Run) -> Run:
    assert finish(request_training(ws, run.id, comparisons=False)).status is JobStatus.DONE
    return open_run(ws, run.id)


@pytest.mark.parametrize("ws", ["sqlite"], indirect=True)
def test_two_trainings_of_a_grown_run_are_judged_by_one_audit(
    ws: Workspace, finish: Finish, tmp_path: Path
) -> None:
    classes = ("bird", "cat", "dog")
    begun = begin(ws, finish, lay(tmp_path / "photos", range(40), classes=classes), budget=2)
    first = train(ws, finish, begun)
    audit = begin_audit(ws, begun.id)
    go_on(ws, begun.id, audit.number, 50)
    answer_by_oracle(ws, begun.id, audit.number)
    lay(tmp_path / "more", range(300, 310), classes=classes)
    job = finish(request_addition(ws, begun.id, str(tmp_path / "more")))
    assert job.status is JobStatus.DONE, job.error
    raise_budget(ws, begun.id, 12)
    choosing = ask_ahead(ws, begun.id)
    assert choosing is not None
    finish(choosing)
    answered(ws, begun.row)
    second = train(ws, finish, begun)

    versions = versions_of(second)
    assert versions is not None
    assert (versions.before.id, versions.after.id) == (first.results[0].id, second.results[0].id)
    assert versions.n_more == len(second.pool) - len(first.pool) > 0
    kept = audit_of(second)
    assert kept is not None
    sample = kept.sample(50)
    was, now = (
        np.asarray(ws.array(one.artefacts[LABEL_SET["labels"]]))
        for one in (versions.before, versions.after)
    )
    right = [labels[sample.images] == sample.answers for labels in (was, now)]
    found = versions.labels
    assert found is not None
    assert (found.n, found.n_mended) == (50, int((right[1] & ~right[0]).sum()))
    assert found.n_broken == int((right[0] & ~right[1]).sum())
    assert found.low <= found.estimate <= found.high
    assert found.n_mended + found.n_broken > 0
    assert versions.classifier is not None
    assert versions.classifier.n == 50
    lines = in_words(versions)
    assert len(lines) == 3
    assert lines[1].startswith("The labels are ")
    assert "by the same 50 answers of the audit" in lines[1]
    assert version_values(versions)["labels"]["n_mended"] == found.n_mended
