"""A data set, made ready for a run: images turned into features.

Whatever looks at neighbours gets the pool's graph of them, too. Simulations and kept runs compute
all of it here, so that each finds in the cache what the other computed.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from labeler.config import RunConfig
from labeler.datasets.base import Dataset, Split
from labeler.feature_names import is_embeddings, is_network, parts_of
from labeler.learning.clustering import cluster
from labeler.learning.propagation import Evidence
from labeler.pipeline.fitting import hash_images, recipe
from labeler.progress import SILENT, Progress
from labeler.records import Answer, Clusters

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from labeler.learning.features.cache import FeatureCache

FEATURES, TEST_FEATURES = "features", "test.features"
"""What features of the pool and of the test part are called, wherever arrays have names."""

CLUSTER_ARRAYS = {
    part: f"clusters.{part}"
    for part in ("labels", "distances", "ranks", "sizes", "representatives", "centers")
}
"""The same of the arrays of ``Clusters``, by the field of each."""

NEIGHBOR_ARRAYS = ("test.neighbors", "test.squares")
"""The images of the pool nearest to each test image, and how far they are, squared."""

GRAPH_ARRAYS = {part: f"graph.{part}" for part in ("data", "indices", "indptr")}
"""The same of the arrays that make up a graph, by the attribute of each."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A pool and its test images, with their features.

    Attributes
    ----------
    classes : tuple of str
    pool : Split
    test : Split or None
        None where there is no ground truth to test with.
    X, X_test : ndarray of shape (n, n_features), dtype float32
        Features of both, learned from the pool alone; ``X_test`` is None where ``test`` is.
    graph : csr_array of shape (n, n), dtype float32, or None
        Nearest neighbours in the pool; None where nothing in the run looks at them.
    arrays : PoolArrays or None
        Where its clusters may lie from another time.
    notes : tuple of str
        What is to be known of its features.
    """

    classes: tuple[str, ...]
    pool: Split
    test: Split | None
    X: np.ndarray
    X_test: np.ndarray | None
    graph: "csr_array | None" = None
    arrays: "PoolArrays | None" = None
    notes: tuple[str, ...] = ()

    def cut(self, n_clusters: int, config: RunConfig, progress: Progress = SILENT) -> Clusters:
        """The pool, cut into clusters by the seed of ``config``."""
        if self.arrays is None:
            return compute_clusters(self.X, n_clusters, config, progress)
        return as_clusters(self.arrays.clusters(self.X, n_clusters, config, progress))

    def test_neighbors(self, progress: Progress = SILENT) -> tuple[np.ndarray, np.ndarray]:
        """The images of the pool nearest to each test image: see ``graph.nearest_in_pool``.

        Raises
        ------
        ValueError
            There is no test part.
        """
        from labeler.learning.graph import nearest_in_pool

        X_test = self.X_test
        if X_test is None:
            raise ValueError("without a test part nothing has neighbours in the pool")

        def compute() -> dict[str, np.ndarray]:
            nearest = nearest_in_pool(self.X, X_test, progress=progress)
            return dict(zip(NEIGHBOR_ARRAYS, nearest, strict=True))

        kept = compute() if self.arrays is None else self.arrays.once(NEIGHBOR_ARRAYS, compute)
        neighbors, squares = (kept[name] for name in NEIGHBOR_ARRAYS)
        return neighbors, squares

    def evidence(self, answers: Sequence[Answer], clusters: Clusters) -> Evidence:
        """What these answers may be spread by."""
        seen = self.pool.images, None if self.test is None else self.test.images
        return Evidence(answers, clusters, self.X, self.graph, len(self.classes), *seen)


@dataclass(frozen=True, eq=False)
class ImageNumbers:
    """Which images of a data set as it was read a run works on.

    Attributes
    ----------
    pool : ndarray of shape (n,), dtype int64
    test : ndarray of shape (m,), dtype int64, or None
        Images of the pool come first, then those of the test part.
    n_train, n_test : int
        Images of the data set as it was read.
    """

    pool: np.ndarray
    test: np.ndarray | None
    n_train: int
    n_test: int

    @classmethod
    def of(cls, dataset: Dataset, read: Dataset) -> "ImageNumbers":
        """The numbers of ``dataset``'s images in ``read``, which it was made from."""
        has_own_test = read.test is not None and read.test.is_labeled.any()
        offset = len(read.train) if has_own_test else 0
        return cls(
            dataset.train.positions,
            None if dataset.test is None else dataset.test.positions + offset,
            len(read.train),
            0 if read.test is None else len(read.test),
        )


def prepare(
    dataset: Dataset,
    config: RunConfig,
    progress: Progress = SILENT,
    *,
    numbers: ImageNumbers | None = None,
    cache: "FeatureCache | None" = None,
) -> Prepared:
    """Compute the features of a data set's pool and, if there is one, of its test part.

    Parameters
    ----------
    dataset : Dataset
        The pool, and the test part if there is one.
    config : RunConfig
        Which features, and whether a graph is needed.
    progress : Progress
        Told of each step.
    numbers : ImageNumbers, optional
        Where the images are rows in a file of embeddings; by default, ``dataset`` is all there
        is.
    cache : FeatureCache, optional
        Where features and graph may lie from another time, and are left for the next.

    Returns
    -------
    Prepared
        The images as vectors, with the graph that joins them if it is needed.

    Raises
    ------
    ConfigError, InputError
        The features cannot be had: see ``labeler.learning.features``.
    """
    arrays = PoolArrays(dataset, config, numbers or ImageNumbers.of(dataset, dataset), cache)
    features = arrays.features(progress)
    X = features[FEATURES]
    graph = graph_from(arrays.graph(X, progress)) if config.needs_graph else None
    X_test = features.get(TEST_FEATURES)
    return Prepared(
        dataset.classes, dataset.train, dataset.test, X, X_test, graph, arrays, arrays.notes
    )


class PoolArrays:
    """What is computed from a pool's images, by name: once for equal images, settings and code.

    Parameters
    ----------
    dataset : Dataset
        The pool as its ``train`` part.
    config : RunConfig
        How features are made.
    numbers : ImageNumbers
        Where the images are rows in a file of embeddings.
    cache : FeatureCache or None
        Where arrays may lie from another time, and are left for the next; None: nowhere.

    Attributes
    ----------
    notes : tuple of str
        What is to be known of the features, once they are computed.
    """

    def __init__(
        self,
        dataset: Dataset,
        config: RunConfig,
        numbers: ImageNumbers,
        cache: "FeatureCache | None",
    ) -> None:
        self.dataset = dataset
        self.config = config
        self.numbers = numbers
        self.cache = cache
        self.notes: tuple[str, ...] = ()

    @cached_property
    def key(self) -> str:
        """All that features and graph depend on: the images themselves, and the recipe."""
        return _key(self.dataset, self.config, self.numbers)

    def features(self, progress: Progress = SILENT) -> dict[str, np.ndarray]:
        """Features of the pool and, if there is one, of the test part.

        Those of which something is to be known are not left for the next time, nor is what is
        computed from them: it is said again.
        """
        names = [FEATURES] if self.dataset.test is None else [FEATURES, TEST_FEATURES]
        kept = None if self.cache is None else self.cache.load(self.key, names)
        if kept is not None:
            return kept
        found = compute_features(self.dataset, self.config, self.numbers, progress, self.cache)
        arrays = {FEATURES: found.X}
        if found.X_test is not None:
            arrays[TEST_FEATURES] = found.X_test
        self.notes = found.notes
        if self.cache is not None and not self.notes:
            self.cache.save(self.key, arrays)
        return arrays

    def graph(self, X: np.ndarray, progress: Progress = SILENT) -> dict[str, np.ndarray]:
        """The arrays that make up the graph of neighbours."""
        names = GRAPH_ARRAYS.values()
        return self.once(names, lambda: graph_arrays(compute_graph(X, progress)))

    def clusters(
        self, X: np.ndarray, n_clusters: int, config: RunConfig, progress: Progress = SILENT
    ) -> dict[str, np.ndarray]:
        """The arrays that make up so many clusters, by the seed of ``config``."""

        def compute() -> dict[str, np.ndarray]:
            return cluster_arrays(compute_clusters(X, n_clusters, config, progress))

        return self.once(CLUSTER_ARRAYS.values(), compute, cut_name(n_clusters, config))

    def share(self, files: Mapping[str, Path], cut: str = "") -> None:
        """Have arrays that are kept elsewhere, too, take room once; clusters by their ``cut``."""
        if self.cache is not None:
            self.cache.share(self.key + cut, files)

    def once(
        self,
        names: Collection[str],
        compute: Callable[[], dict[str, np.ndarray]],
        further: str = "",
    ) -> dict[str, np.ndarray]:
        """The arrays of those names, from another time if they are there.

        Parameters
        ----------
        names : collection of str
        compute : callable
        further : str
            What they depend on beside these images and their features.
        """
        if self.cache is None or self.notes:
            return compute()
        return self.cache.once(self.key + further, names, compute)


def cut_name(n_clusters: int, config: RunConfig) -> str:
    """Tells clusters of a pool from others of the same pool."""
    return f".{n_clusters}.{config.seed}"


def cluster_arrays(clusters: Clusters) -> dict[str, np.ndarray]:
    """The arrays that make up clusters, by name."""
    return {name: getattr(clusters, part) for part, name in CLUSTER_ARRAYS.items()}


def as_clusters(arrays: dict[str, np.ndarray]) -> Clusters:
    """The clusters that ``cluster_arrays`` took apart."""
    return Clusters(**{part: arrays[name] for part, name in CLUSTER_ARRAYS.items()})


def graph_arrays(graph: "csr_array") -> dict[str, np.ndarray]:
    """The arrays that make up a graph, by name."""
    return {name: getattr(graph, part) for part, name in GRAPH_ARRAYS.items()}


def graph_from(arrays: "dict[str, np.ndarray]") -> "csr_array":
    """The graph that ``graph_arrays`` took apart."""
    from scipy.sparse import csr_array

    data, indices, indptr = (arrays[name] for name in GRAPH_ARRAYS.values())
    n_images = len(indptr) - 1
    return csr_array((data, indices, indptr), shape=(n_images, n_images))


class Features(NamedTuple):
    """A pool and its test part as vectors.

    Attributes
    ----------
    X, X_test : ndarray of shape (n, n_features), dtype float32
        ``X_test`` is None without a test part.
    notes : tuple of str
        What is to be known of them.
    """

    X: np.ndarray
    X_test: np.ndarray | None
    notes: tuple[str, ...]


def compute_features(
    dataset: Dataset,
    config: RunConfig,
    numbers: ImageNumbers,
    progress: Progress = SILENT,
    cache: "FeatureCache | None" = None,
) -> Features:
    """Features of the pool and, if there is one, of the test part; learned from the pool alone."""
    # scikit-learn: seconds that no page should wait for
    from labeler.pipeline.describing import description
    from labeler.pipeline.embedding_rows import EmbeddingRows

    order = None if config.files is None else Path(config.files)
    described = description(config, cache, rows=EmbeddingRows(dataset, numbers, order))
    test = dataset.test
    described.look_ahead([dataset.train] if test is None else [dataset.train, test], progress)
    X = described.fit(dataset.train, progress).transform(dataset.train, progress)
    X_test = None if test is None else described.transform(test, progress)
    return Features(X, X_test, described.notes)


def compute_graph(X: np.ndarray, progress: Progress = SILENT) -> "csr_array":
    """The pool's graph of nearest neighbours."""
    from labeler.learning.graph import neighbour_graph

    return neighbour_graph(X, progress=progress)


def compute_clusters(
    X: np.ndarray, n_clusters: int, config: RunConfig, progress: Progress = SILENT
) -> Clusters:
    """The pool, cut into clusters by the seed of ``config``."""
    return cluster(X, n_clusters, config.rng("clusters"), progress)


def _key(dataset: Dataset, config: RunConfig, numbers: ImageNumbers) -> str:
    """Everything that features and graph depend on: the images themselves, and the recipe."""
    digest = hashlib.sha256(recipe(config).encode())
    parts = parts_of(config.features)
    for split, places in ((dataset.train, numbers.pool), (dataset.test, numbers.test)):
        if split is None or places is None:
            continue
        hash_images(digest, split.images)
        if split.pictures is not None and any(map(is_network, parts)):
            digest.update(np.ascontiguousarray(split.pictures.hashes).data)
        if any(map(is_embeddings, parts)):
            digest.update(np.ascontiguousarray(places).data)
    return digest.hexdigest()
