"""Which images to ask about: one function per strategy, all with the same signature."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from labeler.records import Clusters, Question


@dataclass(frozen=True, eq=False)
class Pool:
    """What a strategy may look at. True labels are not among it.

    Attributes
    ----------
    clusters : Clusters
    asked : ndarray of shape (n,), dtype bool
        Images that were asked about already.
    """

    clusters: Clusters
    asked: np.ndarray


Strategy = Callable[[Pool, int, np.random.Generator], tuple[Question, ...]]


def query_random(pool: Pool, n_questions: int, rng: np.random.Generator) -> tuple[Question, ...]:
    """Images drawn at random without replacement: the honest baseline.

    Parameters
    ----------
    pool : Pool
    n_questions : int
    rng : numpy.random.Generator

    Returns
    -------
    tuple of Question
        Each image stands only for itself.

    Raises
    ------
    ValueError
        There are not that many images left to ask about.
    """
    unasked = np.flatnonzero(~pool.asked)
    _require_enough(len(unasked), n_questions)
    return tuple(Question(int(i)) for i in rng.choice(unasked, n_questions, replace=False))


def query_representatives(
    pool: Pool, n_questions: int, rng: np.random.Generator
) -> tuple[Question, ...]:
    """The image nearest each centroid, largest clusters first.

    Parameters
    ----------
    pool : Pool
    n_questions : int
    rng : numpy.random.Generator
        Not used: the choice follows from the clusters.

    Returns
    -------
    tuple of Question
        Each image stands for its cluster.

    Raises
    ------
    ValueError
        There are not that many clusters left to ask about.
    """
    representatives = pool.clusters.representatives
    largest_first = np.argsort(-pool.clusters.sizes, kind="stable")
    waiting = largest_first[~pool.asked[representatives[largest_first]]]
    _require_enough(len(waiting), n_questions)
    return tuple(Question(int(representatives[c]), int(c)) for c in waiting[:n_questions])


STRATEGIES: dict[str, Strategy] = {
    "random": query_random,
    "representatives": query_representatives,
}


def _require_enough(available: int, wanted: int) -> None:
    if not 1 <= wanted <= available:
        raise ValueError(f"n_questions is {wanted}; it must be from 1 to {available}, all unasked")
