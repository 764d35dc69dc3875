"""Images turned into features by what these are called, alone or several side by side.

Each description learns from the pool alone. Joined, each gives vectors of one length, so that none
outweighs the others, whatever its numbers are.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

from labeler.config import RunConfig
from labeler.datasets.base import Split
from labeler.exceptions import ConfigError
from labeler.feature_names import AUTO, KERAS_PREFIX, is_embeddings, is_network, parts_of
from labeler.learning.estimators import TellsState
from labeler.learning.features import FeatureExtractor, KeepsState, extractor
from labeler.learning.features.joining import side_by_side
from labeler.learning.features.reduction import Reduction
from labeler.learning.networks.process import NetworkApart
from labeler.pipeline.embedding_rows import FromFile, Rows
from labeler.pipeline.fitting import fitted_extractor, recipe
from labeler.pipeline.looking import Seen, kept_vectors, look
from labeler.progress import SILENT, Progress
from labeler.words import WARNING, counted

if TYPE_CHECKING:
    from labeler.learning.features.cache import FeatureCache


class Description(Protocol):
    """Learns from a pool, then turns images into vectors."""

    def look_ahead(self, parts: Sequence[Split], progress: Progress = SILENT) -> None:
        """Do now what learns nothing, for all images that will be asked about."""

    def fit(self, pool: Split, progress: Progress = SILENT) -> Self:
        """Learn from the images of a pool."""

    def transform(self, images: Split, progress: Progress = SILENT) -> np.ndarray:
        """Vectors of shape (n, n_features), dtype float32."""

    def relearned(self, pool: Split, rows: np.ndarray) -> np.ndarray:
        """Vectors of a whole pool by what some of its images teach, which is forgotten again."""

    def state(self) -> dict[str, np.ndarray]:
        """What was learned, as plain arrays by names that are parts of file names.

        Raises
        ------
        ConfigError
            Of what it learned, nothing can be told; or it has no vectors for other images.
        """

    def restore(self, state: Mapping[str, np.ndarray]) -> Self:
        """Know what another learned, in place of learning."""

    def signatures(self, progress: Progress = SILENT) -> dict[str, str]:
        """By the name of each network: all that what it sees depends on."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known of the vectors, once they are there."""


def description(
    config: RunConfig,
    cache: "FeatureCache | None" = None,
    *,
    rows: Rows | None = None,
    is_for_more: bool = False,
    keeps_open: bool = False,
) -> Description:
    """What turns images into the features of a run.

    Parameters
    ----------
    config : RunConfig
    cache : FeatureCache, optional
        Where what was learned, and what networks saw, may lie and is left for the next time.
    rows : Rows, optional
        Finds vectors in a file; without it there are none.
    is_for_more : bool
        As for ``fitted_extractor``.
    keeps_open : bool
        Whether networks stay open from one time to the next, as for ``NetworkApart``.

    Returns
    -------
    Description

    Raises
    ------
    ConfigError, InputError
        A network cannot be had.
    """
    parts = [
        _of_part(part, config, cache, rows, is_for_more, keeps_open)
        for part in parts_of(config.features)
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

    notes: tuple[str, ...] = ()

    def __init__(
        self, config: RunConfig, cache: "FeatureCache | None" = None, is_for_more: bool = False
    ) -> None:
        self._config = config
        self._cache = cache
        self._is_for_more = is_for_more
        self._learned: FeatureExtractor | None = None

    def look_ahead(self, parts: Sequence[Split], progress: Progress = SILENT) -> None:
        """There is nothing to do."""

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

    def relearned(self, pool: Split, rows: np.ndarray) -> np.ndarray:
        """Vectors of a whole pool by what some of its images teach.

        What takes long to learn and is little stays: patches that all images have, of which none
        is fitted to any image.
        """
        new = extractor(self._config.features, self._config.n_components)
        images, learned = pool.images[rows], self._learned
        if isinstance(new, KeepsState) and isinstance(learned, KeepsState):
            state = learned.state()
            core = {name: state[name] for name in new.core_names}
            return new.resume(images, core).transform(pool.images)
        return new.fit(images).transform(pool.images)

    def state(self) -> dict[str, np.ndarray]:
        """What was learned, as plain arrays."""
        if not isinstance(self._learned, TellsState):
            raise ConfigError(f"What the features {self._config.features} learned cannot be kept.")
        return self._learned.state()

    def restore(self, state: Mapping[str, np.ndarray]) -> Self:
        """Know what another learned, in place of learning."""
        untrained = extractor(self._config.features, self._config.n_components)
        if not isinstance(untrained, TellsState):
            raise ConfigError(f"What the features {self._config.features} learned cannot be kept.")
        self._learned = untrained.restore(state)
        return self

    def signatures(self, progress: Progress = SILENT) -> dict[str, str]:
        """There is no network."""
        return {}


class SeenByNetwork:
    """What a network sees in the originals, as principal components on one scale.

    Parameters
    ----------
    network : NetworkApart
    n_components : int
    cache : FeatureCache or None
    """

    def __init__(
        self, network: NetworkApart, n_components: int, cache: "FeatureCache | None" = None
    ) -> None:
        self._n_gone = 0
        self._network = network
        self._reduction = Reduction(n_components)
        self._cache = cache
        self._looked_at: list[tuple[Split, Seen]] = []

    def look_ahead(self, parts: Sequence[Split], progress: Progress = SILENT) -> None:
        """Look at all parts in one pass: a network takes seconds to start, and much memory."""
        with self._network.opened(progress) as network:
            kept = None if self._cache is None else kept_vectors(self._cache, network)
            seen = [look(images, network, kept, progress) for images in parts]
        self._looked_at = list(zip(parts, seen, strict=True))
        self._n_gone += sum(part.n_gone for part in seen)

    def fit(self, pool: Split, progress: Progress = SILENT) -> Self:
        """Learn the components of what it sees in a pool."""
        self._reduction.fit(self._seen(pool, progress).vectors)
        return self

    def transform(self, images: Split, progress: Progress = SILENT) -> np.ndarray:
        """Vectors of shape (n, n_features), dtype float32."""
        vectors = self._reduction.transform(self._seen(images, progress).vectors)
        if self._network.keeps_open:  # others come next; these may be large
            self._looked_at.clear()
        return vectors

    def relearned(self, pool: Split, rows: np.ndarray) -> np.ndarray:
        """Vectors of a whole pool by what some of its images teach."""
        seen = self._seen(pool, SILENT).vectors
        return Reduction(self._reduction.n_components).fit(seen[rows]).transform(seen)

    def state(self) -> dict[str, np.ndarray]:
        """What was learned, as plain arrays: the network is not among it."""
        return self._reduction.state()

    def restore(self, state: Mapping[str, np.ndarray]) -> Self:
        """Know what another learned, in place of learning."""
        self._reduction.restore(state)
        return self

    def signatures(self, progress: Progress = SILENT) -> dict[str, str]:
        """All that what the network sees depends on, by its name."""
        with self._network.opened(progress) as network:
            return {network.name: network.signature}

    @property
    def notes(self) -> tuple[str, ...]:
        """How many originals were not there."""
        return (_gone_note(self._n_gone),) if self._n_gone else ()

    def _seen(self, images: Split, progress: Progress) -> Seen:
        if not any(part is images for part, _ in self._looked_at):
            self.look_ahead([images], progress)
        return next(seen for part, seen in self._looked_at if part is images)


class Joined:
    """Several descriptions side by side, each of one length.

    Parameters
    ----------
    parts : list of Description
    """

    def __init__(self, parts: list[Description]) -> None:
        self._parts = parts

    @property
    def notes(self) -> tuple[str, ...]:
        """Of all of them."""
        return tuple(dict.fromkeys(note for part in self._parts for note in part.notes))

    def look_ahead(self, parts: Sequence[Split], progress: Progress = SILENT) -> None:
        """Have each do what learns nothing."""
        for part in self._parts:
            part.look_ahead(parts, progress)

    def fit(self, pool: Split, progress: Progress = SILENT) -> Self:
        """Have each learn from a pool."""
        for part in self._parts:
            part.fit(pool, progress)
        return self

    def transform(self, images: Split, progress: Progress = SILENT) -> np.ndarray:
        """Vectors of shape (n, n_features), dtype float32."""
        return side_by_side([part.transform(images, progress) for part in self._parts])

    def relearned(self, pool: Split, rows: np.ndarray) -> np.ndarray:
        """Vectors of a whole pool by what some of its images teach."""
        return side_by_side([part.relearned(pool, rows) for part in self._parts])

    def state(self) -> dict[str, np.ndarray]:
        """What was learned, as plain arrays: the number of the part comes first in each name."""
        return {
            f"{number}.{name}": array
            for number, part in enumerate(self._parts)
            for name, array in part.state().items()
        }

    def restore(self, state: Mapping[str, np.ndarray]) -> Self:
        """Have each know what another learned."""
        for number, part in enumerate(self._parts):
            own = f"{number}."
            part.restore(
                {name.removeprefix(own): state[name] for name in state if name.startswith(own)}
            )
        return self

    def signatures(self, progress: Progress = SILENT) -> dict[str, str]:
        """Of all networks among them."""
        return {
            name: signature
            for part in self._parts
            for name, signature in part.signatures(progress).items()
        }


def _of_part(
    part: str,
    config: RunConfig,
    cache: "FeatureCache | None",
    rows: Rows | None,
    is_for_more: bool,
    keeps_open: bool,
) -> Description:
    if part == AUTO:
        raise ValueError("auto is to be chosen before features are computed")
    if is_network(part):
        given = config.weights if part.startswith(KERAS_PREFIX) else None
        alone = config.with_(features=part, weights=given, files=None)
        weights = None if given is None else Path(given)
        if keeps_open:
            apart = NetworkApart(part, weights, keeps_open=True)
        else:
            apart = _made(NetworkApart, part, weights, recipe(alone))
        return SeenByNetwork(apart, config.n_components, cache)
    if is_embeddings(part):
        return FromFile(Path(part), config.n_components, rows)
    return Extracted(config.with_(features=part, weights=None, files=None), cache, is_for_more)


@lru_cache(maxsize=16)
def _made(
    make: Callable[[str, Path | None], NetworkApart],
    part: str,
    weights: Path | None,
    _recipe: str,
) -> NetworkApart:
    """A network, asked what it is once for all seeds: by its name, and by what its files hold."""
    return make(part, weights)


def _gone_note(n_gone: int) -> str:
    is_one = n_gone == 1
    return (
        f"{WARNING}{counted(n_gone, 'original')} {'is' if is_one else 'are'} not there any more, "
        f"or changed since {'it was' if is_one else 'they were'} read: small pictures were looked "
        "at in their place."
    )
