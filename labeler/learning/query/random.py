"""Images drawn at random: what every other strategy is compared with."""

import numpy as np

from labeler.learning.query.base import QueryStrategy
from labeler.learning.query.pool import Pool
from labeler.records import Question

NAME = "random"
TITLE = "random images"
PHASE = "comparison"


class RandomSampling(QueryStrategy):
    """Images drawn at random without replacement: the honest baseline.

    Each image stands only for itself.
    """

    def _choose(
        self, pool: Pool, n_questions: int, rng: np.random.Generator
    ) -> tuple[Question, ...]:
        unasked = np.flatnonzero(~pool.asked)
        return tuple(Question(int(i)) for i in rng.choice(unasked, n_questions, replace=False))
