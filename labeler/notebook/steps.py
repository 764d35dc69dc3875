"""What each step does to a run that is kept: the use cases that pages and commands call, too."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from labeler.exceptions import ConfigError
from labeler.prediction.loaded import LoadedModel
from labeler.records import UNLABELED
from labeler.storage.rows import Audit, GivenAnswer, Verdict
from labeler.workflow.audit import answers as audit_answers
from labeler.workflow.audit.begin import begin_audit, judged_labels
from labeler.workflow.audit.certificate import Certificate, certificate
from labeler.workflow.audit.figures import figure_of_labels, newest_figures
from labeler.workflow.audit.kept import audit_of
from labeler.workflow.exchange.export import export_file
from labeler.workflow.exchange.export_request import ExportCount, ExportRequest
from labeler.workflow.inline import finish_job
from labeler.workflow.labeling import add_class, record_answers, undo
from labeler.workflow.labeling.next_round import look_ahead, open_questions
from labeler.workflow.models.run_model import model_of_run
from labeler.workflow.run import Run, open_run
from labeler.workflow.runs.settings import SpreadSettings, choose_settings
from labeler.workflow.spread.spreading import request_spread, spread
from labeler.workflow.training.last_trained import choose_set
from labeler.workflow.training.request import request_training
from labeler.workflow.workspace import Workspace, open_existing

Oracle = Callable[[np.ndarray], Sequence[Any]]
"""Gives the classes of the images in some rows of a run."""


@contextmanager
def opened(run_id: str, instance: Path) -> Iterator[tuple[Workspace, Run]]:
    """The workspace that a run is kept in, and the run as it stands now."""
    ws = open_existing(instance)
    try:
        run = open_run(ws, run_id)
        run.require_prepared()
        yield ws, run
    finally:
        ws.close()


def add_classes(run_id: str, instance: Path, names: Sequence[str]) -> None:
    """Add classes at the end."""
    with opened(run_id, instance) as (ws, _):
        for name in names:
            add_class(ws, run_id, name)


def answer(run_id: str, instance: Path, rows: np.ndarray, labels: Any, annotator: str) -> None:
    """Record answers to open questions, and have the next ones chosen where it is time to.

    As on the page, these are chosen without the answers that were given last, so that who answers
    in Python is asked what others are.
    """
    with opened(run_id, instance) as (ws, run):
        given = _given(run, rows, labels)
        n_last = run.config.n_ahead if run.awaits_round else 0
        for part in (given[: len(given) - n_last], given[len(given) - n_last :]):
            if part:
                record_answers(ws, run_id, f"python-{uuid4()}", annotator, part)
        job = look_ahead(open_run(ws, run_id))
        if job is not None and not job.status.is_final:
            finish_job(ws, job.id)


@dataclass(frozen=True)
class Asked:
    """What a run asks about now.

    Attributes
    ----------
    rows : list of int
        Open, in the order asked.
    n_answered, n_in_all, n_images : int
        Questions that are answered, and that there will be; images of the pool.
    """

    rows: list[int]
    n_answered: int
    n_in_all: int
    n_images: int


def asked(run_id: str, instance: Path) -> Asked:
    """What the run asks about now; the next questions are chosen where it is time to."""
    with opened(run_id, instance) as (ws, run):
        job = look_ahead(run)
        if job is not None and not job.status.is_final:
            finish_job(ws, job.id)
            run = open_run(ws, run_id)
        rows = np.searchsorted(run.pool, [question.image for question in open_questions(run)])
        n_answered = len(run.questions) - len(rows)
        return Asked(rows.tolist(), n_answered, run.n_questions_in_all, len(run.pool))


def answer_one(run_id: str, instance: Path, row: int, label: Any, annotator: str) -> str:
    """Record one answer, and give the name of the operation, by which it can be taken back."""
    with opened(run_id, instance) as (ws, run):
        operation = f"python-{uuid4()}"
        record_answers(ws, run_id, operation, annotator, _given(run, np.array([row]), [label]))
        return operation


def take_back(run_id: str, instance: Path, operation: str, annotator: str) -> None:
    """Take an answer back."""
    with opened(run_id, instance) as (ws, _):
        undo(ws, run_id, f"python-{uuid4()}", annotator, target=operation)


def propagate(
    run_id: str,
    instance: Path,
    fraction: float | None,
    threshold: float | None,
    method: str | None,
) -> None:
    """Spread the answers, and keep how as the run's choice."""
    with opened(run_id, instance) as (ws, run):
        job = None if fraction is not None else request_spread(ws, run_id, threshold, method)
        if job is not None:
            finish_job(ws, job.id)
            run = open_run(ws, run_id)
        view = spread(run, fraction, threshold, method)
        choose_settings(ws, run_id, SpreadSettings(view.method, view.fraction, view.threshold))


def train(run_id: str, instance: Path, **choices: Any) -> None:
    """Train on the labels, and wait for it."""
    with opened(run_id, instance) as (ws, _):
        finish_job(ws, request_training(ws, run_id, **choices).id)


def audit(
    run_id: str,
    instance: Path,
    oracle: Oracle | None,
    n_answers: int,
    annotator: str,
    *,
    is_new: bool,
) -> Certificate:
    """Have an oracle judge the labels of now, or go on with it."""
    with opened(run_id, instance) as (ws, run):
        _keep_spread(ws, run)
        row = _begun(ws, run, is_new=is_new)
        audit_answers.go_on(ws, run_id, row.number, n_answers)
        if oracle is None:
            audit_answers.answer_by_oracle(ws, run_id, row.number)
        else:
            _judge(ws, run_id, row.number, oracle, annotator)
        run = open_run(ws, run_id)
        figures = newest_figures(audit_of(run))
        if figures is None:
            raise ConfigError("There is no figure before 50 images are named: raise n_answers.")
        return certificate(figures, figure_of_labels(run, figures, judged_labels(run)))


def model(run_id: str, instance: Path) -> LoadedModel:
    """What was trained last, with all that leads from a picture to it."""
    with opened(run_id, instance) as (_, run):
        return LoadedModel(model_of_run(run))


def export(run_id: str, instance: Path, path: Path, format: str, **choices: Any) -> ExportCount:
    """Write the label set."""
    with opened(run_id, instance) as (_, run):
        return export_file(run, ExportRequest(run_id, format, **choices), path)


def _given(run: Run, rows: np.ndarray, labels: Any) -> list[GivenAnswer]:
    """Answers in the order asked."""
    places = np.atleast_1d(rows)
    values = [labels] if isinstance(labels, str | int) or labels is None else list(labels)
    if len(places) != len(values):
        raise ConfigError(f"{len(places)} rows, but {len(values)} labels.")
    of_row = dict(zip(places.tolist(), values, strict=True))
    waiting = open_questions(run)
    asked = dict(zip(np.searchsorted(run.pool, [q.image for q in waiting]), waiting, strict=True))
    if strangers := set(of_row) - set(asked):
        raise ConfigError(
            f"Row {min(strangers)} is not asked about, or was answered: `questions` has the rows "
            "that are."
        )
    return [
        GivenAnswer(question.id, *_said(run, of_row[row]))
        for row, question in asked.items()
        if row in of_row
    ]


def _said(run: Run, value: Any) -> tuple[Verdict, int | None]:
    """A verdict, and the id of the class where it is one."""
    if value is None or value == Verdict.SKIP or value == UNLABELED:
        return Verdict.SKIP, None
    return (
        (Verdict.MIXED, None) if value == Verdict.MIXED else (Verdict.CLASS, _class_id(run, value))
    )


def _class_id(run: Run, value: Any) -> int:
    names = run.labels.names[: len(run.labels.class_ids)]
    if isinstance(value, str) and value in names:
        return run.labels.class_ids[names.index(value)]
    if not isinstance(value, str) and 0 <= value < len(names):
        return run.labels.class_ids[int(value)]
    shown = ", ".join(names) or "none yet"
    raise ConfigError(f"{value!r} is no class of the run ({shown}); add_classes adds some.")


def _keep_spread(ws: Workspace, run: Run) -> None:
    """Labels that take seconds to spread are kept, so that nobody waits for them twice."""
    settings = choose_set(run).settings
    if not settings.plugin.takes_fraction:
        job = request_spread(ws, run.id, settings.threshold, settings.method)
        if job is not None:
            finish_job(ws, job.id)


def _begun(ws: Workspace, run: Run, *, is_new: bool) -> Audit:
    current = audit_of(run)
    if current is None or is_new or current.is_released:
        return begin_audit(ws, run.id)
    return current.row


def _judge(ws: Workspace, run_id: str, number: int, oracle: Oracle, annotator: str) -> None:
    """Ask about what is open until the goal; then, apart, about the images that come twice."""
    current = audit_of(open_run(ws, run_id))
    assert current is not None
    for again in (False, True):
        waiting = np.flatnonzero(~current.is_answered & (current.is_repeat == again))
        said = list(oracle(current.questions[waiting])) if len(waiting) else []
        if len(said) != len(waiting):
            raise ConfigError(f"The oracle gave {len(said)} classes for {len(waiting)} images.")
        for place, value in zip(waiting.tolist(), said, strict=True):
            verdict, class_id = _said(current.run, value)
            given = GivenAnswer(place + 1, verdict, class_id)
            op_id = f"python-{uuid4()}"
            audit_answers.answer(ws, run_id, number, op_id, annotator, [given])
