"""The contract that every strategy keeps, and what each adds to it."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone

from labeler.learning.clustering import cluster
from labeler.learning.query import Pool
from labeler.learning.query import strategy as strategy_named
from labeler.learning.query.base import QueryStrategy
from labeler.plugins import COMPARISON, FIRST, LATER, QUERIES, of_phase

N_IMAGES, N_CLUSTERS = 60, 12


@pytest.fixture
def pool() -> Pool:
    X = np.random.default_rng(0).normal(size=(N_IMAGES, 3)).astype(np.float32)
    clusters = cluster(X, N_CLUSTERS, np.random.default_rng(1))
    probabilities = np.random.default_rng(2).dirichlet(np.ones(4), N_IMAGES).astype(np.float32)
    return Pool(clusters, np.zeros(N_IMAGES, dtype=bool), X, probabilities)


def images(pool: Pool, strategy: QueryStrategy, n_questions: int, seed: int = 0) -> list[int]:
    return [q.image for q in strategy.query(pool, n_questions, np.random.default_rng(seed))]


@pytest.fixture(params=sorted(QUERIES))
def strategy(request: pytest.FixtureRequest) -> QueryStrategy:
    return strategy_named(request.param)


def test_a_strategy_asks_as_many_valid_questions_as_told(
    pool: Pool, strategy: QueryStrategy
) -> None:
    asked = images(pool, strategy, 10)
    assert len(asked) == 10
    assert set(asked) <= set(range(N_IMAGES))


def test_a_strategy_never_repeats_an_image(pool: Pool, strategy: QueryStrategy) -> None:
    asked = images(pool, strategy, N_CLUSTERS)
    assert len(set(asked)) == N_CLUSTERS


def test_a_strategy_asks_only_what_was_not_asked(pool: Pool, strategy: QueryStrategy) -> None:
    earlier = images(pool, strategy, 5)
    pool.asked[earlier] = True
    assert not set(images(pool, strategy, N_CLUSTERS - 5)) & set(earlier)


def test_the_same_seed_asks_the_same(pool: Pool, strategy: QueryStrategy) -> None:
    assert images(pool, strategy, 8, seed=4) == images(pool, strategy, 8, seed=4)


@pytest.mark.parametrize("n_questions", [0, N_IMAGES + 1])
def test_a_strategy_refuses_what_it_cannot_ask(
    pool: Pool, strategy: QueryStrategy, n_questions: int
) -> None:
    with pytest.raises(ValueError, match=f"n_questions is {n_questions}"):
        strategy.query(pool, n_questions, np.random.default_rng(0))


def test_a_strategy_refuses_an_exhausted_pool(pool: Pool, strategy: QueryStrategy) -> None:
    pool.asked[:] = True
    with pytest.raises(ValueError, match="from 1 to 0"):
        strategy.query(pool, 1, np.random.default_rng(0))


def test_a_strategy_is_an_estimator(strategy: QueryStrategy) -> None:
    same = clone(strategy)
    assert type(same) is type(strategy)
    assert same.get_params() == strategy.get_params()
    assert set(strategy.parameters) == set(strategy.get_params())


def test_a_strategy_refuses_parameters_out_of_range(pool: Pool, strategy: QueryStrategy) -> None:
    for name, (least, _) in strategy.parameters.items():
        with pytest.raises(ValueError, match=f"{name} is {least - 1}"):
            images(pool, clone(strategy).set_params(**{name: least - 1}), 5)


def test_a_strategy_says_what_it_needs(pool: Pool, strategy: QueryStrategy) -> None:
    without = {"X": replace(pool, X=None), "probabilities": replace(pool, probabilities=None)}
    for part, rest in without.items():
        if part in strategy.needs:
            with pytest.raises(ValueError, match=f"needs the pool's {part}"):
                images(rest, strategy, 5)
        else:
            assert images(rest, strategy, 5) == images(pool, strategy, 5)


@pytest.mark.parametrize("phase", [FIRST, LATER, COMPARISON])
def test_only_what_is_asked_first_stands_for_clusters(
    pool: Pool, rng: np.random.Generator, phase: str
) -> None:
    for name in of_phase(phase):
        clusters = [one.cluster for one in strategy_named(name).query(pool, N_CLUSTERS, rng)]
        largest_first = np.argsort(-pool.clusters.sizes, kind="stable").tolist()
        assert clusters == (largest_first if phase == FIRST else [None] * N_CLUSTERS)


def test_representatives_are_nearest_the_centroids(pool: Pool, rng: np.random.Generator) -> None:
    questions = strategy_named("representatives").query(pool, N_CLUSTERS, rng)
    assert all(pool.clusters.representatives[q.cluster] == q.image for q in questions)
