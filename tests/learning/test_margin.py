"""Margin sampling asks about what lies between two classes."""

import numpy as np
import pytest

from labeler.learning.clustering import cluster
from labeler.learning.query import Pool, strategy
from labeler.plugins import choices

N = 40


@pytest.fixture
def pool() -> Pool:
    """Image ``i`` is the less certain the smaller ``i`` is; the first three were asked about."""
    X = np.random.default_rng(0).normal(size=(N, 3)).astype(np.float32)
    lead = np.linspace(0, 0.9, N, dtype=np.float32)
    probabilities = np.stack([(1 + lead) / 2, (1 - lead) / 2, np.zeros(N, np.float32)], axis=1)
    return Pool(cluster(X, 4, np.random.default_rng(1)), np.arange(N) < 3, X, probabilities)


def test_the_smallest_margins_are_asked_about_first(pool: Pool, rng: np.random.Generator) -> None:
    asked = strategy("margin").query(pool, 5, rng)
    assert [question.image for question in asked] == [3, 4, 5, 6, 7]


def test_where_nothing_is_known_the_order_is_drawn(pool: Pool) -> None:
    assert pool.probabilities is not None
    pool.probabilities[:] = 1 / 3
    first, second, again = (
        [one.image for one in strategy("margin").query(pool, 20, np.random.default_rng(seed))]
        for seed in (0, 1, 0)
    )
    assert first == again
    assert first not in (second, sorted(first))


def test_it_is_offered_after_every_strategy_that_asks_first() -> None:
    assert "representatives+margin" in choices()["strategies"]
