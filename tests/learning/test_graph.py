"""The neighbour graph: right where it is exact, nearly right where it is not, never all pairs."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from labeler.learning import graph
from labeler.learning.graph import (
    QUICK,
    nearest_in_pool,
    nearest_neighbors,
    neighbors_of,
    neighbour_graph,
)
from labeler.learning.least import least_of_rows


def vectors(n: int, n_features: int = 8) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, n_features)).astype(np.float32)


def true_neighbors(X: np.ndarray, n_neighbors: int) -> np.ndarray:
    found = NearestNeighbors(n_neighbors=n_neighbors + 1).fit(X).kneighbors(X)[1]
    return np.asarray(found[:, 1:])


def test_small_pools_are_searched_exhaustively() -> None:
    X = vectors(300)
    neighbors, squares = nearest_neighbors(X, 5)
    assert np.array_equal(neighbors, true_neighbors(X, 5))
    distances = np.linalg.norm(X[:, None] - X[neighbors], axis=2)
    assert np.allclose(np.sqrt(squares), distances, atol=1e-3)


def test_the_approximate_search_finds_nearly_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "EXACT_UP_TO", 100)
    X = vectors(6_000)
    found, _ = nearest_neighbors(X, 10)
    truth = true_neighbors(X, 10)
    shared = [len(set(a) & set(b)) for a, b in zip(found.tolist(), truth.tolist(), strict=True)]
    assert np.mean(shared) > 9
    assert not (found == np.arange(len(X))[:, None]).any(), "no image is its own neighbour"


def test_the_graph_is_symmetric_sparse_and_normalised() -> None:
    made = neighbour_graph(vectors(200), 7)
    assert made.dtype == np.float32
    assert abs(made - made.T).max() < 1e-6
    assert made.diagonal().max() == 0
    assert made.nnz <= 2 * 7 * 200
    largest = np.abs(np.linalg.eigvalsh(made.toarray())).max()
    assert largest <= 1 + 1e-4, "spreading over it does not grow without bounds"


@pytest.mark.parametrize("n", [1, 2, 5])
def test_few_images_have_fewer_neighbours(n: int) -> None:
    made = neighbour_graph(vectors(n))
    assert made.shape == (n, n)
    assert made.nnz == n * (n - 1)


def test_equal_images_are_joined_without_a_warning() -> None:
    made = neighbour_graph(np.ones((30, 4), dtype=np.float32))
    assert np.isfinite(made.data).all()


def test_two_graphs_of_one_pool_are_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "EXACT_UP_TO", 100)
    X = vectors(3_000)
    assert abs(neighbour_graph(X) - neighbour_graph(X)).max() == 0


def nearest_of(pool: np.ndarray, wanted: np.ndarray, n_neighbors: int) -> np.ndarray:
    return np.asarray(NearestNeighbors(n_neighbors=n_neighbors).fit(pool).kneighbors(wanted)[1])


def test_other_images_are_looked_for_in_the_whole_of_a_small_pool() -> None:
    pool, wanted = np.split(vectors(400), [300])
    neighbors, squares = nearest_in_pool(pool, wanted, 5)
    assert np.array_equal(neighbors, nearest_of(pool, wanted, 5))
    distances = np.linalg.norm(wanted[:, None] - pool[neighbors], axis=2)
    assert np.allclose(np.sqrt(squares), distances, atol=1e-3)


def test_an_image_of_the_pool_is_its_own_nearest_if_it_is_asked_about_as_another() -> None:
    pool = vectors(300)
    neighbors, squares = nearest_in_pool(pool, pool.copy(), 3)
    assert np.array_equal(neighbors[:, 0], np.arange(300))
    assert np.allclose(squares[:, 0], 0, atol=1e-4)


def test_other_images_are_looked_for_cell_by_cell_in_a_large_pool(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(graph, "EXACT_UP_TO", 100)
    pool, wanted = np.split(vectors(6_500), [6_000])
    neighbors, _ = nearest_in_pool(pool, wanted, 10)
    truth = nearest_of(pool, wanted, 10)
    shared = [len(set(a) & set(b)) for a, b in zip(neighbors.tolist(), truth.tolist(), strict=True)]
    assert np.mean(shared) > 9


def test_a_pool_gives_no_more_neighbours_than_it_has_images() -> None:
    neighbors, squares = nearest_in_pool(vectors(3), vectors(5))
    assert neighbors.shape == squares.shape == (5, 3)


def test_a_few_images_have_the_neighbours_that_they_have_among_all() -> None:
    X, images = vectors(300), np.array([7, 299, 0])
    for few, everyone in zip(neighbors_of(X, images, 5), nearest_neighbors(X, 5), strict=True):
        assert np.allclose(few, everyone[images], atol=1e-4)
    assert neighbors_of(X[:4], np.array([1]))[0].shape == (1, 3)


@pytest.mark.parametrize("n_columns", [16, 160, 1_600])
def test_the_least_of_rows_are_found_by_the_minima_of_groups(n_columns: int) -> None:
    rows = vectors(40, n_columns)
    rows[:, 3] = np.inf
    places, least = least_of_rows(rows, 7)
    np.testing.assert_array_equal(least, np.sort(rows, axis=1)[:, :7])
    np.testing.assert_array_equal(np.take_along_axis(rows, places, axis=1), least)


def test_little_effort_finds_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "EXACT_UP_TO", 100)
    X = vectors(6_000)
    found, _ = nearest_neighbors(X, 7, effort=QUICK)
    assert np.mean((found[:, :, None] == true_neighbors(X, 7)[:, None]).any(axis=2)) > 0.8
