"""Images between two classes, by the labels spread so far."""

import numpy as np

from labeler.learning.query.base import QueryStrategy
from labeler.learning.query.pool import Pool
from labeler.learning.softmax_regression import margins
from labeler.records import Question

NAME = "margin"
TITLE = "images whose two likeliest classes are nearly level"
PHASE = "later"


class MarginSampling(QueryStrategy):
    """The images whose likeliest class is least ahead of the second.

    Margin sampling (Scheffer, Decomain and Wrobel, "Active hidden Markov models for information
    extraction", 2001), on the soft labels spread so far. Each image stands only for itself, and
    nothing keeps a round from asking about many that are alike. Level images are in random order.
    """

    needs = ("probabilities",)

    def _choose(
        self, pool: Pool, n_questions: int, rng: np.random.Generator
    ) -> tuple[Question, ...]:
        assert pool.probabilities is not None
        unasked = rng.permutation(np.flatnonzero(~pool.asked))
        nearest_to_level = np.argsort(margins(pool.probabilities[unasked]), kind="stable")
        return tuple(Question(int(image)) for image in unasked[nearest_to_level[:n_questions]])
