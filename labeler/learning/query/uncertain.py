"""Images whose labels are uncertain, spread over the pool."""

import numpy as np

from labeler.learning.query.base import Pool, require_enough
from labeler.learning.softmax_regression import margins
from labeler.learning.threads import one_thread
from labeler.records import Question

N_CANDIDATES = 2_000
N_COVERED = 4_000
"""A greedy choice looks at samples of these sizes: its cost is flat, however large the pool."""


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
    require_enough(len(unasked), n_questions)
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
