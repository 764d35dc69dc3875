"""The same picture more than once, and pictures that hardly differ; never all pairs of a pool.

Whether two neighbours are nearly the same is told by what is usual around them: neighbours in a
crowd of trousers are close as a matter of course. So their distance is divided by those to other
neighbours, as the graph's weights do it, and their pixels have to agree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from labeler.learning.graph import N_NEIGHBORS, SCALED_BY, nearest_neighbors
from labeler.learning.odd.measures import grey, halved
from labeler.learning.threads import in_threads, one_thread
from labeler.progress import SILENT, Progress

CLOSE = 0.4
"""Distance of two images, beside the distances of both to their seventh neighbours, up to which
they are nearly the same. On Fashion-MNIST 85 pairs are closer, of 299,149 neighbours; at 0.5, where
other goods of one kind come in, 251."""

AGREE = 0.8
"""Correlation of the pixels of such a pair, at least: features may take two things for one."""

SAME = 0.995
"""Correlation from where on two neighbours are nearly the same whatever lies around them: of a
film, all neighbours of a frame are close."""

SIDE = 32
"""Pixels along the longer side, at most, at which pixels are compared."""

_BLOCK = 8192


@dataclass(frozen=True, eq=False)
class LookAlikes:
    """Sets of images that are the same, or nearly.

    Attributes
    ----------
    sets : ndarray of shape (n,), dtype int64
        The set of each image; -1 where it is like no other.
    likeness : ndarray of shape (n,), dtype float32
        Correlation with the image of its set that is most like it; 1 where that is the same.
    is_same : ndarray of shape (n,), dtype bool
        Whether all images of its set are the same.
    """

    sets: np.ndarray
    likeness: np.ndarray
    is_same: np.ndarray


@one_thread()
def find_look_alikes(
    images: np.ndarray,
    X: np.ndarray,
    graph: csr_array | None = None,
    leave_out: np.ndarray | None = None,
    progress: Progress = SILENT,
) -> LookAlikes:
    """Find the images that are the same or nearly, among the neighbours of each.

    Parameters
    ----------
    images : ndarray of shape (n, height, width) or (n, height, width, 3), dtype uint8
    X : ndarray of shape (n, n_features), dtype float32
    graph : csr_array of shape (n, n), or None
        Its neighbours are compared; without one, they are found first.
    leave_out : ndarray of shape (n,), dtype bool, or None
        Images that are compared with none, such as blank ones.
    progress : Progress

    Returns
    -------
    LookAlikes
        Time and memory grow in proportion to the number of images.
    """
    out = np.zeros(len(images), dtype=bool) if leave_out is None else leave_out
    first = _first_same(images)
    i, j, nearness = _neighbours(X, graph, progress)
    ahead = (i < j) & ~out[i] & ~out[j]
    i, j, nearness = i[ahead], j[ahead], nearness[ahead]
    likeness = _correlations(_small(images), i, j)
    alike = ((nearness <= CLOSE) & (likeness >= AGREE)) | (likeness >= SAME)
    again = np.flatnonzero((first != np.arange(len(images))) & ~out)
    i, j = np.concatenate([i[alike], first[again]]), np.concatenate([j[alike], again])
    likeness = np.concatenate([likeness[alike], np.ones(len(again), dtype=np.float32)])
    return _sets(first, i, j, likeness)


def _first_same(images: np.ndarray) -> np.ndarray:
    """The first image with the pixels of each; shape (n,)."""
    seen: dict[bytes, int] = {}
    digests = (blake2b(image.tobytes(), digest_size=16).digest() for image in images)
    return np.array([seen.setdefault(key, place) for place, key in enumerate(digests)], np.int64)


def _neighbours(
    X: np.ndarray, graph: csr_array | None, progress: Progress
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of neighbours, each both ways, and how near they are beside what is usual there."""
    n, n_neighbors = len(X), min(N_NEIGHBORS, len(X) - 1)
    if n_neighbors < 1:
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing, np.empty(0, dtype=np.float32)
    if graph is None:
        found, _ = nearest_neighbors(X, n_neighbors, progress)
        starts, j = np.arange(n + 1) * n_neighbors, found.ravel().astype(np.int64)
    else:
        starts, j = graph.indptr.astype(np.int64), graph.indices.astype(np.int64)
    i = np.repeat(np.arange(n), np.diff(starts))
    distances = _distances(X, i, j)
    ordered = distances[np.lexsort((distances, i))]
    counts = np.diff(starts)
    usual = np.full(n, np.inf, dtype=np.float32)
    has_any = counts > 0
    seventh = starts[:-1] + np.minimum(SCALED_BY, counts) - 1
    usual[has_any] = ordered[seventh[has_any]]
    tiny = np.finfo(np.float32).tiny
    return i, j, distances / np.maximum(np.sqrt(usual[i] * usual[j]), tiny)


def _blocks(n: int) -> Iterator[slice]:
    return (slice(start, start + _BLOCK) for start in range(0, n, _BLOCK))


def _distances(X: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    def of(block: slice) -> np.ndarray:
        apart = X[i[block]] - X[j[block]]
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", apart, apart)))

    return np.concatenate([np.empty(0, np.float32), *in_threads(of, _blocks(len(i)))])


def _small(images: np.ndarray) -> np.ndarray:
    """Images in grey, at most ``SIDE`` pixels long; shape (n, n_pixels), dtype uint8."""
    by = -(-max(images.shape[1:3]) // SIDE)

    def of(block: slice) -> np.ndarray:
        levels = grey(np.asarray(images[block]))
        reduced = halved(levels, by) if min(levels.shape[1:]) >= by else levels
        return np.asarray(reduced.round().astype(np.uint8).reshape(len(levels), -1))

    return np.concatenate(list(in_threads(of, _blocks(len(images)))))


def _correlations(small: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    def of(block: slice) -> np.ndarray:
        a, b = _centred(small[i[block]]), _centred(small[j[block]])
        norms = np.sqrt(np.einsum("ij,ij->i", a, a) * np.einsum("ij,ij->i", b, b))
        return np.asarray(np.einsum("ij,ij->i", a, b) / np.maximum(norms, 1e-6))

    return np.concatenate([np.empty(0, np.float32), *in_threads(of, _blocks(len(i)))])


def _centred(pixels: np.ndarray) -> np.ndarray:
    levels = pixels.astype(np.float32)
    return np.asarray(levels - levels.mean(axis=1, keepdims=True))


def _sets(first: np.ndarray, i: np.ndarray, j: np.ndarray, likeness: np.ndarray) -> LookAlikes:
    n = len(first)
    joined = coo_array((np.ones(len(i), dtype=np.int8), (i, j)), shape=(n, n))
    n_sets, sets = connected_components(joined, directed=False)
    sizes = np.bincount(sets, minlength=n_sets)
    best = np.zeros(n, dtype=np.float32)
    np.maximum.at(best, i, likeness)
    np.maximum.at(best, j, likeness)
    least, most = np.full(n_sets, n), np.full(n_sets, -1)
    np.minimum.at(least, sets, first)
    np.maximum.at(most, sets, first)
    is_several = sizes[sets] > 1
    return LookAlikes(
        np.where(is_several, sets, -1).astype(np.int64), best, is_several & (least == most)[sets]
    )
