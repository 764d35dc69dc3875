"""Runs of a folder of pictures, to which more are added."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from labeler.datasets.corrections import AS_FOUND, Corrections
from labeler.storage.rows import GivenAnswer, Job, JobStatus, RunRow, Verdict
from labeler.workflow import labeling
from labeler.workflow.datasets import import_dataset
from labeler.workflow.run import Run, open_run
from labeler.workflow.runs import NewRun, create_run, get_run
from labeler.workflow.workspace import Workspace

Finish = Callable[[Job], Job]
Add = Callable[..., Mapping[str, object]]

sqlite = pytest.mark.parametrize("ws", ["sqlite"], indirect=True)


def begin(
    ws: Workspace,
    finish: Finish,
    path: Path,
    corrections: Corrections = AS_FOUND,
    **settings: object,
) -> Run:
    dataset = import_dataset(ws, str(path), corrections=corrections)
    fast = {"features": "pixels", "n_rounds": 1}
    options = {"name": "demo", "dataset_id": dataset.id, "budget": 12, **fast, **settings}
    run = create_run(ws, NewRun(**options))  # type: ignore[arg-type]
    job = get_run(ws, run.id).active_job
    assert job is not None
    assert finish(job).status is JobStatus.DONE
    answered(ws, run)
    while (choosing := labeling.ask_ahead(ws, run.id)) is not None:
        finish(choosing)
        answered(ws, run)
    return open_run(ws, run.id)


def answered(ws: Workspace, row: RunRow) -> Run:
    """Every open question answered by the true class."""
    run = open_run(ws, row.id)
    still_open = [question for question in run.questions if question.answer is None]
    if not still_open:
        return run
    truth = run.true_labels_of(np.array([question.image for question in still_open]))
    given = [
        GivenAnswer(question.id, Verdict.CLASS, run.classes[label].id)
        for question, label in zip(still_open, truth.tolist(), strict=True)
    ]
    labeling.record_answers(ws, run.id, f"op-{run.revision}", "anna", given)
    return open_run(ws, row.id)
