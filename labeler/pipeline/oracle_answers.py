"""What an oracle is asked, and answers: round by round, or drawn at random to compare with."""

from collections.abc import Iterator, Sequence

import numpy as np

from labeler.config import RunConfig
from labeler.learning.oracle import Oracle
from labeler.learning.query import Pool, strategy
from labeler.pipeline.preparation import Prepared
from labeler.pipeline.questions import first_questions, later_questions, round_size, without_last
from labeler.pipeline.round_names import later_round
from labeler.progress import SILENT, Progress, track
from labeler.records import Answer, Clusters, Question


def ask_in_rounds(
    prepared: Prepared, clusters: Clusters, config: RunConfig, progress: Progress = SILENT
) -> Iterator[tuple[Answer, ...]]:
    """What the run's strategy asks, round by round, with the oracle's answers."""
    answers = first_answers(prepared, clusters, config)
    yield answers
    if prepared.graph is None:
        return
    n_rounds = config.n_second_rounds
    for number in track(range(n_rounds), progress, "Rounds of questions"):
        name = later_round(config.plan, number)
        questions = later_questions(
            config,
            clusters,
            [answer.question.image for answer in answers],
            without_last(answers, config.n_ahead),
            prepared.graph,
            prepared.X,
            len(prepared.classes),
            round_size(config.n_labels - len(answers), n_rounds - number),
            config.rng(f"{name} questions"),
        )
        one_round = answered(prepared, config, name, questions)
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
