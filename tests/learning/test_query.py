"""The contract that every strategy keeps, and what each adds to it."""

import numpy as np
import pytest

from labeler.learning.clustering import cluster
from labeler.learning.query import STRATEGIES, Pool, Strategy, query_random, query_representatives

N_IMAGES, N_CLUSTERS = 60, 12


@pytest.fixture
def pool() -> Pool:
    X = np.random.default_rng(0).normal(size=(N_IMAGES, 3)).astype(np.float32)
    clusters = cluster(X, N_CLUSTERS, np.random.default_rng(1))
    probabilities = np.random.default_rng(2).dirichlet(np.ones(4), N_IMAGES).astype(np.float32)
    return Pool(clusters, np.zeros(N_IMAGES, dtype=bool), X, probabilities)


def images(pool: Pool, strategy: Strategy, n_questions: int, seed: int = 0) -> list[int]:
    return [q.image for q in strategy(pool, n_questions, np.random.default_rng(seed))]


@pytest.fixture(params=sorted(STRATEGIES))
def strategy(request: pytest.FixtureRequest) -> Strategy:
    return STRATEGIES[request.param]


def test_a_strategy_asks_as_many_valid_questions_as_told(pool: Pool, strategy: Strategy) -> None:
    asked = images(pool, strategy, 10)
    assert len(asked) == 10
    assert set(asked) <= set(range(N_IMAGES))


def test_a_strategy_never_repeats_an_image(pool: Pool, strategy: Strategy) -> None:
    asked = images(pool, strategy, N_CLUSTERS)
    assert len(set(asked)) == N_CLUSTERS


def test_a_strategy_asks_only_what_was_not_asked(pool: Pool, strategy: Strategy) -> None:
    earlier = images(pool, strategy, 5)
    pool.asked[earlier] = True
    assert not set(images(pool, strategy, N_CLUSTERS - 5)) & set(earlier)


def test_the_same_seed_asks_the_same(pool: Pool, strategy: Strategy) -> None:
    assert images(pool, strategy, 8, seed=4) == images(pool, strategy, 8, seed=4)


@pytest.mark.parametrize("n_questions", [0, N_IMAGES + 1])
def test_a_strategy_refuses_what_it_cannot_ask(
    pool: Pool, strategy: Strategy, n_questions: int
) -> None:
    with pytest.raises(ValueError, match=f"n_questions is {n_questions}"):
        strategy(pool, n_questions, np.random.default_rng(0))


def test_a_strategy_refuses_an_exhausted_pool(pool: Pool, strategy: Strategy) -> None:
    pool.asked[:] = True
    with pytest.raises(ValueError, match="from 1 to 0"):
        strategy(pool, 1, np.random.default_rng(0))


def test_random_images_stand_only_for_themselves(pool: Pool, rng: np.random.Generator) -> None:
    assert all(question.cluster is None for question in query_random(pool, 20, rng))


def test_representatives_stand_for_their_clusters_largest_first(
    pool: Pool, rng: np.random.Generator
) -> None:
    questions = query_representatives(pool, N_CLUSTERS, rng)
    sizes = [pool.clusters.sizes[q.cluster] for q in questions]
    assert sizes == sorted(sizes, reverse=True)
    assert all(pool.clusters.representatives[q.cluster] == q.image for q in questions)
