"""What a run is asked to do, validated once, before any work."""

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any
from zlib import crc32

from labeler.exceptions import ConfigError

if TYPE_CHECKING:
    from numpy.random import Generator

CLASSIFIERS = ("logistic", "nn")
FEATURES = ("pixels",)


@dataclass(frozen=True)
class RunConfig:
    """One labeling effort, explicit in every part.

    Attributes
    ----------
    n_labels : int
        Budget: answers we may ask for. Also the number of clusters.
    fractions : tuple of float
        Shares of each cluster, nearest to the centroid first, that receive the label of its
        representative; each above 0 and at most 1.
    features : str
        How images become vectors, one of ``FEATURES``.
    n_components : int
        Principal components the features are reduced to, where there are more.
    classifier : str
        One of ``CLASSIFIERS``.
    error_rate : float
        Share of the oracle's answers that are wrong, 0 to 1.
    seed : int
        The one seed that everything random in the run is drawn from.

    Raises
    ------
    ConfigError
        A setting is out of range.
    """

    n_labels: int = 100
    fractions: tuple[float, ...] = (0.2, 0.7, 1.0)
    features: str = "pixels"
    n_components: int = 200
    classifier: str = "logistic"
    error_rate: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        _require(self.n_labels >= 1, "n_labels", self.n_labels, "at least 1")
        _require_choice("features", self.features, FEATURES)
        _require_choice("classifier", self.classifier, CLASSIFIERS)
        for fraction in self.fractions:
            _require(0 < fraction <= 1, "fractions", fraction, "above 0 and at most 1")
        _require(self.n_components >= 1, "n_components", self.n_components, "at least 1")
        _require(0 <= self.error_rate <= 1, "error_rate", self.error_rate, "from 0 to 1")
        _require(self.seed >= 0, "seed", self.seed, "0 or more")

    def rng(self, purpose: str) -> "Generator":
        """A generator for one ``purpose``, drawn from the run's seed.

        Each purpose has a stream of its own, so that one step drawing more numbers than before
        changes nothing in another.
        """
        from numpy.random import default_rng

        return default_rng([self.seed, crc32(purpose.encode())])

    def with_(self, **changes: Any) -> "RunConfig":
        """The same settings with ``changes``, validated again."""
        return replace(self, **changes)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


def _require(holds: bool, setting: str, value: float, wanted: str) -> None:
    if not holds or not math.isfinite(value):
        raise ConfigError(f"{setting} is {value}; it must be {wanted}.")


def _require_choice(setting: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ConfigError(f"{setting} is {value!r}; it must be one of {', '.join(choices)}.")


PRESETS: dict[str, RunConfig] = {
    "classic": RunConfig(),
}
"""Named combinations: ``classic`` is the published experiment (pixels, k-means, the image
nearest each centroid, propagation inside clusters)."""


def preset(name: str) -> RunConfig:
    """The settings of the preset ``name``.

    Raises
    ------
    ConfigError
        There is no preset of that name.
    """
    _require_choice("preset", name, tuple(PRESETS))
    return PRESETS[name]
