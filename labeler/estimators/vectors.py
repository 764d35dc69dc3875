"""Vectors about their mean, and the graph that joins them.

A graph is computed once for the same vectors: each round of questions looks at it again.
"""

import hashlib
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from labeler.learning.graph import N_NEIGHBORS, QUICK, neighbour_graph

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_lock = Lock()
_newest: dict[str, "csr_array"] = {}
"""One graph at most, by what it was made of."""


def centred(X: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Rows less a mean, in single precision.

    Distances are computed from products, which lose digits far from the origin.

    Parameters
    ----------
    X : ndarray of shape (n, n_features)
    mean : ndarray of shape (n_features,)

    Returns
    -------
    ndarray of shape (n, n_features), dtype float32
    """
    return np.ascontiguousarray(X - mean, dtype=np.float32)


def graph_of(X: np.ndarray, n_neighbors: int = N_NEIGHBORS) -> "csr_array":
    """What ``neighbour_graph`` finds with little effort, anew only if the vectors are others.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
    n_neighbors : int
    """
    content = hashlib.sha256(np.ascontiguousarray(X).data).hexdigest()
    key = f"{content} {X.shape} {n_neighbors}"
    with _lock:
        graph = _newest.get(key)
    if graph is None:
        graph = neighbour_graph(X, n_neighbors, effort=QUICK)
        with _lock:
            _newest.clear()
            _newest[key] = graph
    return graph


def forget_graphs() -> None:
    """Have the next graph computed, whatever was before: for who measures how long it takes."""
    with _lock:
        _newest.clear()
