"""The one place that says which answer of a question stands: the newest that is not undone."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from labeler.storage import classes, tables
from labeler.storage.checking.review_tables import ReviewOperation
from labeler.storage.rows import CurrentAnswer

_Undo = aliased(tables.Operation, name="undo")


def is_undone() -> ColumnElement[bool]:
    """Whether an undo names the operation of the enclosing statement."""
    return select(_Undo.id).where(_Undo.undoes == tables.Operation.id).exists()


def newest_answers() -> "Select[*tuple[Any, ...]]":
    """``(question_id, operation_id)`` of every answer that stands."""
    return (
        select(
            tables.Answer.question_id, func.max(tables.Answer.operation_id).label("operation_id")
        )
        .join(tables.Operation, tables.Operation.id == tables.Answer.operation_id)
        .where(~is_undone())
        .group_by(tables.Answer.question_id)
    )


def current_answers(
    session: Session, run_id: str, question_ids: Collection[int] | None = None
) -> dict[int, CurrentAnswer]:
    """The answers of a run that stand, by question; of the given questions only, if given."""
    narrowed = newest_answers().where(tables.Operation.run_id == run_id)
    if question_ids is not None and len(question_ids) <= 500:
        narrowed = narrowed.where(tables.Answer.question_id.in_(question_ids))
    newest = narrowed.subquery()
    statement = (
        select(tables.Answer, tables.Operation, ReviewOperation)
        .join(
            newest,
            (newest.c.question_id == tables.Answer.question_id)
            & (newest.c.operation_id == tables.Answer.operation_id),
        )
        .join(tables.Operation, tables.Operation.id == tables.Answer.operation_id)
        .outerjoin(ReviewOperation, ReviewOperation.operation_id == tables.Operation.id)
    )
    resolved = classes.resolve(classes.list_of_run(session, run_id))
    standing = (
        _freeze(answer, operation, review, resolved)
        for answer, operation, review in session.execute(statement)
    )
    return {
        answer.question_id: answer
        for answer in standing
        if question_ids is None or answer.question_id in question_ids
    }


def _freeze(
    answer: tables.Answer,
    operation: tables.Operation,
    review: ReviewOperation | None,
    resolved: Mapping[int, int],
) -> CurrentAnswer:
    given_id = answer.class_id
    return CurrentAnswer(
        question_id=answer.question_id,
        operation_id=operation.id,
        op_id=operation.op_id,
        annotator=operation.annotator,
        source=operation.source,
        verdict=answer.verdict,
        given_class_id=given_id,
        class_id=None if given_id is None else resolved[given_id],
        revision=operation.revision,
        created_at=operation.created_at,
        answered_at=answer.answered_at or operation.created_at,
        is_review=review is not None,
        shown_class_id=None if review is None else review.class_id,
    )
