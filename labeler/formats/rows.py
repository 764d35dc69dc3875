"""The rows of a label set, ready to be written: what every format is made from.

Images stay where they are (on disk, for a run) and are looked at a few at a time, so that a set
may be larger than memory.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from labeler.datasets.base import Dataset
from labeler.formats.digits import six_digits
from labeler.npy import let_go
from labeler.progress import SILENT, Progress
from labeler.records import IN_ANSWERS, UNLABELED, Clusters, LabelSet, Source
from labeler.words import well_formed

COLUMNS = (
    "index",
    "file_name",
    "label",
    "class_name",
    "verdict",
    "source",
    "cluster",
    "distance",
    "rank_in_cluster",
    "confidence",
    "annotator",
    "answered_at",
    "split",
    "path",
)
"""What each row says, in this order, wherever a format has room for it. ``path`` is that of the
user's own file: absolute where it lies in a folder, inside the archive where that was read."""

VERDICTS = (None, "class", "skip", "mixed")
"""What was said about an image, by code; None where nobody was asked or answered."""
SOURCE_NAMES = tuple(source.name.lower() for source in Source)
AT_ONCE = 50_000
"""Rows that are turned into text together."""

_IMAGE_BYTES_AT_ONCE = 8_000_000


class Side(IntEnum):
    """What a row is for: to train on, to validate on, or held out to test on."""

    TRAIN = 0
    VALIDATION = 1
    TEST = 2

    @property
    def word(self) -> str:
        """As the column ``split`` and Hugging Face call it."""
        return self.name.lower()

    @property
    def folder(self) -> str:
        """As Ultralytics and CVAT call it."""
        return "val" if self is Side.VALIDATION else self.word


SIDE_NAMES = tuple(side.word for side in Side)


@dataclass(frozen=True)
class Given:
    """Who gave an answer, and when.

    Attributes
    ----------
    annotator : str or None
        None where a file that the answer came from did not say.
    at : datetime
        In UTC.
    """

    annotator: str | None
    at: datetime


class Originals(Protocol):
    """The files that images were read from, by the places of the images."""

    def size(self, place: int) -> tuple[int, int]:
        """(height, width) in pixels."""

    def read(self, place: int) -> bytes:
        """The whole file, which still is what it was when the image was read."""

    @property
    def folder(self) -> Path | None:
        """In which all of them lie; None where some are in an archive."""

    def path(self, place: int) -> str:
        """The file's own path below the folder, or inside the archive, with forward slashes."""

    def file(self, place: int) -> Path | None:
        """Where the file lies; None where it is in an archive."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """What a classifier says about each row that learned nothing from the row's cluster.

    Attributes
    ----------
    probabilities : ndarray of shape (n, n_classes), dtype float32
    features : ndarray of shape (n, n_features), dtype float32
    """

    probabilities: np.ndarray
    features: np.ndarray


@dataclass(frozen=True, eq=False)
class LabelRows:
    """One row for each image that is written.

    Attributes
    ----------
    classes : tuple of str
        Names in label order.
    images : ndarray of shape (m, height, width) or (m, height, width, 3), dtype uint8
        May be mapped from disk; more than the rows' own.
    places : ndarray of shape (n,), dtype int64
        Where each row's image is in ``images``.
    indices : ndarray of shape (n,), dtype int64
        Where each image stood in the data set as it was read.
    names : sequence of str, or None
        File names, as many as ``images``.
    label_set : LabelSet
        Of the n rows.
    clusters, distances, ranks : ndarray of shape (n,)
        As in ``Clusters``; an image that is in no cluster has -1, nan and -1.
    given : mapping of int to Given
        By row; those that are answers, where it is known who gave them.
    verdicts : ndarray of shape (n,), dtype int8, or None
        Places in ``VERDICTS``. None: ``class`` for every label that is an answer.
    side_codes : ndarray of shape (n,), dtype int8, or None
        The ``Side`` of each row; None where all are to train on.
    predicted : Predicted or None
    originals : Originals or None
        The files that images were read from; None where they were not read from one file each.
    with_thumbnails : bool
        Whether a set holds ``images``, though there are originals.
    read_from : sequence of str, or None
        Where the file of each of ``images`` lies, of a set that is not kept.
    """

    classes: tuple[str, ...]
    images: np.ndarray
    places: np.ndarray
    indices: np.ndarray
    names: Sequence[str] | None
    label_set: LabelSet
    clusters: np.ndarray
    distances: np.ndarray
    ranks: np.ndarray
    given: Mapping[int, Given] = field(default_factory=dict)
    verdicts: np.ndarray | None = None
    side_codes: np.ndarray | None = None
    predicted: Predicted | None = None
    originals: Originals | None = None
    with_thumbnails: bool = False
    read_from: Sequence[str] | None = None

    def __post_init__(self) -> None:
        counts = {len(self.places), len(self.indices), len(self.label_set), len(self.clusters)}
        if len(counts) > 1:
            raise ValueError(
                f"{len(self.places)} images but {len(self.label_set)} labels "
                f"and {len(self.clusters)} clusters"
            )

    def __len__(self) -> int:
        return len(self.places)

    @classmethod
    def of(cls, dataset: Dataset, label_set: LabelSet, clusters: Clusters) -> "LabelRows":
        """Every image of ``dataset.train``.

        Raises
        ------
        ValueError
            ``label_set`` or ``clusters`` is not about the images of ``dataset.train``.
        """
        return cls(
            classes=dataset.classes,
            images=dataset.train.images,
            places=np.arange(len(dataset.train)),
            indices=dataset.train.positions,
            names=dataset.train.names,
            label_set=label_set,
            clusters=clusters.labels,
            distances=clusters.distances,
            ranks=clusters.ranks,
            read_from=_places_of_files(dataset),
        )

    def take(self, rows: np.ndarray) -> "LabelRows":
        """Some of the rows, in the order of ``rows``; no image is looked at."""
        is_given = np.isin(rows, list(self.given))
        given = {new: self.given[int(rows[new])] for new in np.flatnonzero(is_given).tolist()}
        return replace(
            self,
            places=self.places[rows],
            indices=self.indices[rows],
            label_set=_take(self.label_set, rows),
            clusters=self.clusters[rows],
            distances=self.distances[rows],
            ranks=self.ranks[rows],
            given=given,
            verdicts=_picked(self.verdicts, rows),
            side_codes=_picked(self.side_codes, rows),
            predicted=None,
        )

    def with_validation(self, is_validation: np.ndarray) -> "LabelRows":
        """The same rows, those of the mask set aside to validate on."""
        codes = np.where(is_validation, Side.VALIDATION, self.codes)
        return replace(self, side_codes=codes.astype(np.int8))

    @property
    def codes(self) -> np.ndarray:
        """The ``Side`` of each row, shape (n,), dtype int8."""
        return np.zeros(len(self), np.int8) if self.side_codes is None else self.side_codes

    @property
    def has_sides(self) -> bool:
        """Whether the rows are told apart by what they are for."""
        return self.side_codes is not None

    def sides(self) -> Iterator[tuple[Side, "LabelRows"]]:
        """The rows of each side that has any."""
        if self.side_codes is None:
            yield Side.TRAIN, self
            return
        for side in Side:
            rows = np.flatnonzero(self.side_codes == side)
            if len(rows):
                yield side, self.take(rows)

    def with_predictions(self, predicted: Predicted) -> "LabelRows":
        """The same rows with what a classifier says about them."""
        return replace(self, predicted=predicted)

    @property
    def image_shape(self) -> tuple[int, ...]:
        """(height, width) of grey images, (height, width, 3) of colour ones."""
        return self.images.shape[1:]

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names as text that UTF-8 can hold."""
        return tuple(map(well_formed, self.classes))

    def parts(
        self, progress: Progress = SILENT, title: str = "Writing rows", size: int = AT_ONCE
    ) -> Iterator[slice]:
        """The rows, cut into blocks; a bar moves with each."""
        with progress.task(title, len(self)) as task:
            for start in range(0, len(self), size):
                stop = min(start + size, len(self))
                yield slice(start, stop)
                task.advance(stop - start)

    def image_parts(self, progress: Progress = SILENT) -> Iterator[slice]:
        """The same in blocks whose images are a few megabytes."""
        n_bytes = int(np.prod(self.image_shape))
        size = int(np.clip(_IMAGE_BYTES_AT_ONCE // max(1, n_bytes), 1, AT_ONCE))
        return self.parts(progress, "Writing images", size)

    @property
    def probabilities(self) -> np.ndarray | None:
        """Of each class for each row, shape (n, n_classes); None where labels come without."""
        return getattr(self.label_set, "probabilities", None)

    def pixels(self, part: slice) -> np.ndarray:
        """The images of a block, shape (k, height, width[, 3]), dtype uint8."""
        pixels = np.asarray(self.images[self.places[part]])
        let_go(self.images)
        return pixels

    def file_names(self, part: slice) -> list[str] | None:
        """The file names of a block as text that UTF-8 can hold; None where images have none."""
        if self.names is None:
            return None
        return [well_formed(self.names[place]) for place in self.places[part].tolist()]

    @property
    def held_originals(self) -> Originals | None:
        """The originals, where a set holds these in place of ``images``."""
        return None if self.with_thumbnails else self.originals

    def paths(self, part: slice) -> list[str | None]:
        """The path of each original of a block as text that UTF-8 can hold; None without any."""
        places, originals = self.places[part].tolist(), self.originals
        if originals is None:
            known = self.read_from
            return [None if known is None else well_formed(known[place]) for place in places]
        return [
            well_formed(str(originals.file(place) or originals.path(place))) for place in places
        ]

    def source_names(self, part: slice) -> list[str]:
        """Where the labels of a block come from, in words."""
        return [SOURCE_NAMES[source] for source in self.label_set.sources[part].tolist()]

    def splits(self, part: slice) -> list[str]:
        """What each row of a block is for, in words."""
        return [SIDE_NAMES[code] for code in self.codes[part].tolist()]

    def verdict_names(self, part: slice) -> list[str | None]:
        """What was said about each image of a block; None where nobody said anything."""
        codes = self.verdicts
        if codes is None:
            codes = np.isin(self.label_set.sources, IN_ANSWERS)
        return [VERDICTS[code] for code in codes[part].astype(np.int8).tolist()]

    def givers(self, part: slice) -> Iterator[Given | None]:
        """Who gave each answer of a block; None for what is no answer."""
        return (self.given.get(row) for row in range(part.start, part.stop))

    def columns(self, part: slice) -> dict[str, list[Any]]:
        """Plain values of a block by column, in the order of ``COLUMNS``; None: not known."""
        n_rows = part.stop - part.start
        labels = self.label_set.labels[part].tolist()
        # The last name is what UNLABELED (-1) picks.
        class_names = [*self.class_names, None]
        givers = list(self.givers(part))
        annotators = [None if giver is None else giver.annotator for giver in givers]
        return {
            "index": self.indices[part].tolist(),
            "file_name": self.file_names(part) or [None] * n_rows,
            "label": [None if label == UNLABELED else label for label in labels],
            "class_name": [class_names[label] for label in labels],
            "verdict": self.verdict_names(part),
            "source": self.source_names(part),
            "cluster": _known(self.clusters[part], self.clusters[part].tolist()),
            "distance": _known(self.clusters[part], six_digits(self.distances[part])),
            "rank_in_cluster": _known(self.clusters[part], self.ranks[part].tolist()),
            "confidence": six_digits(self.label_set.confidences[part]),
            "annotator": [None if name is None else well_formed(name) for name in annotators],
            "answered_at": [None if giver is None else giver.at.isoformat() for giver in givers],
            "split": self.splits(part),
            "path": self.paths(part),
        }

    def records(self, part: slice) -> Iterator[dict[str, Any]]:
        """Plain values of a block, row by row."""
        columns = self.columns(part)
        for values in zip(*columns.values(), strict=True):
            yield dict(zip(columns, values, strict=True))


def _known(clusters: np.ndarray, values: list[Any]) -> list[Any]:
    """None for what is said of an image in its cluster, where it is in none."""
    if not (clusters < 0).any():
        return values
    return [
        None if cluster < 0 else value
        for cluster, value in zip(clusters.tolist(), values, strict=True)
    ]


def _picked(array: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    return None if array is None else array[rows]


def _take(label_set: LabelSet, rows: np.ndarray) -> LabelSet:
    """Every array of the label set, those that it need not have included."""
    taken: dict[str, Any] = {
        name: None if array is None or name == "seen_by" else array[rows]
        for name, array in vars(label_set).items()
    }
    return LabelSet(**taken)


def _places_of_files(dataset: Dataset) -> list[str] | None:
    """The path of each file of the pool, or what it is called inside its archive."""
    originals = dataset.train.originals
    if originals is None:
        return None
    is_folder = dataset.root is not None and dataset.root.is_dir()
    folder = f"{os.path.abspath(dataset.root)}{os.sep}" if dataset.root and is_folder else ""
    return [f"{folder}{path}" for path in originals.paths]
