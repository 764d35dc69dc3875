"""What is asked, what stands for an answer, how far it is, and what else is in a cluster."""

from dataclasses import replace

import numpy as np

from labeler.pipeline.round_names import name_of_round, strategy_of
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import IMPORTED_ROUND, AskedQuestion, Verdict
from labeler.workflow.array_names import Array
from labeler.workflow.exchange.suggestions import suggestions_by_image
from labeler.workflow.labeling.next_round import look_ahead
from labeler.workflow.pace import seconds_per_question
from labeler.workflow.run import Run
from labeler.workflow.views import Asking, Evidence, ProgressView, QuestionView

UNANSWERED, SKIPPED, MIXED = "unanswered", "skipped", "mixed"
FILTERS = (UNANSWERED, SKIPPED, MIXED)
"""What ``questions`` can be narrowed to, beside the id of a class."""

EVIDENCE = 6


def questions(run: Run, filter: str | int | None = None) -> tuple[QuestionView, ...]:
    """The run's questions in the order asked, each with the answer that stands.

    Parameters
    ----------
    run : Run
    filter : str or int, optional
        One of ``FILTERS``, or the id of a class.

    Raises
    ------
    NotFoundError
        There is no such filter.
    NotPreparedError
        There are no questions yet.
    """
    run.require_prepared()
    views = _question_views(run)
    return tuple(view for view in views if filter is None or _passes(view, filter))


def asking(run: Run, filter: str | int | None = None) -> Asking:
    """``questions``, ``progress_of``, and the job that chooses the next, if there is one."""
    return Asking(questions(run, filter), progress_of(run), look_ahead(run))


def progress_of(run: Run) -> ProgressView:
    """How far the answering is, and how long the rest will take at this run's pace."""
    answers = [question.answer for question in run.questions if question.round != IMPORTED_ROUND]
    verdicts = [None if answer is None else answer.verdict for answer in answers]
    n_open = verdicts.count(None)
    n_total = run.n_questions_in_all
    pace = seconds_per_question(run)
    return ProgressView(
        n_questions=len(verdicts),
        n_answered=verdicts.count(Verdict.CLASS),
        n_skipped=verdicts.count(Verdict.SKIP),
        n_mixed=verdicts.count(Verdict.MIXED),
        n_open=n_open,
        seconds_left=None if pace is None else pace * (n_open + n_total - len(verdicts)),
        revision=run.revision,
        n_total=n_total,
        n_ahead=run.config.n_ahead if n_total > len(verdicts) else 0,
        n_imported=run.n_imported,
    )


def evidence(run: Run, question_id: int) -> Evidence:
    """The nearest, some random and the farthest images of the cluster that is asked about.

    The random ones are the same each time.

    Raises
    ------
    NotFoundError
        There is no such question.
    NotPreparedError
    """
    run.require_prepared()
    question = _pick(run, question_id)
    pool = run.pool
    if question.cluster is None:
        place = int(np.searchsorted(pool, question.image))
        return Evidence(_ints(pool[run.neighbours(place)][:EVIDENCE]), (), (), 1)
    images = pool[run.members(question.cluster)]
    return _evidence(images, question.image, np.random.default_rng(question_id))


def _question_views(run: Run) -> list[QuestionView]:
    order = _sheet_order(run)
    numbers = run.cluster_numbers.tolist()
    suggested = suggestions_by_image(run)
    return [
        replace(
            _question_view(
                question,
                position,
                order[question.image],
                None if question.cluster is None else numbers[question.cluster],
                was_regrouped=asked.cluster is not None and question.cluster is None,
            ),
            kind=strategy_of(name_of_round(run.config.plan, question.round, question.round_name)),
            suggestion=suggested.get(question.image),
        )
        for position, (question, asked) in enumerate(zip(run.questions, run.asked, strict=True))
        if not question.is_review
    ]


def _sheet_order(run: Run) -> dict[int, int]:
    sheet = run.ws.array(run.row.artefacts[Array.SHEET]).tolist()
    on_sheet = set(sheet)
    later = [question.image for question in run.questions if question.image not in on_sheet]
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


def _pick(run: Run, question_id: int) -> AskedQuestion:
    for question in run.questions:
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
