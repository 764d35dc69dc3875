"""The neighbour graph: each image joined to the few most like it, never to all."""

from collections.abc import Iterator

import numpy as np
from scipy import sparse
from sklearn.cluster import KMeans

from labeler.learning.threads import in_threads, one_thread
from labeler.progress import SILENT, Progress

N_NEIGHBORS = 10

SCALED_BY = 7
"""Which nearest neighbour gives the local scale."""

EXACT_UP_TO = 12_000
"""Pools up to here are searched exhaustively, in blocks of rows."""

CELL = 250
"""Images in a cell of the approximate search, on average."""

PROBES = 16
"""Cells searched for the neighbours of one cell's images. On Fashion-MNIST, 96 in 100 of the true
neighbours are found so, in a fifteenth of the time (``benchmarks/graph.py``)."""

BLOCK = 250
"""Images whose distances are held at once on each core."""


@one_thread()
def neighbour_graph(
    X: np.ndarray, n_neighbors: int = N_NEIGHBORS, progress: Progress = SILENT
) -> sparse.csr_array:
    """Join each image to its nearest neighbours, by weights that follow the local density.

    The weight of an edge is ``exp(-d(i, j)**2 / (s(i) * s(j)))``, where ``s`` is the distance to
    the seventh-nearest neighbour: the self-tuned weights of Zelnik-Manor and Perona, "Self-tuning
    spectral clustering" (NeurIPS 2004). Rows and columns are divided by the square root of their
    sums, as spreading wants it (Zhou et al., "Learning with local and global consistency",
    NeurIPS 2004). Small pools are searched exhaustively, larger ones cell by cell: time and
    memory grow in proportion to the number of images.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
    n_neighbors : int
    progress : Progress

    Returns
    -------
    scipy.sparse.csr_array of shape (n, n), dtype float32
        Symmetric, without self-loops.
    """
    n_neighbors = min(n_neighbors, len(X) - 1)
    if n_neighbors < 1:
        return sparse.csr_array((len(X), len(X)), dtype=np.float32)
    neighbors, squares = nearest_neighbors(X, n_neighbors, progress)
    return graph_of_neighbors(neighbors, squares)


def graph_of_neighbors(neighbors: np.ndarray, squares: np.ndarray) -> sparse.csr_array:
    """The graph of neighbours that were found before, as ``nearest_neighbors`` gives them."""
    return _normalised(_weighted(neighbors, squares))


@one_thread()
def nearest_neighbors(
    X: np.ndarray, n_neighbors: int, progress: Progress = SILENT
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest other images of each image.

    Returns
    -------
    neighbors : ndarray of shape (n, n_neighbors), dtype int32
        Nearest first.
    squares : ndarray of shape (n, n_neighbors), dtype float32
        Squared Euclidean distances.
    """
    return _find(X, X, n_neighbors, progress)


@one_thread()
def nearest_in_pool(
    X: np.ndarray, X_new: np.ndarray, n_neighbors: int = N_NEIGHBORS, progress: Progress = SILENT
) -> tuple[np.ndarray, np.ndarray]:
    """The images of a pool nearest to each of other images, found as the graph's neighbours are.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
        The pool.
    X_new : ndarray of shape (m, n_features), dtype float32
    n_neighbors : int
        Fewer where the pool has no more.
    progress : Progress

    Returns
    -------
    neighbors : ndarray of shape (m, n_neighbors), dtype int32
        Places in the pool, nearest first.
    squares : ndarray of shape (m, n_neighbors), dtype float32
        Squared Euclidean distances.
    """
    return _find(X, X_new, min(n_neighbors, len(X)), progress)


@one_thread()
def neighbors_of(
    X: np.ndarray, images: np.ndarray, n_neighbors: int = N_NEIGHBORS
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest other images of a few images of the pool, searched exhaustively.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
        The pool.
    images : ndarray of shape (m,), dtype int64
        Places in it.
    n_neighbors : int
        Fewer where the pool has no more others.

    Returns
    -------
    neighbors, squares
        As ``nearest_in_pool`` gives them.
    """
    everything, n_neighbors = np.arange(len(X)), min(n_neighbors, len(X) - 1)
    parts = [_search(X, X, asked, [everything], n_neighbors)[1] for asked in _blocks(images)]
    neighbors, squares = (np.concatenate(part) for part in zip(*parts, strict=True))
    return neighbors, squares


def _find(
    X: np.ndarray, wanted: np.ndarray, n_neighbors: int, progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """Those of ``X`` nearest to each of ``wanted``; where both are one array, the others' only."""
    neighbors = np.empty((len(wanted), n_neighbors), dtype=np.int32)
    squares = np.empty((len(wanted), n_neighbors), dtype=np.float32)
    is_exact = len(X) <= EXACT_UP_TO
    search = _exact_search(X, wanted) if is_exact else _search_by_cell(X, wanted, n_neighbors)
    with progress.task("Finding neighbours", total=len(wanted)) as task:
        for asked, result in in_threads(
            lambda part: _search(X, wanted, *part, n_neighbors), search
        ):
            neighbors[asked], squares[asked] = result
            task.advance(len(asked))
    return neighbors, squares


_Search = Iterator[tuple[np.ndarray, list[np.ndarray]]]
"""A block of images, and where to look for their neighbours: the members of some cells."""


def _exact_search(X: np.ndarray, wanted: np.ndarray) -> _Search:
    everything = np.arange(len(X))
    return ((asked, [everything]) for asked in _blocks(np.arange(len(wanted))))


def _blocks(members: np.ndarray) -> Iterator[np.ndarray]:
    return (members[start : start + BLOCK] for start in range(0, len(members), BLOCK))


def _search_by_cell(X: np.ndarray, wanted: np.ndarray, n_neighbors: int) -> _Search:
    """What lies in a cell is looked for among the members of the cells nearest to it."""
    n_cells = len(X) // CELL
    rng = np.random.default_rng(0)
    sample = X[np.sort(rng.choice(len(X), min(len(X), 40 * n_cells), replace=False))]
    kmeans = KMeans(n_cells, init="random", n_init=1, max_iter=6, random_state=0).fit(sample)
    labels = kmeans.predict(X)
    sizes = np.bincount(labels, minlength=n_cells)
    members = _members(labels, n_cells)
    asking = members if wanted is X else _members(kmeans.predict(wanted), n_cells)
    centers = kmeans.cluster_centers_
    for cell in (number for number, images in enumerate(asking) if len(images)):
        order = np.argsort(((centers - centers[cell]) ** 2).sum(axis=1), kind="stable")
        enough = np.searchsorted(np.cumsum(sizes[order]), n_neighbors, side="right") + 1
        nearby = [members[c] for c in order[: max(PROBES, enough)]]
        yield from ((asked, nearby) for asked in _blocks(asking[cell]))


def _members(cells: np.ndarray, n_cells: int) -> list[np.ndarray]:
    """The images of each cell, ascending."""
    ends = np.cumsum(np.bincount(cells, minlength=n_cells))
    return np.split(np.argsort(cells, kind="stable"), ends[:-1])


def _search(
    X: np.ndarray,
    wanted: np.ndarray,
    asked: np.ndarray,
    nearby: list[np.ndarray],
    n_neighbors: int,
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    candidates = np.concatenate(nearby)
    offered = X[candidates]
    squares = (offered**2).sum(axis=1) - 2 * (wanted[asked] @ offered.T)
    if wanted is X:
        squares[candidates == asked[:, None]] = np.inf
    nearest = np.argpartition(squares, n_neighbors - 1, axis=1)[:, :n_neighbors]
    least = np.take_along_axis(squares, nearest, axis=1)
    order = np.argsort(least, axis=1, kind="stable")
    least = np.take_along_axis(least, order, axis=1) + (wanted[asked] ** 2).sum(axis=1)[:, None]
    neighbors = candidates[np.take_along_axis(nearest, order, axis=1)]
    return asked, (neighbors, np.maximum(least, 0))


def _weighted(neighbors: np.ndarray, squares: np.ndarray) -> sparse.csr_array:
    n, n_neighbors = neighbors.shape
    reach = np.sqrt(squares[:, min(SCALED_BY, n_neighbors) - 1]) + 1e-6
    weights = np.exp(-squares / (reach[:, None] * reach[neighbors]))
    starts = np.arange(0, n * n_neighbors + 1, n_neighbors)
    graph = sparse.csr_array((weights.ravel(), neighbors.ravel(), starts), shape=(n, n))
    return graph.maximum(graph.T).tocsr()


def _normalised(graph: sparse.csr_array) -> sparse.csr_array:
    sums = np.asarray(graph.sum(axis=1)).ravel()
    scale = sparse.diags_array(1 / np.sqrt(np.maximum(sums, 1e-12)))
    return sparse.csr_array(scale @ graph @ scale, dtype=np.float32)
