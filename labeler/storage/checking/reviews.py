"""Labels that were looked at: one page is one operation, and what is said on it are answers.

Whether an answer let the label stand follows from the class that was shown, which is kept beside
the operation. An answer that names no class says that the image is not of that class.
"""

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from labeler.storage import answers, tables
from labeler.storage.checking.review_tables import ReviewOperation
from labeler.storage.current_answers import is_undone
from labeler.storage.errors import NothingToUndoError
from labeler.storage.operations import require_known
from labeler.storage.questions import add_imported, answered_images
from labeler.storage.rows import (
    GivenAnswer,
    NewReviewPage,
    OperationKind,
    Recorded,
    ReviewedPage,
    SeenLabel,
    Verdict,
)
from labeler.storage.session import require_op_id


def record(
    session: Session,
    run_id: str,
    op_id: str,
    annotator: str,
    page: NewReviewPage,
    duration_ms: int | None = None,
    base_revision: int | None = None,
) -> Recorded:
    """Record a page, all of it or nothing; sent again, it changes nothing.

    On a page of a queue, to let a label stand is to say nothing of an image that was answered since
    the queue was made: its answer stays.

    Parameters
    ----------
    session : Session
        Of a ``writing()`` scope.
    run_id, op_id, annotator : str
    page : NewReviewPage
    duration_ms : int, optional
        How long it was looked at.
    base_revision : int, optional
        The run's revision that was looked at.

    Raises
    ------
    AnswerConflictError, OpIdReusedError, NotFoundError, InvalidError
        As ``answers.record`` says; nothing was changed.
    """
    if page.class_id is not None:
        require_known(session, tables.RunClass, run_id, {page.class_id}, "class")
    question_of = add_imported(session, run_id, [seen.image for seen in page.seen])
    given = [_answer(question_of[seen.image], seen) for seen in page.seen]
    let_stand = [seen.image for seen in page.seen if seen.class_id == page.class_id]
    known = () if page.queue is None else answered_images(session, run_id, let_stand)
    leave = {question_of[image] for image in let_stand if image in known}
    recorded = answers.record(
        session,
        run_id,
        op_id,
        annotator,
        given,
        base_revision=base_revision,
        duration_ms=duration_ms,
        leave=leave,
    )
    if not recorded.is_replay:
        session.add(
            ReviewOperation(
                operation_id=recorded.operation_id,
                class_id=page.class_id,
                queue=page.queue,
                page=page.page,
                n_planted=page.n_planted,
                n_found=page.n_found,
            )
        )
        session.flush()
    return recorded


def note_imported(session: Session, operation_id: int, class_id: int | None) -> None:
    """Say that the answers of an operation are of a review that a file tells of.

    Parameters
    ----------
    session : Session
        Of the scope that recorded it.
    operation_id : int
    class_id : int or None
        The class that was shown and let stand; None: other classes were.
    """
    row = {"operation_id": operation_id, "class_id": class_id, "n_planted": 0, "n_found": 0}
    session.execute(insert(ReviewOperation), [row])


def undo(session: Session, run_id: str, op_id: str, annotator: str, target: str) -> Recorded:
    """Take a page back.

    Parameters
    ----------
    session : Session
        Of a ``writing()`` scope.
    run_id, op_id, annotator : str
    target : str
        The ``op_id`` of the page; the annotator's own.

    Raises
    ------
    NothingToUndoError
        No such page stands.
    OpIdReusedError, NotFoundError, InvalidError
    """
    require_op_id(target)
    known = session.scalar(
        select(ReviewOperation.operation_id)
        .join(tables.Operation, tables.Operation.id == ReviewOperation.operation_id)
        .where(tables.Operation.op_id == target, tables.Operation.run_id == run_id)
    )
    if known is None:
        raise NothingToUndoError("There is no such page to take back.")
    return answers.undo(session, run_id, op_id, annotator, target=target)


def standing(session: Session, run_id: str, queue: int) -> tuple[ReviewedPage, ...]:
    """The pages of a queue that were looked at and not taken back, in the order recorded."""
    seen = ReviewOperation
    statement = (
        select(
            tables.Operation.op_id,
            tables.Operation.annotator,
            seen.queue,
            seen.page,
            seen.n_planted,
            seen.n_found,
        )
        .join(seen, seen.operation_id == tables.Operation.id)
        .where(
            tables.Operation.run_id == run_id,
            tables.Operation.kind == OperationKind.ANSWER,
            seen.queue == queue,
            ~is_undone(),
        )
        .order_by(tables.Operation.id)
    )
    return tuple(ReviewedPage(**row) for row in session.execute(statement).mappings())


def operation_ids(session: Session, run_id: str) -> frozenset[int]:
    """Ids of the operations that were pages, or that a file called reviewed."""
    return frozenset(
        session.scalars(
            select(ReviewOperation.operation_id)
            .join(tables.Operation, tables.Operation.id == ReviewOperation.operation_id)
            .where(tables.Operation.run_id == run_id)
        )
    )


def _answer(question_id: int, seen: SeenLabel) -> GivenAnswer:
    verdict = Verdict.SKIP if seen.class_id is None else Verdict.CLASS
    return GivenAnswer(question_id, verdict, seen.class_id)
