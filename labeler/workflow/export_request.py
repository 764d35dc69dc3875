"""What is to be exported: a run, a format, which rows; and how many rows that is."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from labeler.exceptions import ConfigError
from labeler.export import FORMATS, Format, Images, format_named
from labeler.export.rows import SOURCE_NAMES
from labeler.records import LabelSet

SOURCES = SOURCE_NAMES
"""Where a label comes from, in words."""


@dataclass(frozen=True)
class ExportFilter:
    """Which rows are wanted; None: all.

    Attributes
    ----------
    sources : collection of str, optional
        Of ``SOURCES``.
    classes : collection of str, optional
        Class names.
    min_confidence : float, optional
        0 to 1; images without a label have 0.
    clusters : collection of int, optional

    Raises
    ------
    ConfigError
        A value is out of range.
    """

    sources: Collection[str] | None = None
    classes: Collection[str] | None = None
    min_confidence: float | None = None
    clusters: Collection[int] | None = None

    def __post_init__(self) -> None:
        for source in self.sources or ():
            if source not in SOURCES:
                raise ConfigError(f"source is {source!r}; it must be one of {', '.join(SOURCES)}.")
        if self.min_confidence is not None and not 0 <= self.min_confidence <= 1:
            raise ConfigError(f"min_confidence is {self.min_confidence}; it must be 0 to 1.")

    def rows(self, label_set: LabelSet, names: tuple[str, ...], clusters: np.ndarray) -> np.ndarray:
        """Places in the pool of the images that are wanted, ascending.

        Parameters
        ----------
        label_set : LabelSet
        names : tuple of str
            Class names by label.
        clusters : ndarray of shape (n,)
            The number of each image's cluster.
        """
        wanted = np.ones(len(label_set), dtype=bool)
        if self.sources is not None:
            wanted &= np.isin(label_set.sources, [SOURCES.index(one) for one in self.sources])
        if self.classes is not None:
            wanted &= np.isin(label_set.labels, [_label(name, names) for name in self.classes])
        if self.min_confidence is not None:
            wanted &= label_set.confidences >= np.float32(self.min_confidence)
        if self.clusters is not None:
            known = set(np.unique(clusters).tolist())
            wanted &= np.isin(clusters, [_cluster(one, known) for one in self.clusters])
        return np.flatnonzero(wanted)


NO_FILTER = ExportFilter()


@dataclass(frozen=True)
class ExportRequest:
    """What is to be written.

    Attributes
    ----------
    run_id : str
    format : str
        Of ``export_formats()``.
    wanted : ExportFilter
    fraction : float, optional
        How far the answers are spread inside clusters; by default as was chosen last.
    threshold : float, optional
        Least confidence of a label that was spread over the graph; by default as was chosen last.
    with_images : bool, optional
        By default wherever the format has room for them.
    validation : float, optional
        Share of the images that is set aside to validate on, whole clusters at a time.

    Raises
    ------
    ConfigError
        There is no such format, or it cannot do what is asked.
    """

    run_id: str
    format: str = "csv"
    wanted: ExportFilter = NO_FILTER
    fraction: float | None = None
    threshold: float | None = None
    with_images: bool | None = None
    validation: float | None = None

    def __post_init__(self) -> None:
        format_named(self.format).holds_images(self.with_images)
        if self.validation is not None and not 0 < self.validation < 1:
            raise ConfigError(f"validation is {self.validation}; it must be between 0 and 1.")

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; ``from_dict`` takes them back."""
        values = asdict(self)
        for name in ("sources", "classes", "clusters"):
            chosen = values["wanted"][name]
            values["wanted"][name] = None if chosen is None else list(chosen)
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ExportRequest":
        """What ``as_dict`` gave."""
        return cls(**{**values, "wanted": ExportFilter(**values["wanted"])})


@dataclass(frozen=True)
class ExportCount:
    """What a set will hold.

    Attributes
    ----------
    n_rows, n_validation : int
    by_source, by_class : dict of str to int
        Rows with such a label; classes without any are there with 0.
    n_unlabeled : int
        Rows without a label.
    """

    n_rows: int
    n_validation: int
    n_unlabeled: int
    by_source: Mapping[str, int]
    by_class: Mapping[str, int]


def export_formats() -> dict[str, Format]:
    """The formats that labels can be written in, by name."""
    return dict(FORMATS)


def leaves_images_open(format: str) -> bool:
    """Whether a set of this format may be with or without the images.

    Raises
    ------
    ConfigError
        There is no such format.
    """
    return format_named(format).images is Images.OPTIONAL


def suffix_of(format: str) -> str:
    """What the name of a set in one file ends with: a set of several files is a zip."""
    return format_named(format).suffix or ".zip"


def _label(name: str, names: tuple[str, ...]) -> int:
    if name not in names:
        raise ConfigError(f"class is {name!r}; the run has {', '.join(names)}.")
    return names.index(name)


def _cluster(number: int, known: Collection[int]) -> int:
    if number not in known:
        raise ConfigError(
            f"cluster is {number}; the run has {len(known)}, from {min(known)} to {max(known)}."
        )
    return number
