"""The neighbour graph: each image joined to the few most like it, never to all."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from threading import local

import numpy as np
from scipy import sparse
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances_argmin

from labeler.learning.least import DEPTH, least_of_rows
from labeler.learning.threads import in_blocks, in_threads, one_thread
from labeler.progress import SILENT, Progress, Task

N_NEIGHBORS = 10

SCALED_BY = 7
"""Which nearest neighbour gives the local scale."""

EXACT_UP_TO = 12_000
"""Pools up to here are searched exhaustively, in blocks of rows."""


@dataclass(frozen=True)
class Effort:
    """How a large pool is searched cell by cell.

    Attributes
    ----------
    cell : int
        Images in a cell, on average.
    probes : int
        Cells searched for the neighbours of one cell's images.
    sample : int
        Images that a cell is learned from, on average.
    n_iter : int
        Iterations of k-means on these.
    """

    cell: int
    probes: int
    sample: int
    n_iter: int


THOROUGH = Effort(cell=250, probes=16, sample=40, n_iter=6)
"""On Fashion-MNIST, 97 in 100 of the true neighbours are found so (``benchmarks/graph.py``)."""

QUICK = Effort(cell=125, probes=12, sample=10, n_iter=3)
"""90 in 100, with three eighths of the distances; labels spread over them are as often right
(``benchmarks/label_spreading.py``)."""

BLOCK = 250
"""Images whose distances are held at once on each core."""

NEW_AT_ONCE = 8_192
"""Images of no pool that are looked at together: whoever looks at many does so in such blocks."""


@one_thread()
def neighbour_graph(
    X: np.ndarray,
    n_neighbors: int = N_NEIGHBORS,
    progress: Progress = SILENT,
    effort: Effort = THOROUGH,
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
    effort : Effort
        Of the search in a large pool.

    Returns
    -------
    scipy.sparse.csr_array of shape (n, n), dtype float32
        Symmetric, without self-loops.
    """
    n_neighbors = min(n_neighbors, len(X) - 1)
    if n_neighbors < 1:
        return sparse.csr_array((len(X), len(X)), dtype=np.float32)
    neighbors, squares = nearest_neighbors(X, n_neighbors, progress, effort)
    return graph_of_neighbors(neighbors, squares)


def graph_of_neighbors(neighbors: np.ndarray, squares: np.ndarray) -> sparse.csr_array:
    """The graph of neighbours that were found before, as ``nearest_neighbors`` gives them."""
    return _normalised(_weighted(neighbors, squares))


@one_thread()
def nearest_neighbors(
    X: np.ndarray, n_neighbors: int, progress: Progress = SILENT, effort: Effort = THOROUGH
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest other images of each image; parameters as of ``neighbour_graph``.

    Returns
    -------
    neighbors : ndarray of shape (n, n_neighbors), dtype int32
        Nearest first.
    squares : ndarray of shape (n, n_neighbors), dtype float32
        Squared Euclidean distances.
    """
    found = _nothing_found(len(X), n_neighbors)
    if len(X) <= EXACT_UP_TO:
        search = _exact_search(X, X)
    else:
        cells = _cut(X, effort)
        search = _search_by_cell(cells, cells.members, n_neighbors, effort.probes)
    with progress.task("Finding neighbours", total=len(X)) as task:
        _fill(found, X, X, search, task)
    return found


def nearest_in_pool(
    X: np.ndarray, X_new: np.ndarray, n_neighbors: int = N_NEIGHBORS, progress: Progress = SILENT
) -> tuple[np.ndarray, np.ndarray]:
    """The images of a pool nearest to each of other images, found as the graph's neighbours are.

    Parameters and results as of ``PoolIndex.nearest``, with ``X`` as the pool.
    """
    return PoolIndex(X).nearest(X_new, n_neighbors, progress)


class PoolIndex:
    """A pool, ready to be searched for the images nearest to others, again and again.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
        The pool; kept as it is, not copied.
    cells : Cells, optional
        How it was cut another time; by default it is cut now, always in the same way. A small pool
        is searched exhaustively and has none.
    """

    def __init__(self, X: np.ndarray, cells: "Cells | None" = None) -> None:
        self.X = X
        self.cells = _cut(X) if cells is None and len(X) > EXACT_UP_TO else cells

    def __len__(self) -> int:
        return len(self.X)

    @one_thread()
    def nearest(
        self, X_new: np.ndarray, n_neighbors: int = N_NEIGHBORS, progress: Progress = SILENT
    ) -> tuple[np.ndarray, np.ndarray]:
        """The images of the pool nearest to each of other images.

        Searched ``NEW_AT_ONCE`` at a time, so that images which come in blocks of as many have the
        very distances that they have all at once.

        Parameters
        ----------
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
        neighbors, squares = found = _nothing_found(len(X_new), min(n_neighbors, len(self.X)))
        with progress.task("Finding neighbours", total=len(X_new)) as task:
            for start in range(0, len(X_new), NEW_AT_ONCE):
                block = slice(start, start + NEW_AT_ONCE)
                search = self._search(X_new[block], neighbors.shape[1])
                _fill((neighbors[block], squares[block]), self.X, X_new[block], search, task)
        return found

    def _search(self, wanted: np.ndarray, n_neighbors: int) -> "_Search":
        if self.cells is None:
            return _exact_search(self.X, wanted)
        return _search_by_cell(self.cells, self.cells.of(wanted), n_neighbors)


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
    lengths, room = _square_lengths(X), _Room()
    parts = [
        _search(X, lengths, X, asked, [everything], n_neighbors, room) for asked in _blocks(images)
    ]
    neighbors, squares = (np.concatenate(part) for part in zip(*parts, strict=True))
    return neighbors, squares


_Found = tuple[np.ndarray, np.ndarray]


def _nothing_found(n_wanted: int, n_neighbors: int) -> _Found:
    """Room for the neighbours of so many images, and for their squared distances."""
    shape = (n_wanted, n_neighbors)
    return np.empty(shape, dtype=np.int32), np.empty(shape, dtype=np.float32)


def _fill(found: _Found, X: np.ndarray, wanted: np.ndarray, search: "_Search", task: Task) -> None:
    """Write what a search finds where it belongs."""
    neighbors, squares = found
    n_neighbors = neighbors.shape[1]
    lengths, room = _square_lengths(X), _Room()
    for asked, result in in_threads(
        lambda part: (part[0], _search(X, lengths, wanted, *part, n_neighbors, room)), search
    ):
        neighbors[asked], squares[asked] = result
        task.advance(len(asked))


_Search = Iterator[tuple[np.ndarray, list[np.ndarray]]]
"""Some images, and where to look for their neighbours: the members of some cells."""


def _exact_search(X: np.ndarray, wanted: np.ndarray) -> _Search:
    everything = np.arange(len(X))
    return ((asked, [everything]) for asked in _blocks(np.arange(len(wanted))))


def _blocks(members: np.ndarray) -> Iterator[np.ndarray]:
    return (members[start : start + BLOCK] for start in range(0, len(members), BLOCK))


@dataclass(frozen=True, eq=False)
class Cells:
    """A pool, cut into cells of images that lie together.

    Attributes
    ----------
    centers : ndarray of shape (n_cells, n_features), dtype float32
    labels : ndarray of shape (n,), dtype int32
        The cell of each image of the pool.
    """

    centers: np.ndarray
    labels: np.ndarray

    @cached_property
    def members(self) -> list[np.ndarray]:
        """The images of each cell, ascending."""
        return _members(self.labels, len(self.centers))

    def of(self, wanted: np.ndarray) -> list[np.ndarray]:
        """The same of other images, each in the cell whose centre is nearest."""
        nearest = pairwise_distances_argmin(wanted, self.centers)
        return _members(nearest, len(self.centers))


@one_thread()
def _cut(X: np.ndarray, effort: Effort = THOROUGH) -> Cells:
    """Cells of so many images, on average."""
    n_cells = len(X) // effort.cell
    rng = np.random.default_rng(0)
    sample = X[np.sort(rng.choice(len(X), min(len(X), effort.sample * n_cells), replace=False))]
    kmeans = KMeans(n_cells, init="random", n_init=1, max_iter=effort.n_iter, random_state=0)
    kmeans.fit(sample)
    return Cells(
        kmeans.cluster_centers_, np.concatenate(list(in_blocks(kmeans.predict, X, NEW_AT_ONCE)))
    )


def _search_by_cell(
    cells: Cells, asking: list[np.ndarray], n_neighbors: int, probes: int = THOROUGH.probes
) -> _Search:
    """What lies in a cell is looked for among the members of the cells nearest to it."""
    centers, members = cells.centers, cells.members
    sizes = np.bincount(cells.labels, minlength=len(centers))
    for cell in (number for number, images in enumerate(asking) if len(images)):
        order = np.argsort(((centers - centers[cell]) ** 2).sum(axis=1), kind="stable")
        enough = np.searchsorted(np.cumsum(sizes[order]), n_neighbors, side="right") + 1
        nearby = [members[c] for c in order[: max(probes, enough)]]
        yield asking[cell], nearby


def _members(cells: np.ndarray, n_cells: int) -> list[np.ndarray]:
    """The images of each cell, ascending."""
    ends = np.cumsum(np.bincount(cells, minlength=n_cells))
    return np.split(np.argsort(cells, kind="stable"), ends[:-1])


def _square_lengths(X: np.ndarray) -> np.ndarray:
    """Of each image's vector: once for all searches, in the memory that a few take."""
    starts = range(0, len(X), NEW_AT_ONCE)
    return np.concatenate([(X[start : start + NEW_AT_ONCE] ** 2).sum(axis=1) for start in starts])


class _Room(local):
    """Memory that one block after another is computed in, of each thread its own."""

    def __init__(self) -> None:
        self._kept: dict[str, np.ndarray] = {}

    def of(self, name: str, *shape: int) -> np.ndarray:
        """An array of this shape, dtype float32, with whatever was there before."""
        size = math.prod(shape)
        if name not in self._kept or len(self._kept[name]) < size:
            self._kept[name] = np.empty(size, dtype=np.float32)
        return self._kept[name][:size].reshape(shape)


def _search(
    X: np.ndarray,
    lengths: np.ndarray,
    wanted: np.ndarray,
    asking: np.ndarray,
    nearby: list[np.ndarray],
    n_neighbors: int,
    room: _Room,
) -> _Found:
    """The nearest of some images to those that ask, a few of which are compared at once."""
    candidates = nearby[0] if len(nearby) == 1 else np.concatenate(nearby)
    n, n_features = len(candidates), X.shape[1]
    offered = X
    if len(nearby) > 1 or n < len(X):
        offered = X.take(candidates, axis=0, out=room.of("offered", n, n_features), mode="clip")
    order = np.argsort(candidates, kind="stable") if wanted is X else None
    found = _nothing_found(len(asking), n_neighbors)
    for start in range(0, len(asking), BLOCK):
        asked = asking[start : start + BLOCK]
        vectors, squares = wanted[asked], room.of("squares", len(asked), -(-n // DEPTH) * DEPTH)
        squares[:, n:] = np.inf
        compared = squares[:, :n]
        np.matmul(-2 * vectors, offered.T, out=compared)
        compared += lengths[candidates]
        if order is not None:  # nobody is a neighbour of itself
            itself = order[np.searchsorted(candidates, asked, sorter=order)]
            compared[np.arange(len(asked)), itself] = np.inf
        nearest, least = least_of_rows(squares, n_neighbors)
        least += (vectors**2).sum(axis=1)[:, None]
        found[0][start : start + BLOCK] = candidates[nearest]
        found[1][start : start + BLOCK] = np.maximum(least, 0)
    return found


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
