"""What is to be exported: a run, a format, which rows; and how many rows that is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from msgspec import to_builtins

from labeler.exceptions import ConfigError
from labeler.formats import format_named
from labeler.records import IN_ANSWERS, LabelSet
from labeler.workflow.exchange.choices import IMAGES, SOURCES


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
        0 to 1, of spread labels: what a person or an oracle said stays in. Images without a label
        have 0.
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
        """Places of the rows that are wanted, ascending.

        Parameters
        ----------
        label_set : LabelSet
        names : tuple of str
            Class names by label.
        clusters : ndarray of shape (n,)
            The number of each image's cluster; -1 for one that is in none.
        """
        wanted = np.ones(len(label_set), dtype=bool)
        if self.sources is not None:
            wanted &= np.isin(label_set.sources, [SOURCES.index(source) for source in self.sources])
        if self.classes is not None:
            wanted &= np.isin(label_set.labels, [_label(name, names) for name in self.classes])
        if self.min_confidence is not None:
            is_sure = label_set.confidences >= np.float32(self.min_confidence)
            wanted &= is_sure | np.isin(label_set.sources, IN_ANSWERS)
        if self.clusters is not None:
            known = set(np.unique(clusters[clusters >= 0]).tolist())
            wanted &= np.isin(clusters, [_cluster(number, known) for number in self.clusters])
        return np.flatnonzero(wanted)


NO_FILTER = ExportFilter()


@dataclass(frozen=True)
class ExportRequest:
    """What is to be written.

    Attributes
    ----------
    run_id : str
    format : str
        Of ``formats.FORMATS``.
    wanted : ExportFilter
    fraction : float, optional
        How far the answers are spread inside clusters. Without this and ``threshold``, the set is
        the one that was trained last.
    threshold : float, optional
        Least confidence of a label that was spread over the graph.
    with_images : bool, optional
        By default wherever the format has room for them.
    images : str, optional
        Of ``IMAGES``: which files they are. By default the originals, where images were read from
        files of their own.
    skip_missing : bool
        Whether images whose original moved or changed are left out; else nothing is written.
    validation : float, optional
        Share of the images that is set aside to validate on, whole clusters at a time.
    with_test : bool, optional
        Whether the images that are held out to test on are in it; by default where each row says
        what it is for. Only by default do filters of sources and clusters leave them out.
    raw : bool
        Whether text in CSV is as it is, even where a spreadsheet would run it.
    calibrated : bool
        Whether confidences are those that an audit made probabilities of, for filters, too.

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
    with_test: bool | None = None
    raw: bool = False
    images: str | None = None
    skip_missing: bool = False
    calibrated: bool = False

    def __post_init__(self) -> None:
        format = format_named(self.format)
        format.holds_images(self.wants_images)
        if self.images is not None and self.images not in IMAGES:
            raise ConfigError(f"images is {self.images!r}; it must be {' or '.join(IMAGES)}.")
        format.holds_test(self.with_test)
        if self.raw and not format.has_csv:
            raise ConfigError(f"{self.format} has no CSV in it that could be written raw.")
        if self.validation is not None and not 0 < self.validation < 1:
            raise ConfigError(f"validation is {self.validation}; it must be between 0 and 1.")

    @property
    def wants_images(self) -> bool | None:
        """Whether the images are asked for; None: wherever the format has room for them."""
        return self.with_images if self.images is None else True

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; ``msgspec.convert`` takes them back."""
        values: dict[str, Any] = to_builtins(self)
        return values


@dataclass(frozen=True)
class LeftOut:
    """Images of a run that are not in a set, each counted once.

    Attributes
    ----------
    n_unlabeled : int
        Without a label, and without an answer.
    n_skipped, n_mixed : int
        Without a label, because the answer was so.
    n_filtered : int
        With a label that was not wanted.
    n_test : int
        Held out to test on.
    n_missing : int
        Wanted, but the original moved or changed since it was read.
    """

    n_unlabeled: int
    n_skipped: int
    n_mixed: int
    n_filtered: int
    n_test: int
    n_missing: int = 0

    @property
    def n(self) -> int:
        """All of them."""
        return sum(asdict(self).values())


@dataclass(frozen=True)
class OneSidedClass:
    """A class that is on one side of a set with a validation part.

    Attributes
    ----------
    side : str
        ``train`` or ``validation``.
    n_groups : int
        Clusters that it is in: with one there was no choice.
    """

    name: str
    side: str
    n_groups: int


@dataclass(frozen=True)
class ExportCount:
    """What a set will hold.

    Attributes
    ----------
    n_rows, n_validation, n_test : int
        All rows, and those of them that are to validate and to test on.
    by_source, by_class : dict of str to int
        Rows with such a label; classes without any are there with 0.
    n_unlabeled : int
        Rows without a label.
    left_out : LeftOut
    spread : str
        Which set it is, in words: how the labels were spread, and why so.
    one_sided : tuple of OneSidedClass
        Classes of a set with a validation part that are on one side only.
    calibrated_by : str or None
        What made probabilities of confidences, in words; None where they are as they were spread.
    """

    n_rows: int
    n_validation: int
    n_test: int
    n_unlabeled: int
    by_source: Mapping[str, int]
    by_class: Mapping[str, int]
    left_out: LeftOut
    spread: str
    one_sided: tuple[OneSidedClass, ...]
    calibrated_by: str | None = None

    @property
    def n_named(self) -> int:
        """Rows with a label that the run gave, and that did not come with the image."""
        return sum(self.by_source.values()) - self.n_unlabeled - self.by_source["dataset"]


def loading_line(request: ExportRequest, count: ExportCount, image_shape: Sequence[int]) -> str:
    """The line that loads the set that is asked for, as a file, a folder or an unpacked zip.

    Parameters
    ----------
    request : ExportRequest
    count : ExportCount
    image_shape : sequence of int
        (height, width) of grey images, (height, width, 3) of colour ones.
    """
    format = format_named(request.format)
    has_sides = count.n_validation > 0 or (format.suffix is None and count.n_test > 0)
    return format.line(has_sides=has_sides, is_colour=len(image_shape) > 2)


def left_out_in_words(left_out: LeftOut) -> str:
    """``69 left out: 60 without a label, 9 skipped``; empty where nothing is."""
    reasons = (
        (left_out.n_unlabeled, "without a label"),
        (left_out.n_skipped, "skipped"),
        (left_out.n_mixed, "mixed"),
        (left_out.n_filtered, "with a label that is not wanted"),
        (left_out.n_test, "held out to test on"),
        (left_out.n_missing, "with an original that moved or changed"),
    )
    parts = ", ".join(f"{number:,} {what}" for number, what in reasons if number)
    return f"{left_out.n:,} left out: {parts}" if parts else ""


def one_sided_in_words(count: ExportCount) -> str:
    """Which classes are on one side only, and why; empty where none is."""
    clauses = [
        f"{lone.name!r} is only in {lone.side} "
        + (
            "(all in one cluster)"
            if lone.n_groups == 1
            else f"(its {lone.n_groups} clusters do not part)"
        )
        for lone in count.one_sided
    ]
    return f"Not on both sides: {'; '.join(clauses)}." if clauses else ""


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
