"""A run's arrays: immutable once it is prepared, so they are mapped from disk and kept."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from labeler.pipeline.preparation import CLUSTER_ARRAYS, GRAPH_ARRAYS, as_clusters, graph_from
from labeler.records import Clusters
from labeler.workflow.workspace import Workspace

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def clusters_from(ws: Workspace, artefacts: Mapping[str, str]) -> Clusters:
    """Clusters by the names of their arrays; their images are places in the pool."""
    return _load_clusters(ws, tuple(artefacts[name] for name in CLUSTER_ARRAYS.values()))


def graph_of(ws: Workspace, artefacts: Mapping[str, str]) -> "csr_array":
    """A graph by the names of its arrays; its images are places in the pool."""
    return _load_graph(ws, tuple(artefacts[name] for name in GRAPH_ARRAYS.values()))


def neighbours_of(ws: Workspace, artefacts: Mapping[str, str], place: int) -> np.ndarray:
    """Places in the pool of an image's neighbours, the nearest first; SciPy is not needed."""
    data, indices, indptr = (ws.array(artefacts[name]) for name in GRAPH_ARRAYS.values())
    row = slice(indptr[place], indptr[place + 1])
    return np.asarray(indices[row])[np.argsort(-data[row], kind="stable")]


def members_of(ws: Workspace, artefacts: Mapping[str, str], cluster: int) -> np.ndarray:
    """Places in the pool of one cluster's images, the nearest to its centroid first."""
    order, firsts = _members(
        ws, artefacts[CLUSTER_ARRAYS["labels"]], artefacts[CLUSTER_ARRAYS["ranks"]]
    )
    return order[firsts[cluster] : firsts[cluster + 1]]


@lru_cache(maxsize=16)
def _load_clusters(ws: Workspace, references: tuple[str, ...]) -> Clusters:
    arrays = [np.asarray(ws.array(reference)) for reference in references]
    return as_clusters(dict(zip(CLUSTER_ARRAYS.values(), arrays, strict=True)))


@lru_cache(maxsize=4)
def _load_graph(ws: Workspace, references: tuple[str, ...]) -> "csr_array":
    arrays = [np.asarray(ws.array(reference)) for reference in references]
    return graph_from(dict(zip(GRAPH_ARRAYS.values(), arrays, strict=True)))


@lru_cache(maxsize=16)
def _members(ws: Workspace, labels: str, ranks: str) -> tuple[np.ndarray, np.ndarray]:
    of_cluster = ws.array(labels)
    order = np.lexsort((ws.array(ranks), of_cluster))
    sizes = np.bincount(of_cluster)
    return order, np.concatenate([[0], np.cumsum(sizes)])
