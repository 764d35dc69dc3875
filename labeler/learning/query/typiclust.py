"""The densest image of each cluster."""

import math
from typing import ClassVar

import numpy as np
from sklearn.neighbors import NearestNeighbors

from labeler.learning.query.base import QueryStrategy, require_enough
from labeler.learning.query.pool import Pool
from labeler.learning.threads import one_thread
from labeler.records import Question

NAME = "typiclust"
TITLE = "the densest image of each cluster"
PHASE = "first"


class TypiClust(QueryStrategy):
    """The image of each cluster that lies nearest to its neighbours, largest clusters first.

    TPC-RP (Hacohen, Dekel and Weinshall, "Active learning on a budget: opposite strategies suit
    high and low budgets", ICML 2022) with k-means on the run's own features: the typicality of an
    image is the inverse of its mean distance to its nearest neighbours in the cluster. Each image
    stands for its cluster.

    Parameters
    ----------
    n_neighbors : int
        Neighbours that the mean is over; all others of a cluster that has fewer.
    n_sampled : int
        Images drawn of each larger cluster, to choose from and to be neighbours: what a cluster
        costs does not grow with the square of its size.
    """

    needs = ("X",)
    parameters: ClassVar = {"n_neighbors": (1, math.inf), "n_sampled": (2, math.inf)}

    def __init__(self, n_neighbors: int = 20, n_sampled: int = 2_000) -> None:
        self.n_neighbors = n_neighbors
        self.n_sampled = n_sampled

    @one_thread()
    def _choose(
        self, pool: Pool, n_questions: int, rng: np.random.Generator
    ) -> tuple[Question, ...]:
        assert pool.X is not None
        order = np.argsort(pool.clusters.labels, kind="stable")
        members = np.split(order, np.cumsum(pool.clusters.sizes)[:-1])
        largest_first = np.argsort(-pool.clusters.sizes, kind="stable")
        waiting = [c for c in largest_first if not pool.asked[members[c]].all()]
        require_enough(len(waiting), n_questions)
        return tuple(
            Question(self._most_typical(pool.X, members[c], pool.asked, rng), int(c))
            for c in waiting[:n_questions]
        )

    def _most_typical(
        self, X: np.ndarray, members: np.ndarray, asked: np.ndarray, rng: np.random.Generator
    ) -> int:
        """The densest image of a cluster that was not asked about, by a sample of the cluster."""
        unasked = members[~asked[members]]
        drawn = rng.permutation(unasked)[: self.n_sampled]
        if len(drawn) == 1:
            return int(drawn[0])
        n_neighbors = min(self.n_neighbors, len(drawn) - 1)
        neighbors = NearestNeighbors(n_neighbors=n_neighbors, algorithm="brute").fit(X[drawn])
        distances, _ = neighbors.kneighbors()
        return int(drawn[distances.mean(axis=1).argmin()])
