"""Answers recorded and taken back: the way that a person and an oracle share.

An answer is on disk when ``record_answers`` returns. Sent again with the same ``op_id`` it
changes nothing and returns what the first was told.
"""

from collections.abc import Mapping, Sequence
from itertools import compress

from labeler.storage import answers as answer_rows
from labeler.storage import runs as run_rows
from labeler.storage.checking import reviews as review_rows
from labeler.storage.rows import (
    AnswerSource,
    GivenAnswer,
    Operation,
    OperationKind,
    Recorded,
)
from labeler.workflow.labeling.next_round import ask_ahead, may_ask_ahead
from labeler.workflow.workspace import Transaction, Workspace


def record_answers(
    ws: Workspace,
    run_id: str,
    op_id: str,
    annotator: str,
    answers: Sequence[GivenAnswer],
    duration_ms: int | None = None,
    expected: Mapping[int, str | None] | None = None,
    *,
    base_revision: int | None = None,
    source: AnswerSource = AnswerSource.HUMAN,
) -> Recorded:
    """Record answers to one or many questions, all or none; on disk when it returns.

    Raises
    ------
    AnswerConflictError, OpIdReusedError, NotFoundError, InvalidError, BusyError
        As ``storage.answers.record`` says; nothing was changed.
    """

    def record(session: Transaction) -> tuple[Recorded, bool]:
        recorded = answer_rows.record(
            session,
            run_id,
            op_id,
            annotator,
            answers,
            source=source,
            base_revision=base_revision,
            expected=expected,
            duration_ms=duration_ms,
        )
        return recorded, may_ask_ahead(session, run_id)

    recorded, few_are_open = ws.database.write(record)
    if few_are_open:
        ask_ahead(ws, run_id)
    return recorded


def undo(
    ws: Workspace, run_id: str, op_id: str, annotator: str, target: str | None = None
) -> Recorded:
    """Take back the annotator's newest operation that stands, or their operation ``target``.

    Raises
    ------
    NothingToUndoError, OpIdReusedError, NotFoundError, InvalidError, BusyError
    """
    return ws.database.write(
        lambda session: answer_rows.undo(session, run_id, op_id, annotator, target=target)
    )


def standing_operations(ws: Workspace, run_id: str) -> tuple[int, tuple[Operation, ...]]:
    """The run's revision, and the answers that stand at it: operations that nobody took back.

    Pages of labels that were looked at are none: their images are no questions.
    """
    with ws.database.reading() as session:
        revision = run_rows.get(session, run_id).revision
        operations = answer_rows.history(session, run_id)
        reviews = review_rows.operation_ids(session, run_id)
    is_answer = [
        operation.kind is OperationKind.ANSWER
        and not operation.is_undone
        and operation.id not in reviews
        for operation in operations
    ]
    return revision, tuple(compress(operations, is_answer))
