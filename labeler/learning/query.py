"""Which images to ask about: one function per strategy, all with the same signature."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from labeler.learning.softmax_regression import margins
from labeler.learning.threads import one_thread
from labeler.records import Clusters, Question

N_CANDIDATES = 2_000
N_COVERED = 4_000
"""A greedy choice looks at samples of these sizes: its cost is flat, however large the pool."""


@dataclass(frozen=True, eq=False)
class Pool:
    """What a strategy may look at. True labels are not among it.

    Attributes
    ----------
    clusters : Clusters
    asked : ndarray of shape (n,), dtype bool
        Images that were asked about already.
    X : ndarray of shape (n, n_features), dtype float32, or None
        Features, for the strategies that look at them.
    probabilities : ndarray of shape (n, n_classes), dtype float32, or None
        Soft labels spread so far, for the strategies that ask where those are uncertain.
    """

    clusters: Clusters
    asked: np.ndarray
    X: np.ndarray | None = None
    probabilities: np.ndarray | None = None


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


@one_thread()
def query_uncertain(pool: Pool, n_questions: int, rng: np.random.Generator) -> tuple[Question, ...]:
    """Images whose spread labels are uncertain, far from each other, in dense regions.

    Greedy: each question is the image that covers the most uncertainty not covered yet, by a
    Gaussian kernel, times its own. After MaxHerding (Bae et al., "Generalized coverage for more
    robust low-budget active learning", 2024), which covers images; here each counts by how near
    its two likeliest classes are. Dense regions count for more because more images lie there.

    Parameters
    ----------
    pool : Pool
        With ``X`` and ``probabilities``.
    n_questions : int
    rng : numpy.random.Generator
        Draws the candidates and the images to be covered.

    Returns
    -------
    tuple of Question
        Each image stands only for itself.

    Raises
    ------
    ValueError
        There are not that many images left to ask about, or the pool lacks what is needed.
    """
    if pool.X is None or pool.probabilities is None:
        raise ValueError("uncertainty needs the pool's features and its probabilities")
    from sklearn.metrics.pairwise import euclidean_distances  # a second that no page waits for

    unasked = np.flatnonzero(~pool.asked)
    _require_enough(len(unasked), n_questions)
    uncertainty = 1 - margins(pool.probabilities) + 1e-6
    n_candidates = min(max(N_CANDIDATES, 2 * n_questions), len(unasked))
    candidates = rng.choice(unasked, n_candidates, replace=False)
    covered = rng.choice(len(pool.X), min(N_COVERED, len(pool.X)), replace=False)
    asked = pool.X[pool.asked] if pool.asked.any() else pool.X.mean(axis=0, keepdims=True)
    to_asked = euclidean_distances(pool.X[covered], asked, squared=True).min(axis=1)
    width = max(2 * float(np.median(to_asked)), np.finfo(np.float32).tiny)
    kernel = np.exp(-euclidean_distances(pool.X[candidates], pool.X[covered], squared=True) / width)
    chosen = _most_coverage(
        kernel,
        np.exp(-to_asked / width),
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


STRATEGIES: dict[str, Strategy] = {
    "random": query_random,
    "representatives": query_representatives,
    "uncertain": query_uncertain,
}


def _require_enough(available: int, wanted: int) -> None:
    if not 1 <= wanted <= available:
        raise ValueError(f"n_questions is {wanted}; it must be from 1 to {available}, all unasked")
