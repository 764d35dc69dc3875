"""Images drawn at random: what every other strategy is compared with."""

import numpy as np

from labeler.learning.query.base import Pool, require_enough
from labeler.records import Question


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
    require_enough(len(unasked), n_questions)
    return tuple(Question(int(i)) for i in rng.choice(unasked, n_questions, replace=False))
