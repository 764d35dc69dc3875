"""What is asked, what stands for an answer, how far it is, and what else is in a cluster."""

from dataclasses import replace
from datetime import timedelta
from statistics import median

import numpy as np

from labeler.pipeline.rounds import round_names, strategy_of
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import (
    IMPORTED_ROUND,
    AnswerSource,
    AskedQuestion,
    Verdict,
)
from labeler.workflow.clusters.standing import cluster_numbers
from labeler.workflow.exchange.import_history import OPERATIONS
from labeler.workflow.exchange.suggestions import suggestions_by_image
from labeler.workflow.labeling.next_round import look_ahead
from labeler.workflow.pool import members_of, neighbours_of, pool_of
from labeler.workflow.runs.budgets import config_of, questions_in_all
from labeler.workflow.state import RunState, read_state, state_within
from labeler.workflow.views import Asking, Evidence, ProgressView, QuestionView
from labeler.workflow.workspace import Workspace

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


def _questions(
    ws: Workspace, state: RunState, filter: str | int | None
) -> tuple[QuestionView, ...]:
    state.require_prepared()
    views = _question_views(ws, state)
    return tuple(view for view in views if filter is None or _passes(view, filter))


def _question_views(ws: Workspace, state: RunState) -> list[QuestionView]:
    order, names = (
        _sheet_order(ws, state),
        round_names(config_of(state.run).plan, state.run.settings),
    )
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
