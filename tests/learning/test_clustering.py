"""k-means, ranks and representatives."""

import numpy as np
import pytest

from labeler.learning.clustering import cluster, describe_clusters


def vectors(n: int = 300, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 5)).astype(np.float32)


def test_the_representative_is_the_image_nearest_its_centroid(rng: np.random.Generator) -> None:
    X = vectors()
    clusters = cluster(X, 12, rng)
    for number, representative in enumerate(clusters.representatives):
        members = np.flatnonzero(clusters.labels == number)
        distances = np.linalg.norm(X[members] - clusters.centers[number], axis=1)
        assert representative == members[distances.argmin()]


def test_ranks_order_each_cluster_by_distance(rng: np.random.Generator) -> None:
    clusters = cluster(vectors(), 7, rng)
    for number in range(clusters.n_clusters):
        members = np.flatnonzero(clusters.labels == number)
        by_rank = members[np.argsort(clusters.ranks[members])]
        assert sorted(clusters.ranks[members]) == list(range(clusters.sizes[number]))
        assert np.all(np.diff(clusters.distances[by_rank]) >= 0)


def test_every_image_is_assigned_to_the_nearest_centroid(rng: np.random.Generator) -> None:
    X = vectors()
    clusters = cluster(X, 5, rng)
    to_all = np.linalg.norm(X[:, None] - clusters.centers[None], axis=2)
    assert np.mean(clusters.labels == to_all.argmin(axis=1)) > 0.99


def test_the_same_seed_gives_the_same_clusters() -> None:
    X = vectors()
    first, second = (cluster(X, 9, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first.labels, second.labels)
    np.testing.assert_array_equal(first.representatives, second.representatives)


def test_another_seed_starts_elsewhere() -> None:
    X = vectors()
    first, second = (cluster(X, 9, np.random.default_rng(seed)) for seed in (3, 4))
    assert not np.array_equal(first.representatives, second.representatives)


def test_copies_of_few_images_give_fewer_clusters_and_none_empty(rng: np.random.Generator) -> None:
    X = np.repeat(vectors(3), 10, axis=0)
    clusters = cluster(X, 8, rng)
    assert clusters.n_clusters == 3
    assert np.all(clusters.sizes == 10)


def test_as_many_clusters_as_images_is_possible(rng: np.random.Generator) -> None:
    clusters = cluster(vectors(20), 20, rng)
    assert sorted(clusters.representatives) == list(range(20))


@pytest.mark.parametrize("n_clusters", [0, 301])
def test_an_impossible_number_of_clusters_is_refused(
    n_clusters: int, rng: np.random.Generator
) -> None:
    with pytest.raises(ValueError, match=f"n_clusters is {n_clusters}"):
        cluster(vectors(300), n_clusters, rng)


def test_equal_distances_are_ranked_in_the_order_of_the_images() -> None:
    X = np.array([[1.0], [-1.0], [1.0]], dtype=np.float32)
    clusters = describe_clusters(X, np.zeros(3, dtype=int), np.zeros((1, 1), dtype=np.float32))
    assert list(clusters.ranks) == [0, 1, 2]
