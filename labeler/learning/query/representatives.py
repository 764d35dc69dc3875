"""The image nearest the centroid of each cluster."""

import numpy as np

from labeler.learning.query.base import Pool, require_enough
from labeler.records import Question


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
    require_enough(len(waiting), n_questions)
    return tuple(Question(int(representatives[c]), int(c)) for c in waiting[:n_questions])
