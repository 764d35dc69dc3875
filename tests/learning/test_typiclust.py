"""TypiClust asks about the densest image of each cluster."""

import numpy as np
import pytest
from sklearn.base import clone

from labeler.learning.clustering import describe_clusters
from labeler.learning.query import Pool, strategy
from labeler.plugins import choices

KNOT = 30
"""The first images of each cluster lie close together, far from its centroid."""


def blob(n_around: int, x: float, rng: np.random.Generator) -> np.ndarray:
    knot = rng.normal(size=(KNOT, 2), scale=0.01) + [4, 0]
    around = rng.normal(size=(n_around, 2), scale=3)
    return np.vstack([knot, around]) + [x, 0]


@pytest.fixture
def pool() -> Pool:
    """A cluster of 130 images, one of 180, and one of a single image."""
    rng = np.random.default_rng(0)
    parts = [blob(100, 0, rng), blob(150, 100, rng), np.array([[200.0, 0]])]
    X = np.vstack(parts).astype(np.float32)
    labels = np.repeat([0, 1, 2], [len(part) for part in parts])
    centers = np.stack([part.mean(axis=0) for part in parts]).astype(np.float32)
    return Pool(describe_clusters(X, labels, centers), np.zeros(len(X), dtype=bool), X)


def test_the_densest_image_stands_for_its_cluster_the_largest_first(
    pool: Pool, rng: np.random.Generator
) -> None:
    asked = strategy("typiclust").query(pool, 3, rng)
    assert [question.cluster for question in asked] == [1, 0, 2]
    large, small, single = (question.image for question in asked)
    assert 130 <= large < 130 + KNOT
    assert small < KNOT
    assert single == 310


def test_it_is_not_the_image_nearest_the_centroid(pool: Pool, rng: np.random.Generator) -> None:
    dense, central = (strategy(one).query(pool, 2, rng) for one in ("typiclust", "representatives"))
    assert not {one.image for one in dense} & {one.image for one in central}


def test_large_clusters_are_looked_at_in_part(pool: Pool) -> None:
    few = clone(strategy("typiclust")).set_params(n_sampled=60, n_neighbors=5)
    asked = [few.query(pool, 2, np.random.default_rng(seed)) for seed in range(6)]
    large = {questions[0].image for questions in asked}
    assert large <= set(range(130, 130 + KNOT)), "a sample has enough of the knot"
    assert len(large) > 1, "each draws its own"


def test_it_is_offered_alone_and_before_every_strategy_that_asks_later() -> None:
    assert {"typiclust", "typiclust+uncertain"} <= set(choices()["strategies"])
