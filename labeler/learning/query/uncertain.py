"""Images whose labels are uncertain, spread over the pool."""

import math
from typing import ClassVar

import numpy as np
from sklearn.metrics.pairwise import euclidean_distances

from labeler.learning.query.base import QueryStrategy
from labeler.learning.query.pool import Pool
from labeler.learning.softmax_regression import margins
from labeler.learning.threads import one_thread
from labeler.records import Question

NAME = "uncertain"
TITLE = "images whose labels are uncertain"
PHASE = "later"


class Uncertain(QueryStrategy):
    """Images whose spread labels are uncertain, far from each other, in dense regions.

    Greedy: each question is the image that covers the most uncertainty not covered yet, by a
    Gaussian kernel, times its own. After MaxHerding (Bae et al., "Generalized coverage for more
    robust low-budget active learning", 2024), which covers images; here each counts by how near
    its two likeliest classes are. Dense regions count for more because more images lie there.
    Each image stands only for itself.

    Parameters
    ----------
    n_candidates : int
        How many images are drawn to choose from; at least twice as many as there are questions.
    n_covered : int
        How many are drawn to be covered. Both keep the cost flat, however large the pool.
    """

    needs = ("X", "probabilities")
    parameters: ClassVar = {"n_candidates": (1, math.inf), "n_covered": (1, math.inf)}

    def __init__(self, n_candidates: int = 2_000, n_covered: int = 4_000) -> None:
        self.n_candidates = n_candidates
        self.n_covered = n_covered

    @one_thread()
    def _choose(
        self, pool: Pool, n_questions: int, rng: np.random.Generator
    ) -> tuple[Question, ...]:
        assert pool.X is not None
        assert pool.probabilities is not None
        unasked = np.flatnonzero(~pool.asked)
        uncertainty = 1 - margins(pool.probabilities) + 1e-6
        n_candidates = min(max(self.n_candidates, 2 * n_questions), len(unasked))
        candidates = rng.choice(unasked, n_candidates, replace=False)
        covered = rng.choice(len(pool.X), min(self.n_covered, len(pool.X)), replace=False)
        asked = pool.X[pool.asked] if pool.asked.any() else pool.X.mean(axis=0, keepdims=True)
        to_asked = euclidean_distances(pool.X[covered], asked, squared=True).min(axis=1)
        width = max(2 * float(np.median(to_asked)), np.finfo(np.float32).tiny)
        squares = euclidean_distances(pool.X[candidates], pool.X[covered], squared=True)
        with np.errstate(over="ignore"):  # most were asked: nothing is near anything else
            kernel, coverage = np.exp(-squares / width), np.exp(-to_asked / width)
        chosen = _most_coverage(
            kernel,
            coverage,
            uncertainty[covered],
            uncertainty[candidates],
            n_questions,
        )
        return tuple(Question(int(image)) for image in candidates[chosen])


def _most_coverage(
    kernel: np.ndarray,
    coverage: np.ndarray,
    need: np.ndarray,
    worth: np.ndarray,
    n_chosen: int,
) -> list[int]:
    """Rows of ``kernel`` that add most to the ``coverage`` of what is in ``need``, one by one.

    Lazily (Minoux, "Accelerated greedy algorithms for maximizing submodular set functions", 1978):
    what a row adds only shrinks as others are chosen, so the rows behind one that still leads
    when it is measured anew need not be measured.
    """
    gains = (np.maximum(kernel - coverage, 0) @ need) * worth
    chosen: list[int] = []
    while len(chosen) < n_chosen:
        best = int(gains.argmax())
        gains[best] = (np.maximum(kernel[best] - coverage, 0) @ need) * worth[best]
        if gains[best] >= gains.max():
            chosen.append(best)
            coverage = np.maximum(coverage, kernel[best])
            gains[best] = -1
    return chosen
