"""What a run is asked to do, validated once, before any work."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any
from zlib import crc32

from labeler.exceptions import ConfigError
from labeler.feature_names import AUTO, require_features
from labeler.plugins import CLASSIFIERS, PLANS, PROPAGATIONS, Plan

if TYPE_CHECKING:
    from numpy.random import Generator

DISTORTIONS = ("auto", "weak", "strong")
FEWEST_AHEAD, SHARE_AHEAD, MOST_AHEAD = 5, 0.1, 0.25
FEWEST_IN_ROUND = 10


@dataclass(frozen=True)
class RunConfig:
    """One labeling effort, explicit in every part.

    Attributes
    ----------
    n_labels : int
        Budget: answers we may ask for.
    fractions : tuple of float
        Shares of each cluster, nearest to the centroid first, that receive the label of its
        representative; each above 0 and at most 1.
    features : str
        How images become vectors; see ``labeler.feature_names``. What a run keeps is never
        ``auto``: that is chosen when the run is made.
    weights : str or None
        File with the weights of a ``keras:`` network; None: those of ImageNet, from Keras.
    files : str or None
        File with the file names of the rows of an ``.npy`` file, in their order; None: that of
        the data set.
    n_components : int
        Principal components that each part of the features is reduced to, where there are more.
    strategy : str
        Which images are asked about, one of ``plugins.PLANS``: one image for each of as many
        clusters as there are labels to ask for; or, in two phases, for each of half as many, then
        images chosen by the answers so far. ``representatives`` with ``uncertain`` is called
        ``two-phase``.
    n_rounds : int
        In how many rounds the second phase asks, at most: each is chosen by all answers before.
        Rounds of fewer than 10 questions are not made.
    propagation : str
        How answers are spread, one of ``plugins.PROPAGATIONS``: inside clusters by fraction, or
        such as over the graph of nearest neighbours by confidence.
    distortions : str
        How images are distorted that a net learns from, where the propagation has one: ``weak``,
        ``strong``, or ``auto``, as the images themselves say.
    threshold : float
        Labels spread by confidence with less than this are left out, 0 to 1.
    classifier : str
        One of ``plugins.CLASSIFIERS``.
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
    weights: str | None = None
    files: str | None = None
    n_components: int = 200
    strategy: str = "representatives"
    n_rounds: int = 1
    propagation: str = "cluster"
    distortions: str = "auto"
    threshold: float = 0.0
    classifier: str = "logistic"
    error_rate: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        _require(self.n_labels >= 1, "n_labels", self.n_labels, "at least 1")
        require_features(self.features, self.weights, self.files)
        _require_choice("strategy", self.strategy, PLANS)
        _require(self.n_rounds >= 1, "n_rounds", self.n_rounds, "at least 1")
        _require_choice("propagation", self.propagation, PROPAGATIONS)
        _require_choice("distortions", self.distortions, DISTORTIONS)
        _require(0 <= self.threshold <= 1, "threshold", self.threshold, "from 0 to 1")
        _require_choice("classifier", self.classifier, CLASSIFIERS)
        for fraction in self.fractions:
            _require(0 < fraction <= 1, "fractions", fraction, "above 0 and at most 1")
        _require(self.n_components >= 1, "n_components", self.n_components, "at least 1")
        _require(0 <= self.error_rate <= 1, "error_rate", self.error_rate, "from 0 to 1")
        _require(self.seed >= 0, "seed", self.seed, "0 or more")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "RunConfig":
        """What ``as_dict`` gave, perhaps by way of JSON, perhaps of an older Labeler.

        A setting that did not exist then has its default, which is what was done then.
        """
        known = {field.name for field in fields(cls)} & set(values)
        chosen = {name: values[name] for name in known}
        return cls(**{**chosen, "fractions": tuple(values.get("fractions", cls.fractions))})

    @property
    def plan(self) -> Plan:
        """Which strategy asks first, and which later."""
        return PLANS[self.strategy]

    @property
    def n_first(self) -> int:
        """Questions of the first phase, each for a cluster: the number of clusters."""
        return self.n_labels if self.plan.later is None else (self.n_labels + 1) // 2

    @property
    def n_second_rounds(self) -> int:
        """How many rounds the second phase has."""
        if self.plan.later is None:
            return 0
        most = max((self.n_labels - self.n_first) // FEWEST_IN_ROUND, 1)
        return min(self.n_rounds, most)

    @property
    def n_ahead(self) -> int:
        """How many of the answers asked for last the next round does not wait for.

        While a person gives these last ones, the next questions are chosen. A simulation does
        the same, so that it asks what a person would be asked.
        """
        if self.plan.later is None:
            return 0
        wanted = max(FEWEST_AHEAD, math.ceil(SHARE_AHEAD * self.n_first))
        return min(wanted, int(MOST_AHEAD * self.n_first))

    @property
    def needs_graph(self) -> bool:
        """Whether anything in the run looks at nearest neighbours."""
        return self.plan.later is not None or PROPAGATIONS[self.propagation].needs_graph

    @property
    def spreads_by_fraction(self) -> bool:
        """Whether answers are spread to fractions of clusters, and not as far as they reach."""
        return PROPAGATIONS[self.propagation].takes_fraction

    def rng(self, purpose: str) -> "Generator":
        """A generator for one ``purpose``, drawn from the run's seed.

        Each purpose has a stream of its own, so that one step drawing more numbers than before
        changes nothing in another.
        """
        # The command line says what it can do without NumPy.
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


def _require_choice(setting: str, value: str, choices: Iterable[str]) -> None:
    if value not in choices:
        raise ConfigError(f"{setting} is {value!r}; it must be one of {', '.join(choices)}.")


PRESETS: dict[str, RunConfig] = {
    "classic": RunConfig(),
    "best": RunConfig(
        features=AUTO, strategy="two-phase", n_rounds=5, propagation="graph", fractions=(1.0,)
    ),
}
PRESETS["thorough"] = PRESETS["best"].with_(propagation="graph-net")
"""Named combinations: ``classic`` is the published experiment (pixels, k-means, the image
nearest each centroid, propagation inside clusters); ``best`` sees shapes, and photographs as a
pretrained network does where one is at hand, asks in two phases,
spreads over a graph and weights the training by confidence; ``thorough`` asks a small net, too."""

QUICK_PRESETS = ("classic", "best")
"""Those that a curve shows beside another one: the others take minutes a seed."""

PRESET_HINTS = {
    "classic": "one question for each cluster of look-alikes by pixels; answers spread inside "
    "their clusters",
    "best": "half of the questions for clusters of look-alikes (by shape, and of photographs by "
    "what a network sees that was trained on others, where one is installed), half where labels "
    "are uncertain; answers spread over the graph, from image to image",
    "thorough": "as best, with a small net beside the graph that learns from the spread labels: "
    "minutes, where best takes seconds",
}
"""What each preset does, for people, within a sentence."""

DEFAULT_LABELS = "50 for digits, else a quarter of the images: at least 10, at most 100"
"""How many answers are asked for unless told otherwise, in words; ``default_labels`` counts."""

AUDIT_REPEATS = 1_000
"""How many audits a simulation tries, unless told otherwise."""

DEFAULT_PRESET = "best"
"""What new runs get. A simulation is the published experiment, unless told otherwise."""


def default_labels(dataset: str, n_images: int) -> int:
    """How many answers to ask for where nobody said.

    Parameters
    ----------
    dataset : str
        Its name.
    n_images : int
        In the pool to label.

    Returns
    -------
    int
        Never more than there are images.
    """
    wanted = 50 if dataset == "digits" else max(10, min(100, n_images // 4))
    return min(wanted, n_images)


def preset(name: str) -> RunConfig:
    """The settings of the preset ``name``.

    Raises
    ------
    ConfigError
        There is no preset of that name.
    """
    _require_choice("preset", name, PRESETS)
    return PRESETS[name]


CLASS_FOLDERS = ("first", "last", "none")
"""Which folder above an image may be said to name its class: the outermost, the innermost, none."""
