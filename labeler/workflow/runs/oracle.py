"""The oracle's side of labeling: the same answers, through the same door, from ground truth."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np

from labeler.learning.oracle import Oracle
from labeler.pipeline.round_names import name_of_round
from labeler.records import Answer, Question
from labeler.storage import answers as answer_rows
from labeler.storage import classes as class_rows
from labeler.storage import questions as question_rows
from labeler.storage.rows import AnswerSource, AskedQuestion, GivenAnswer, RunRow, Verdict
from labeler.storage.rows import Dataset as ImportedDataset
from labeler.workflow.array_names import Array
from labeler.workflow.budgets import config_of
from labeler.workflow.workspace import Transaction, Workspace

ANNOTATOR = "oracle"


def answer_as_oracle(
    session: Transaction, ws: Workspace, run: RunRow, dataset: ImportedDataset, op_id: str
) -> int:
    """Answer every question of a run that is still open, in one operation.

    The oracle is asked all those of a round in their order, so what it says of one does not depend
    on which were answered before.

    Returns
    -------
    int
        How many it answered.
    """
    questions = question_rows.list_of_run(session, run.id)
    true_labels = np.asarray(ws.array(dataset.artefacts[Array.POOL_LABELS]))
    class_ids = _class_ids(session, run)
    answers = [
        _given(question, answer.label, class_ids)
        for question, answer in _said(run, dataset, questions, true_labels)
        if question.answer is None
    ]
    if answers:
        answer_rows.record(session, run.id, op_id, ANNOTATOR, answers, source=AnswerSource.ORACLE)
    return len(answers)


def _said(
    run: RunRow,
    dataset: ImportedDataset,
    questions: Sequence[AskedQuestion],
    true_labels: np.ndarray,
) -> Iterator[tuple[AskedQuestion, Answer]]:
    """What the oracle says of every question, with a stream of random numbers for each round."""
    config = config_of(run)
    for number, asked in groupby(questions, key=lambda question: question.round):
        one_round = tuple(asked)
        name = name_of_round(config.plan, number, one_round[0].round_name) or f"round {number}"
        rng = config.rng(f"{name} oracle")
        oracle = Oracle(true_labels, len(dataset.classes), config.error_rate, rng)
        answers = oracle.answer(
            Question(question.image, question.cluster) for question in one_round
        )
        yield from zip(one_round, answers, strict=True)


def _class_ids(session: Transaction, run: RunRow) -> dict[int | None, int]:
    """True class to the class of the run that was made for it."""
    truth = run.settings.truth or ()
    return {
        truth[run_class.position]: run_class.id
        for run_class in class_rows.list_of_run(session, run.id)
        if run_class.position < len(truth)
    }


def _given(
    question: AskedQuestion, label: int | None, class_ids: Mapping[int | None, int]
) -> GivenAnswer:
    if label is None:
        return GivenAnswer(question.id, Verdict.SKIP)
    return GivenAnswer(question.id, Verdict.CLASS, class_ids[label])
