"""Questions of an audit asked, answered and taken back: as those of a run, and apart from them.

A question is known by its place in the order asked, counted from 1. An answer is on disk when
``answer`` returns; sent again with the same ``op_id`` it changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from labeler.exceptions import ConfigError
from labeler.learning.audit import further_of_class
from labeler.records import UNLABELED
from labeler.storage import classes as class_rows
from labeler.storage.checking import audits as audit_rows
from labeler.storage.checking.audits import AuditGiven
from labeler.storage.errors import InvalidError, NotFoundError
from labeler.storage.rows import (
    AnswerSource,
    Audit,
    AuditExtra,
    GivenAnswer,
    Recorded,
    Verdict,
)
from labeler.words import counted
from labeler.workflow.audit.kept import RunAudit, audit_numbered, numbered, questions_of
from labeler.workflow.run import open_run, run_within
from labeler.workflow.runs.oracle import ANNOTATOR as ORACLE
from labeler.workflow.views import Asking, ProgressView, QuestionView
from labeler.workflow.workspace import Transaction, Workspace

MORE = 30
"""Further images of a class that are asked about at a time."""

OPERATIONS = "audit-"
"""What the ids of operations begin with that an oracle's answers are recorded with."""


def asking(audit: RunAudit) -> Asking:
    """What is asked until the goal, with nothing that could sway the answer."""
    images = np.asarray(audit.run.pool)[audit.questions].tolist()
    resolved = class_rows.resolve(audit.run.classes)
    views = tuple(_view(audit, resolved, place, image) for place, image in enumerate(images))
    return Asking(views, _progress(audit, views), None)


def answer(
    ws: Workspace,
    run_id: str,
    number: int,
    op_id: str,
    annotator: str,
    answers: Sequence[GivenAnswer],
    duration_ms: int | None = None,
    expected: Mapping[int, str | None] | None = None,
) -> Recorded:
    """Record the answer to one question of an audit.

    Raises
    ------
    AnswerConflictError, OpIdReusedError, InvalidError, BusyError
        Nothing was changed.
    NotFoundError
        There is no such audit, question or class.
    """
    if len(answers) != 1:
        raise InvalidError("An audit takes one answer at a time.")
    given = _by_place(answers[0])
    awaited = {question_id - 1: op for question_id, op in (expected or {}).items()}

    def record(session: Transaction) -> Recorded:
        audit = numbered(audit_rows.newest(session, run_id), number).audit
        if not 0 <= given.place < len(questions_of(ws, audit)):
            raise NotFoundError(f"The audit has no question {given.place + 1}.")
        return audit_rows.record(
            session,
            audit,
            op_id,
            annotator,
            given,
            expected=awaited,
            duration_ms=duration_ms,
        )

    return _by_question(ws.database.write(record))


def undo(
    ws: Workspace, run_id: str, number: int, op_id: str, annotator: str, target: str | None = None
) -> Recorded:
    """Take back the annotator's newest answer that stands, or their answer ``target``.

    Raises
    ------
    NothingToUndoError, OpIdReusedError, NotFoundError, InvalidError, BusyError
    """

    def take_back(session: Transaction) -> Recorded:
        row = audit_rows.get(session, run_id, number)
        return audit_rows.undo(session, row, op_id, annotator, target=target)

    return _by_question(ws.database.write(take_back))


def go_on(ws: Workspace, run_id: str, number: int, goal: int | None = None) -> Audit:
    """Ask until the next checkpoint, or until ``goal`` images are named.

    Raises
    ------
    NotFoundError, BusyError
    """

    def set_goal(session: Transaction) -> Audit:
        audit = audit_numbered(run_within(ws, session, run_id), number)
        wanted = audit.next_goal or audit.row.goal
        if goal is not None:
            wanted = min(goal, audit.design.population)
        return audit_rows.set_goal(session, run_id, number, wanted)

    return ws.database.write(set_goal)


def ask_more(ws: Workspace, run_id: str, number: int, class_id: int) -> Audit:
    """Ask about 30 further images that are labeled as one class, so that more is known of it.

    They count for that class alone; all other figures stay what they are.

    Raises
    ------
    ConfigError
        Questions are open still, or every label of the class was asked about.
    NotFoundError
        There is no such audit or class.
    InvalidError, BusyError
    """

    def draw(session: Transaction) -> Audit:
        run = run_within(ws, session, run_id)
        audit = audit_numbered(run, number)
        label = run.labels.label_of.get(class_id)
        if label is None:
            raise NotFoundError(f"The run has no class {class_id}.")
        if audit.n_open:
            raise ConfigError(
                f"{counted(audit.n_open, 'image')} of this audit are to be named first."
            )
        is_of_class = audit.labels == label
        images = further_of_class(audit.design, audit.questions, is_of_class, MORE)
        if not len(images):
            name = run.labels.names[label]
            raise ConfigError(f"Every spread label {name!r} of this audit was asked about.")
        extra = AuditExtra(audit.row.goal, class_id, tuple(images.tolist()))
        return audit_rows.add_extra(session, run_id, number, extra)

    return ws.database.write(draw)


def answer_by_oracle(ws: Workspace, run_id: str, number: int) -> int:
    """Have the true labels answer what is open until the goal; a skip where none is known.

    Returns
    -------
    int
        How many were answered.
    """
    audit = audit_numbered(open_run(ws, run_id), number)
    truth = audit.run.labels.as_class_ids(audit.run.true_labels[audit.questions])
    given = [
        AuditGiven(place, Verdict.SKIP)
        if class_id == UNLABELED
        else AuditGiven(place, Verdict.CLASS, class_id)
        for place, class_id in enumerate(truth.tolist())
        if not audit.is_answered[place]
    ]

    def record(session: Transaction) -> int:
        for one in given:
            op_id = f"{OPERATIONS}{run_id}-{number}-{one.place}"
            audit_rows.record(session, audit.row, op_id, ORACLE, one, source=AnswerSource.ORACLE)
        return len(given)

    return ws.database.write(record)


def _by_place(given: GivenAnswer) -> AuditGiven:
    return AuditGiven(given.question_id - 1, given.verdict, given.class_id)


def _by_question(recorded: Recorded) -> Recorded:
    return replace(recorded, question_ids=tuple(place + 1 for place in recorded.question_ids))


def _view(audit: RunAudit, resolved: Mapping[int, int], place: int, image: int) -> QuestionView:
    said = audit.standing.get(place)
    class_id = None if said is None else said.class_id
    return QuestionView(
        id=place + 1,
        position=place,
        order=place,
        round=0,
        image=image,
        cluster=None,
        was_regrouped=False,
        stands_for=1,
        verdict=None if said is None else said.verdict,
        class_id=None if class_id is None else resolved[class_id],
        op_id=None if said is None else said.op_id,
        annotator=None if said is None else said.annotator,
        answered_at=None if said is None else said.created_at,
    )


def _progress(audit: RunAudit, views: Sequence[QuestionView]) -> ProgressView:
    verdicts = [view.verdict for view in views]
    return ProgressView(
        n_questions=len(views),
        n_answered=verdicts.count(Verdict.CLASS) + verdicts.count(Verdict.NONE),
        n_skipped=verdicts.count(Verdict.SKIP),
        n_mixed=0,
        n_open=verdicts.count(None),
        seconds_left=None,
        revision=max((said.revision for said in audit.answers), default=0),
        n_total=len(views),
        n_ahead=0,
        n_imported=0,
    )
