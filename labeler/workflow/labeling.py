"""Questions and answers: the two use cases that a person and an oracle share.

An answer is on disk when ``record_answers`` returns. Sent again with the same ``op_id`` it
changes nothing and returns what the first was told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import compress
from statistics import median

import numpy as np

from labeler.storage import answers as answer_rows
from labeler.storage import classes as class_rows
from labeler.storage import runs as run_rows
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import (
    IMPORTED_ROUND,
    AnswerSource,
    AskedQuestion,
    GivenAnswer,
    Operation,
    OperationKind,
    Recorded,
    RunClass,
    Verdict,
)
from labeler.workflow.budgets import config_of, questions_in_all
from labeler.workflow.choosing import ask_ahead, look_ahead, may_ask_ahead
from labeler.workflow.past_imports import OPERATIONS
from labeler.workflow.pool import members_of, neighbours_of, pool_of
from labeler.workflow.rounds import round_names, strategy_of
from labeler.workflow.standing import cluster_numbers
from labeler.workflow.state import RunState, read_state, state_within
from labeler.workflow.suggestions import suggestions_by_image
from labeler.workflow.views import Asking, Evidence, ProgressView, QuestionView
from labeler.workflow.workspace import Transaction, Workspace

UNANSWERED, SKIPPED, MIXED = "unanswered", "skipped", "mixed"
FILTERS = (UNANSWERED, SKIPPED, MIXED)
"""What ``questions`` can be narrowed to, beside the id of a class."""

EVIDENCE = 6
_PACE_OVER = 30
_PAUSE = timedelta(minutes=2).total_seconds()


def questions(
    ws: Workspace, run_id: str, filter: str | int | None = None
) -> tuple[QuestionView, ...]:
    """The run's questions in the order asked, each with the answer that stands.

    Parameters
    ----------
    ws : Workspace
    run_id : str
    filter : str or int, optional
        One of ``FILTERS``, or the id of a class.

    Raises
    ------
    NotFoundError
        There is no such run.
    NotPreparedError
        There are no questions yet.
    """
    return _questions(ws, read_state(ws, run_id), filter)


def asking(ws: Workspace, run_id: str, filter: str | int | None = None) -> Asking:
    """``questions``, ``progress_of`` and the job that chooses the next, all at one moment.

    Whoever waits for more has to: read one after the other, the questions may lack a round that
    the progress counts already, and then nobody would look for it again.
    """
    with ws.database.reading() as session:
        state = state_within(ws, session, run_id)
        choosing = look_ahead(session, state)
    return Asking(_questions(ws, state, filter), _progress(state), choosing)


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
    """The run's revision, and the answers that stand at it: operations that nobody took back."""
    with ws.database.reading() as session:
        revision = run_rows.get(session, run_id).revision
        told = answer_rows.history(session, run_id)
    is_answer = [one.kind is OperationKind.ANSWER and not one.is_undone for one in told]
    return revision, tuple(compress(told, is_answer))


def history(
    ws: Workspace, run_id: str, limit: int | None = None, after: int = 0
) -> tuple[Operation, ...]:
    """The run's operations in the order recorded, undone ones included."""
    with ws.database.reading() as session:
        return answer_rows.history(session, run_id, limit=limit, after=after)


def progress_of(ws: Workspace, run_id: str) -> ProgressView:
    """How far the answering is, and how long the rest will take at this run's pace."""
    return _progress(read_state(ws, run_id))


def _progress(state: RunState) -> ProgressView:
    answers = [one.answer for one in state.questions if one.round != IMPORTED_ROUND]
    said = [None if answer is None else answer.verdict for answer in answers]
    n_open, n_imported = said.count(None), len(state.questions) - len(said)
    n_total = questions_in_all(state.run, len(said), n_imported)
    pace = _seconds_per_question(state)
    return ProgressView(
        n_questions=len(said),
        n_answered=said.count(Verdict.CLASS),
        n_skipped=said.count(Verdict.SKIP),
        n_mixed=said.count(Verdict.MIXED),
        n_open=n_open,
        seconds_left=None if pace is None else pace * (n_open + n_total - len(said)),
        revision=state.run.revision,
        n_total=n_total,
        n_ahead=config_of(state.run).n_ahead if n_total > len(said) else 0,
        n_imported=n_imported,
    )


def evidence(ws: Workspace, run_id: str, question_id: int) -> Evidence:
    """The nearest, some random and the farthest images of the cluster that is asked about.

    The random ones are the same each time.

    Raises
    ------
    NotFoundError
        There is no such run or question.
    """
    state = read_state(ws, run_id)
    state.require_prepared()
    question = _pick(state, question_id)
    pool = pool_of(ws, state.run)
    if question.cluster is None:
        place = int(np.searchsorted(pool, question.image))
        return Evidence(_ints(pool[neighbours_of(ws, state.run, place)][:EVIDENCE]), (), (), 1)
    images = pool[members_of(ws, state.run, question.cluster)]
    return _evidence(images, question.image, np.random.default_rng(question_id))


def add_class(ws: Workspace, run_id: str, name: str, key: str | None = None) -> RunClass:
    """Add a class at the end; without a ``key`` it gets the first free digit, if any."""
    with ws.database.writing() as session:
        return class_rows.add(session, run_id, name, key=key)


def rename_class(ws: Workspace, run_id: str, class_id: int, name: str) -> RunClass:
    """Give a class another name; its answers follow."""
    with ws.database.writing() as session:
        return class_rows.rename(session, run_id, class_id, name)


def merge_class(ws: Workspace, run_id: str, class_id: int, into: int) -> RunClass:
    """Let the answers of one class count for another, until ``unmerge_class``."""
    with ws.database.writing() as session:
        return class_rows.merge(session, run_id, class_id, into)


def unmerge_class(ws: Workspace, run_id: str, class_id: int) -> RunClass:
    """Take a merge back."""
    with ws.database.writing() as session:
        return class_rows.unmerge(session, run_id, class_id)


def set_key(ws: Workspace, run_id: str, class_id: int, key: str | None) -> RunClass:
    """Give a class another keyboard key, or none."""
    with ws.database.writing() as session:
        return class_rows.set_key(session, run_id, class_id, key)


def remove_class(ws: Workspace, run_id: str, class_id: int) -> None:
    """Remove a class that was never answered."""
    with ws.database.writing() as session:
        class_rows.remove(session, run_id, class_id)


def _questions(
    ws: Workspace, state: RunState, filter: str | int | None
) -> tuple[QuestionView, ...]:
    state.require_prepared()
    views = _question_views(ws, state)
    return tuple(view for view in views if filter is None or _passes(view, filter))


def _question_views(ws: Workspace, state: RunState) -> list[QuestionView]:
    order, names = _sheet_order(ws, state), round_names(state.run.settings)
    numbers = cluster_numbers(ws, state.run).tolist()
    suggested = suggestions_by_image(ws, state)
    return [
        replace(
            _question_view(
                question,
                position,
                order[question.image],
                None if question.cluster is None else numbers[question.cluster],
                was_regrouped=asked.cluster is not None and question.cluster is None,
            ),
            kind=strategy_of(names.get(question.round)),
            suggestion=suggested.get(question.image),
        )
        for position, (question, asked) in enumerate(zip(state.questions, state.asked, strict=True))
    ]


def _sheet_order(ws: Workspace, state: RunState) -> dict[int, int]:
    sheet = ws.array(state.run.artefacts["sheet"]).tolist()
    there = set(sheet)
    later = [question.image for question in state.questions if question.image not in there]
    return {image: place for place, image in enumerate([*sheet, *later])}


def _question_view(
    question: AskedQuestion, position: int, order: int, number: int | None, *, was_regrouped: bool
) -> QuestionView:
    answer = question.answer
    return QuestionView(
        id=question.id,
        position=position,
        order=order,
        round=question.round,
        image=question.image,
        cluster=number,
        was_regrouped=was_regrouped,
        stands_for=question.stands_for,
        verdict=None if answer is None else answer.verdict,
        class_id=None if answer is None else answer.class_id,
        op_id=None if answer is None else answer.op_id,
        annotator=None if answer is None else answer.annotator,
        answered_at=None if answer is None else answer.answered_at,
    )


def _passes(view: QuestionView, filter: str | int) -> bool:
    wanted = {UNANSWERED: None, SKIPPED: Verdict.SKIP, MIXED: Verdict.MIXED}
    if filter == MIXED and view.was_regrouped:
        return False  # its parts were asked about instead
    if isinstance(filter, str) and filter in wanted:
        return view.verdict is wanted[filter]
    if isinstance(filter, int):
        return view.class_id == filter
    raise NotFoundError(f"There is no filter {filter!r}; it is one of {', '.join(FILTERS)}.")


def _pick(state: RunState, question_id: int) -> AskedQuestion:
    for question in state.questions:
        if question.id == question_id:
            return question
    raise NotFoundError(f"The run has no question {question_id}.")


def _evidence(images: np.ndarray, asked: int, rng: np.random.Generator) -> Evidence:
    others = images[images != asked]
    nearest, rest = others[:EVIDENCE], others[EVIDENCE:]
    farthest, middle = rest[::-1][:EVIDENCE], rest[:-EVIDENCE]
    drawn = rng.choice(middle, min(EVIDENCE, len(middle)), replace=False)
    return Evidence(_ints(nearest), _ints(drawn), _ints(farthest), len(images))


def _ints(images: np.ndarray) -> tuple[int, ...]:
    return tuple(int(image) for image in images)


def _seconds_per_question(state: RunState) -> float | None:
    """Median time between the latest answers given here, pauses left out; one may name many."""
    given = [question.answer for question in state.questions if question.answer is not None]
    times = sorted(
        answer.created_at.timestamp()
        for answer in given
        if answer.source is AnswerSource.HUMAN and not answer.op_id.startswith(OPERATIONS)
    )[-_PACE_OVER:]
    gaps = [gap for gap in np.diff(times).tolist() if gap < _PAUSE]
    return float(median(gaps)) if gaps else None


__all__ = [
    "FILTERS",
    "AnswerSource",
    "GivenAnswer",
    "Operation",
    "OperationKind",
    "Recorded",
    "RunClass",
    "Verdict",
    "add_class",
    "ask_ahead",
    "asking",
    "evidence",
    "history",
    "merge_class",
    "progress_of",
    "questions",
    "record_answers",
    "remove_class",
    "rename_class",
    "set_key",
    "standing_operations",
    "undo",
    "unmerge_class",
]
