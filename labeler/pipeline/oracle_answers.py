"""What an oracle is asked, and answers: round by round, or drawn at random to compare with."""

from collections.abc import Iterator, Sequence

import numpy as np

from labeler.config import RunConfig
from labeler.learning.oracle import Oracle
from labeler.learning.query import Pool, strategy
from labeler.pipeline.preparation import Prepared
from labeler.pipeline.question_rounds import QuestionRounds
from labeler.pipeline.questions import first_questions
from labeler.progress import SILENT, Progress, track
from labeler.records import Answer, Clusters, Question


def ask_in_rounds(
    prepared: Prepared, clusters: Clusters, config: RunConfig, progress: Progress = SILENT
) -> Iterator[tuple[Answer, ...]]:
    """What the run's strategy asks, round by round, with the oracle's answers."""
    rounds = QuestionRounds(prepared, clusters, config)
    answers = answered(prepared, config, rounds.name, rounds.asked)
    yield answers
    for _ in track(range(rounds.n_to_come), progress, "Rounds of questions"):
        questions = rounds.choose(answers, len(prepared.classes))
        one_round = answered(prepared, config, rounds.name, questions)
        answers += one_round
        yield one_round


def first_answers(prepared: Prepared, clusters: Clusters, config: RunConfig) -> tuple[Answer, ...]:
    """The oracle's answers to the first questions."""
    questions = first_questions(clusters, prepared.X, config)
    return answered(prepared, config, config.plan.first, questions)


def draw_at_random(prepared: Prepared, clusters: Clusters, config: RunConfig) -> tuple[Answer, ...]:
    """The oracle's answers for as many random images as the budget has."""
    nothing_asked = Pool(clusters, asked=np.zeros(len(prepared.pool), dtype=bool))
    rng = config.rng("random questions")
    questions = strategy("random").query(nothing_asked, config.n_labels, rng)
    return answered(prepared, config, "random", questions)


def answered(
    prepared: Prepared, config: RunConfig, name: str, questions: Sequence[Question]
) -> tuple[Answer, ...]:
    """The oracle's answers to a round of questions, with the errors that go with its ``name``."""
    oracle = Oracle(
        prepared.pool.labels,
        len(prepared.classes),
        config.error_rate,
        config.rng(f"{name} oracle"),
    )
    return oracle.answer(questions)
