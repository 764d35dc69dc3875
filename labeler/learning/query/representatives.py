"""The image nearest the centroid of each cluster."""

import numpy as np

from labeler.learning.query.base import QueryStrategy, require_enough
from labeler.learning.query.pool import Pool
from labeler.records import Question

NAME = "representatives"
TITLE = "the image nearest each centroid"
PHASE = "first"


class Representatives(QueryStrategy):
    """The image nearest each centroid, largest clusters first.

    Each image stands for its cluster. Nothing is drawn: the choice follows from the clusters.
    """

    def _choose(
        self, pool: Pool, n_questions: int, rng: np.random.Generator
    ) -> tuple[Question, ...]:
        representatives = pool.clusters.representatives
        largest_first = np.argsort(-pool.clusters.sizes, kind="stable")
        waiting = largest_first[~pool.asked[representatives[largest_first]]]
        require_enough(len(waiting), n_questions)
        return tuple(Question(int(representatives[c]), int(c)) for c in waiting[:n_questions])
