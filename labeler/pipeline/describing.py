"""Images turned into features by what these are called, alone or several side by side.

Each description learns from the pool alone. Joined, each gives vectors of one length, so that none
outweighs the others, whatever its numbers are.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

from labeler.config import RunConfig
from labeler.datasets.base import Split
from labeler.exceptions import ConfigError
from labeler.feature_names import AUTO, KERAS_PREFIX, is_embeddings, is_network, parts_of
from labeler.learning.features.joining import side_by_side
from labeler.learning.features.reduction import Reduction
from labeler.learning.networks import Network, network
from labeler.pipeline.fitting import fitted_extractor
from labeler.pipeline.looking import Seen, kept_vectors, look
from labeler.progress import SILENT, Progress

if TYPE_CHECKING:
    from labeler.learning.features import FeatureExtractor
    from labeler.learning.features.cache import FeatureCache

ReadRows = Callable[[Path, Split], np.ndarray]
"""Reads the vectors of some images from a file."""


class Description(Protocol):
    """Learns from a pool, then turns images into vectors."""

    def fit(self, pool: Split, progress: Progress = SILENT) -> Self:
        """Learn from the images of a pool."""

    def transform(self, images: Split, progress: Progress = SILENT) -> np.ndarray:
        """Vectors of shape (n, n_features), dtype float32."""

    @property
    def n_gone(self) -> int:
        """Images whose original was not there, so that something less was looked at."""


def description(
    config: RunConfig,
    cache: "FeatureCache | None" = None,
    *,
    read_rows: ReadRows | None = None,
    is_for_more: bool = False,
) -> Description:
    """What turns images into the features of a run.

    Parameters
    ----------
    config : RunConfig
    cache : FeatureCache, optional
        Where what was learned, and what networks saw, may lie and is left for the next time.
    read_rows : callable, optional
        Reads vectors of some images from a file; without it there are none.
    is_for_more : bool
        As for ``fitted_extractor``.

    Returns
    -------
    Description

    Raises
    ------
    ConfigError, InputError
        A network cannot be had.
    """
    parts = [
        _of_part(part, config, cache, read_rows, is_for_more) for part in parts_of(config.features)
    ]
    return parts[0] if len(parts) == 1 else Joined(parts)


class Extracted:
    """Features that are computed from the images as they are kept.

    Parameters
    ----------
    config : RunConfig
    cache : FeatureCache or None
    is_for_more : bool
        As for ``fitted_extractor``.
    """

    n_gone = 0

    def __init__(
        self, config: RunConfig, cache: "FeatureCache | None" = None, is_for_more: bool = False
    ) -> None:
        self._config = config
        self._cache = cache
        self._is_for_more = is_for_more
        self._learned: FeatureExtractor | None = None

    def fit(self, pool: Split, progress: Progress = SILENT) -> Self:
        """Learn from the images of a pool."""
        self._learned = fitted_extractor(
            pool.images, self._config, progress, self._cache, is_for_more=self._is_for_more
        )
        return self

    def transform(self, images: Split, progress: Progress = SILENT) -> np.ndarray:
        """Vectors of shape (n, n_features), dtype float32."""
        assert self._learned is not None
        return self._learned.transform(images.images, progress)


class SeenByNetwork:
    """What a network sees in the originals, as principal components on one scale.

    Parameters
    ----------
    network : Network
    n_components : int
    cache : FeatureCache or None
    """

    def __init__(
        self, network: Network, n_components: int, cache: "FeatureCache | None" = None
    ) -> None:
        self.n_gone = 0
        self._network = network
        self._reduction = Reduction(n_components)
        self._kept = None if cache is None else kept_vectors(cache, network)
        self._last: tuple[Split, Seen] | None = None

    def fit(self, pool: Split, progress: Progress = SILENT) -> Self:
        """Learn the components of what it sees in a pool."""
        self._reduction.fit(self._seen(pool, progress).vectors)
        return self

    def transform(self, images: Split, progress: Progress = SILENT) -> np.ndarray:
        """Vectors of shape (n, n_features), dtype float32."""
        if not len(images):
            return self._reduction.transform(np.empty((0, len(self._reduction.mean_)), np.float32))
        return self._reduction.transform(self._seen(images, progress).vectors)

    def _seen(self, images: Split, progress: Progress) -> Seen:
        if self._last is None or self._last[0] is not images:
            seen = look(images, self._network, self._kept, progress)
            self.n_gone += seen.n_gone
            self._last = images, seen
        return self._last[1]


class FromFile:
    """Vectors that were made elsewhere, as principal components on one scale.

    Parameters
    ----------
    path : Path
    n_components : int
    read_rows : callable or None
    """

    n_gone = 0

    def __init__(self, path: Path, n_components: int, read_rows: ReadRows | None) -> None:
        self._path = path
        self._reduction = Reduction(n_components)
        self._read_rows = read_rows

    def fit(self, pool: Split, progress: Progress = SILENT) -> Self:
        """Learn the components of the vectors of a pool."""
        self._reduction.fit(self._rows(pool))
        return self

    def transform(self, images: Split, progress: Progress = SILENT) -> np.ndarray:
        """Vectors of shape (n, n_features), dtype float32."""
        return self._reduction.transform(self._rows(images))

    def _rows(self, images: Split) -> np.ndarray:
        if self._read_rows is None:
            raise ConfigError(f"{self._path.name} has no vectors of images that are added.")
        return np.asarray(self._read_rows(self._path, images), dtype=np.float32)


class Joined:
    """Several descriptions side by side, each of one length.

    Parameters
    ----------
    parts : list of Description
    """

    def __init__(self, parts: list[Description]) -> None:
        self._parts = parts

    @property
    def n_gone(self) -> int:
        """Of the part that misses most."""
        return max(part.n_gone for part in self._parts)

    def fit(self, pool: Split, progress: Progress = SILENT) -> Self:
        """Have each learn from a pool."""
        for part in self._parts:
            part.fit(pool, progress)
        return self

    def transform(self, images: Split, progress: Progress = SILENT) -> np.ndarray:
        """Vectors of shape (n, n_features), dtype float32."""
        return side_by_side([part.transform(images, progress) for part in self._parts])


def _of_part(
    part: str,
    config: RunConfig,
    cache: "FeatureCache | None",
    read_rows: ReadRows | None,
    is_for_more: bool,
) -> Description:
    if part == AUTO:
        raise ValueError("auto is to be chosen before features are computed")
    if is_network(part):
        given = config.weights if part.startswith(KERAS_PREFIX) else None
        seen_by = network(part, None if given is None else Path(given))
        return SeenByNetwork(seen_by, config.n_components, cache)
    if is_embeddings(part):
        return FromFile(Path(part), config.n_components, read_rows)
    return Extracted(config.with_(features=part, weights=None), cache, is_for_more)
