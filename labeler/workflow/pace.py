"""How fast people answer a run's questions."""

from datetime import timedelta
from statistics import median

import numpy as np

from labeler.storage.rows import AnswerSource
from labeler.workflow.exchange.import_history import OPERATIONS
from labeler.workflow.run import Run

_OVER = 30
_PAUSE = timedelta(minutes=2).total_seconds()


def seconds_per_question(run: Run) -> float | None:
    """Median time between the latest answers given here, pauses left out; one may name many.

    Parameters
    ----------
    run : Run

    Returns
    -------
    float or None
        None until two answers follow each other.
    """
    answers = [question.answer for question in run.questions if question.answer is not None]
    times = sorted(
        answer.created_at.timestamp()
        for answer in answers
        if answer.source is AnswerSource.HUMAN
        and not answer.op_id.startswith(OPERATIONS)
        and not answer.is_review
    )[-_OVER:]
    gaps = [gap for gap in np.diff(times).tolist() if gap < _PAUSE]
    return float(median(gaps)) if gaps else None
