"""Answers: appended, never changed; sent again, they change nothing; undone, they are still there.

An operation is one request of an annotator: one answer, one answer to a whole selection, or an
undo. It carries an ``op_id`` that the client made, so that a client which never heard back may
simply send it again.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from labeler.storage import rows, tables
from labeler.storage.checking.review_tables import ReviewOperation
from labeler.storage.current_answers import current_answers, is_undone
from labeler.storage.errors import (
    AnswerConflictError,
    InvalidError,
    NothingToUndoError,
)
from labeler.storage.operations import Incoming, require_known, require_verdict
from labeler.storage.rows import (
    AnswerSource,
    GivenAnswer,
    OperationKind,
    Recorded,
    Verdict,
)
from labeler.storage.session import (
    find_replayed,
    require_op_id,
    require_run,
    touch,
)


def record(
    session: Session,
    run_id: str,
    op_id: str,
    annotator: str,
    given: Sequence[GivenAnswer],
    *,
    source: AnswerSource = AnswerSource.HUMAN,
    base_revision: int | None = None,
    expected: Mapping[int, str | None] | None = None,
    duration_ms: int | None = None,
    leave: Collection[int] = (),
) -> Recorded:
    """Record answers to one or many questions, all or none.

    Parameters
    ----------
    session : Session
        Of a ``writing()`` scope.
    run_id, op_id, annotator : str
    given : sequence of GivenAnswer
        At least one; no question twice.
    source : AnswerSource
    base_revision : int, optional
        The run's revision that the annotator looked at. An answer that *another* annotator gave
        since then, to one of these questions, is a conflict.
    expected : mapping of int to (str or None), optional
        For some of the questions, the ``op_id`` of the answer the client believes to stand (None:
        no answer). Anything else there, by whomever, is a conflict.
    duration_ms : int, optional
        How long the annotator took, as the client measured it.
    leave : collection of int
        Of the questions, those whose answer stays as it stands.

    Returns
    -------
    Recorded
        When the ``op_id`` came before with the same body: what it was told then.

    Raises
    ------
    AnswerConflictError, OpIdReusedError
        Nothing was changed.
    NotFoundError
        There is no such run, question or class in it.
    InvalidError
        The operation is not well formed.
    """
    given = _checked(given)
    body = [_body(answer) for answer in given]
    operation = _Operation(session, run_id, op_id, annotator, source, duration_ms)
    if (first := operation.replayed(OperationKind.ANSWER, body)) is not None:
        return first
    _check_belongs(session, run_id, given)
    given = [answer for answer in given if answer.question_id not in leave]
    question_ids = {answer.question_id for answer in given}
    _check_unchanged(
        session, operation.run, operation.annotator, question_ids, base_revision, expected or {}
    )
    row = operation.append()
    values = [
        {
            "operation_id": row.id,
            "question_id": answer.question_id,
            "verdict": answer.verdict,
            "class_id": answer.class_id,
            "answered_at": answer.answered_at,
        }
        for answer in given
    ]
    if values:
        session.execute(insert(tables.Answer), values)
    return _recorded(session, row, question_ids)


def undo(
    session: Session,
    run_id: str,
    op_id: str,
    annotator: str,
    *,
    target: str | None = None,
) -> Recorded:
    """Take back the annotator's newest answer operation that still stands; any number of times.

    Parameters
    ----------
    session : Session
        Of a ``writing()`` scope.
    run_id, op_id, annotator : str
    target : str, optional
        The ``op_id`` of the operation to take back instead; the annotator's own.

    Raises
    ------
    NothingToUndoError
        No such operation stands.
    OpIdReusedError
        The ``op_id`` came before with another body.
    NotFoundError, InvalidError
    """
    operation = _Operation(session, run_id, op_id, annotator, AnswerSource.HUMAN, None)
    if (first := operation.replayed(OperationKind.UNDO, target)) is not None:
        return first
    undone = _newest_standing(session, run_id, operation.annotator, target)
    if undone is None:
        raise NothingToUndoError("There is no answer left to undo.")
    return _recorded(session, operation.append(undoes=undone))


def free_op_id(session: Session, base: str) -> str:
    """``base``, or ``base`` with the first number behind it that no operation has."""
    taken = set(
        session.scalars(
            select(tables.Operation.op_id).where(
                tables.Operation.op_id.startswith(base, autoescape=True)
            )
        )
    )
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return next(op_id for op_id in (base, *numbered) if op_id not in taken)


def history(session: Session, run_id: str) -> tuple[rows.Operation, ...]:
    """The run's operations in the order recorded, undone ones included."""
    require_run(session, run_id)
    statement = (
        select(tables.Operation, is_undone())
        .where(tables.Operation.run_id == run_id)
        .order_by(tables.Operation.id)
    )
    answers = _given_by_operation(session, run_id)
    return tuple(
        rows.freeze(rows.Operation, row, is_undone=undone, answers=answers.get(row.id, ()))
        for row, undone in session.execute(statement)
    )


class _Operation(Incoming):
    """An operation on a run's questions."""

    def replayed(self, kind: OperationKind, body: Any) -> Recorded | None:
        """What the first request of this ``op_id`` was told; None if this is the first."""
        self.identify(self.run.id, kind, body)
        row = find_replayed(self.session, tables.Operation, self.op_id, self.body_hash)
        return None if row is None else _recorded(self.session, row, is_replay=True)

    def append(self, undoes: int | None = None) -> tables.Operation:
        revision = touch(self.session, self.run, revise=True)
        return self.add(
            tables.Operation(run_id=self.run.id, revision=revision, undoes=undoes, **self.values)
        )


def _checked(answers: Sequence[GivenAnswer]) -> list[GivenAnswer]:
    if not answers:
        raise InvalidError("An operation must answer at least one question.")
    for answer in answers:
        if answer.verdict is Verdict.NONE:
            raise InvalidError("Only an audit takes 'none': add a class, or skip the image.")
        require_verdict(answer.verdict, answer.class_id)
    by_question = {answer.question_id: answer for answer in answers}
    if len(by_question) < len(answers):
        raise InvalidError("An operation cannot answer one question twice.")
    return [by_question[question_id] for question_id in sorted(by_question)]


def _body(answer: GivenAnswer) -> list[Any]:
    """What tells an answer from another; without a time as before there were any."""
    parts = [answer.question_id, answer.verdict.value, answer.class_id]
    return parts if answer.answered_at is None else [*parts, answer.answered_at.isoformat()]


def _check_belongs(session: Session, run_id: str, answers: Sequence[GivenAnswer]) -> None:
    asked = {answer.question_id for answer in answers}
    require_known(session, tables.Question, run_id, asked, "question")
    named = {answer.class_id for answer in answers if answer.class_id is not None}
    require_known(session, tables.RunClass, run_id, named, "class")


def _check_unchanged(
    session: Session,
    run: tables.Run,
    annotator: str,
    question_ids: Collection[int],
    base_revision: int | None,
    expected: Mapping[int, str | None],
) -> None:
    if base_revision is None and not expected:
        return
    answers = current_answers(session, run.id, question_ids)
    newer = {
        answer.question_id
        for answer in answers.values()
        if base_revision is not None
        and answer.revision > base_revision
        and answer.annotator != annotator
    }
    standing = {answer.question_id: answer.op_id for answer in answers.values()}
    surprising = {
        question_id
        for question_id in question_ids
        if question_id in expected and standing.get(question_id) != expected[question_id]
    }
    conflicts = sorted(newer | surprising)
    if conflicts:
        raise AnswerConflictError(
            "Somebody else answered meanwhile; look at their answer before giving yours.",
            [answers[question_id] for question_id in conflicts if question_id in answers],
            run.revision,
        )


def _newest_standing(
    session: Session, run_id: str, annotator: str, target: str | None
) -> int | None:
    statement = select(tables.Operation.id).where(
        tables.Operation.run_id == run_id,
        tables.Operation.annotator == annotator,
        tables.Operation.kind == OperationKind.ANSWER,
        ~is_undone(),
    )
    if target is None:  # a page of labels is taken back where it was looked at
        statement = statement.where(
            tables.Operation.id.not_in(select(ReviewOperation.operation_id))
        )
    else:
        require_op_id(target)
        statement = statement.where(tables.Operation.op_id == target)
    return session.scalar(statement.order_by(tables.Operation.id.desc()).limit(1))


def _recorded(
    session: Session,
    row: tables.Operation,
    question_ids: Collection[int] | None = None,
    *,
    is_replay: bool = False,
) -> Recorded:
    if question_ids is None:
        touched = tables.Answer.operation_id == (row.undoes or row.id)
        question_ids = session.scalars(select(tables.Answer.question_id).where(touched)).all()
    undone = None if row.undoes is None else session.get_one(tables.Operation, row.undoes).op_id
    return Recorded(
        operation_id=row.id,
        op_id=row.op_id,
        kind=row.kind,
        revision=row.revision,
        question_ids=tuple(sorted(question_ids)),
        undone_op_id=undone,
        is_replay=is_replay,
    )


def _given_by_operation(session: Session, run_id: str) -> dict[int, tuple[GivenAnswer, ...]]:
    statement = (
        select(tables.Answer)
        .join(tables.Operation, tables.Operation.id == tables.Answer.operation_id)
        .where(tables.Operation.run_id == run_id)
        .order_by(tables.Answer.operation_id, tables.Answer.question_id)
    )
    by_operation: dict[int, list[GivenAnswer]] = {}
    for row in session.scalars(statement):
        by_operation.setdefault(row.operation_id, []).append(rows.freeze(GivenAnswer, row))
    return {operation_id: tuple(answers) for operation_id, answers in by_operation.items()}
