"""Images that came to a pool later and are new in kind: of look-alikes, one is asked about.

Not a strategy of its own: whatever a run's strategy is, part of a round goes to these while there
are more unfamiliar images than images like those of before would give by chance.
"""

from typing import TYPE_CHECKING

import numpy as np

from labeler.learning.clustering import cluster
from labeler.learning.familiarity import FALSE_ALARMS
from labeler.learning.query.pool import Pool
from labeler.learning.query.typiclust import TypiClust
from labeler.records import Question

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def not_near_answers(places: np.ndarray, asked: np.ndarray, graph: "csr_array") -> np.ndarray:
    """Those of some images that were not asked about, and that are no neighbours of one that was.

    Parameters
    ----------
    places : ndarray of shape (m,), dtype int64
    asked : ndarray of shape (n,), dtype bool
    graph : csr_array of shape (n, n)

    Returns
    -------
    ndarray of shape (at most m,), dtype int64
    """
    joined = graph[places] @ asked.astype(np.float32) > 0
    return np.asarray(places[~joined & ~asked[places]])


def share_of_round(n_unfamiliar: int, n_added: int) -> float:
    """How much of a round goes to unfamiliar images: the share of them that is no false alarm.

    Parameters
    ----------
    n_unfamiliar : int
        Those that are like nothing that was asked about.
    n_added : int
        Images that were added, familiar or not.

    Returns
    -------
    float
        0 to 1.
    """
    if not n_unfamiliar:
        return 0.0
    return max(0.0, 1 - FALSE_ALARMS * n_added / n_unfamiliar)


def ask_new_in_kind(
    X: np.ndarray, places: np.ndarray, n_questions: int, rng: np.random.Generator
) -> tuple[Question, ...]:
    """The most typical image of each of as many groups of look-alikes, the largest first.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
    places : ndarray of shape (m,), dtype int64
        The images to choose from.
    n_questions : int
        Fewer are asked where there are not that many images, or fewer groups.
    rng : numpy.random.Generator

    Returns
    -------
    tuple of Question
        Each stands only for itself.
    """
    n_questions = min(n_questions, len(places))
    if n_questions < 1:
        return ()
    among = np.asarray(X[places])
    groups = cluster(among, n_questions, rng)
    pool = Pool(groups, np.zeros(len(places), dtype=bool), among)
    chosen = TypiClust().query(pool, groups.n_clusters, rng)
    return tuple(Question(int(places[question.image])) for question in chosen)
