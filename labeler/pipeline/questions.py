"""What is asked and how it is spread: the part that a simulation and a page have in common.

The first questions are one for each cluster. In two phases, the others are chosen by the labels
that are spread over the graph: in rounds, each when most of the questions before it are answered.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from labeler.config import RunConfig
from labeler.learning.propagation import Evidence, Propagation, propagate_over_graph
from labeler.learning.query import Pool, strategy
from labeler.plugins import PROPAGATIONS
from labeler.progress import SILENT, Progress
from labeler.records import UNLABELED, Answer, Clusters, LabelSet, Question, Source

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def first_questions(clusters: Clusters, X: np.ndarray, config: RunConfig) -> tuple[Question, ...]:
    """One for each cluster, as the run's first strategy chooses."""
    nothing_asked = Pool(clusters, asked=np.zeros(len(clusters.labels), dtype=bool), X=X)
    first = config.plan.first
    rng = config.rng(f"{first} questions")
    return strategy(first).query(nothing_asked, clusters.n_clusters, rng)


def later_questions(
    config: RunConfig,
    clusters: Clusters,
    asked: Collection[int],
    answers: Sequence[Answer],
    graph: "csr_array",
    X: np.ndarray,
    n_classes: int,
    n_questions: int,
    rng: np.random.Generator,
    *,
    mixed: Collection[int] = (),
) -> tuple[Question, ...]:
    """One round of the second phase: images that the answers so far leave in doubt.

    Parameters
    ----------
    config : RunConfig
        Of two phases.
    clusters : Clusters
    asked : collection of int
        Images that were asked about already, answered or not.
    answers : sequence of Answer
        To the questions so far, the last few of which may still be open.
    graph : csr_array of shape (n, n)
    X : ndarray of shape (n, n_features), dtype float32
    n_classes : int
    n_questions : int
        Fewer are asked where the pool has no more.
    rng : numpy.random.Generator
    mixed : collection of int
        Clusters that somebody found to be more than one thing: nothing is certain in them.

    Returns
    -------
    tuple of Question
        None where the pool is used up.
    """
    was_asked = np.zeros(len(X), dtype=bool)
    was_asked[list(asked)] = True
    n_questions = min(n_questions, int(np.count_nonzero(~was_asked)))
    if n_questions < 1:
        return ()
    probabilities = _guessed(answers, graph, X, n_classes)
    probabilities[np.isin(clusters.labels, list(mixed))] = 1 / n_classes
    pool = Pool(clusters, was_asked, X, probabilities)
    return strategy(str(config.plan.later)).query(pool, n_questions, rng)


def questions_about_new(
    unfamiliar: np.ndarray,
    n_added: int,
    asked: Collection[int],
    graph: "csr_array | None",
    X: np.ndarray,
    n_questions: int,
    rng: np.random.Generator,
) -> tuple[Question, ...]:
    """The part of a round that goes to images which came later and are new in kind.

    Parameters
    ----------
    unfamiliar : ndarray of shape (m,), dtype int64
        Images that were unlike the pool when they were added.
    n_added : int
        All that were added, these among them.
    asked, graph, X
        As of ``later_questions``; without a graph, images beside those asked about are asked
        about, too.
    n_questions : int
        Of the whole round.
    rng : numpy.random.Generator

    Returns
    -------
    tuple of Question
        None where no more are unfamiliar than would be by chance.
    """
    # scikit-learn comes with it, and pages that know of questions need none.
    from labeler.learning.query.new_in_kind import (
        ask_new_in_kind,
        not_near_answers,
        share_of_round,
    )

    was_asked = np.zeros(len(X), dtype=bool)
    was_asked[list(asked)] = True
    is_open = unfamiliar[~was_asked[unfamiliar]]
    still_new = is_open if graph is None else not_near_answers(is_open, was_asked, graph)
    share = share_of_round(len(still_new), n_added)
    return ask_new_in_kind(X, still_new, round(share * n_questions), rng)


def round_size(n_left: int, n_rounds: int) -> int:
    """Questions of the next round, where ``n_left`` are to be asked in ``n_rounds``."""
    return math.ceil(n_left / max(n_rounds, 1))


def spread_answers(
    config: RunConfig, evidence: Evidence, progress: Progress = SILENT, **parameters: Any
) -> LabelSet:
    """All answers, spread as the run says; nothing is left out yet.

    Parameters
    ----------
    config : RunConfig
        Its propagation, with the settings that one takes.
    evidence : Evidence
    progress : Progress
    **parameters : object
        Others of the propagation's own.
    """
    plugin = PROPAGATIONS[config.propagation]
    with progress.task("Spreading the answers"):
        settings = {name: getattr(config, name) for name in plugin.settings}
        method: Propagation = plugin.load()(**settings, **parameters)
        return method.propagate(evidence, progress)


def abstain(label_set: LabelSet, threshold: float) -> LabelSet:
    """Leave out spread labels of less confidence than ``threshold``; answers always stay."""
    unsure = label_set.confidences < np.float32(threshold)
    out = unsure & (label_set.sources == Source.PROPAGATED)
    return replace(
        label_set,
        labels=np.where(out, UNLABELED, label_set.labels),
        sources=np.where(out, np.int8(Source.NONE), label_set.sources),
        confidences=np.where(out, np.float32(0), label_set.confidences),
        origins=np.where(out, -1, label_set.origins),
    )


def without_last(answers: Sequence[Answer], n_last: int) -> tuple[Answer, ...]:
    """The answers that are there when the next questions are chosen."""
    return tuple(answers[: max(len(answers) - n_last, 0)])


def _guessed(
    answers: Sequence[Answer], graph: "csr_array", X: np.ndarray, n_classes: int
) -> np.ndarray:
    """Soft labels of shape (n, n_classes); all alike where nothing is named yet."""
    if any(answer.label is not None for answer in answers):
        spread = propagate_over_graph(answers, graph, X, n_classes, n_refinements=1)
        if spread.probabilities is not None:
            return np.array(spread.probabilities, dtype=np.float32)
    return np.full((len(X), n_classes), 1 / max(n_classes, 1), dtype=np.float32)
