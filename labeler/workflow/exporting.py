"""A run's label set as a file: one consistent state, each row saying where its label came from.

``index`` is where the image stood in the data set as it was read; images that are held out to
test on are not in the set.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import labeler
from labeler.exceptions import ConfigError
from labeler.export import (
    FORMATS,
    Format,
    Given,
    Images,
    LabelRows,
    Options,
    Predicted,
    format_named,
    write_set,
)
from labeler.progress import SILENT, Progress
from labeler.records import UNLABELED, LabelSet, Source
from labeler.report import words
from labeler.storage.rows import Run
from labeler.workflow.datasets import as_dataset
from labeler.workflow.manifest import manifest
from labeler.workflow.pool import clusters_of, pool_of
from labeler.workflow.runs import config_of
from labeler.workflow.spreading import spread_state
from labeler.workflow.standing import cluster_numbers
from labeler.workflow.state import RunState, read_state
from labeler.workflow.views import SpreadView
from labeler.workflow.workspace import Workspace

SOURCES = tuple(source.name.lower() for source in Source)
_CHUNK_BYTES = 1 << 16


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


def count_rows(ws: Workspace, request: ExportRequest) -> ExportCount:
    """Count what ``export_file`` would write, without looking at an image.

    Raises
    ------
    ConfigError
        A filter or the fraction is out of range.
    NotFoundError, NotPreparedError
    """
    state = read_state(ws, request.run_id)
    rows = _rows(ws, state, spread_state(ws, state, request.fraction, request.threshold), request)
    return _count(rows)


def export_chunks(
    ws: Workspace, request: ExportRequest, name: str = "labels", *, as_zip: bool = False
) -> Iterator[bytes]:
    """A set as one stream, complete before the first chunk: its only file, or a zip.

    Parameters
    ----------
    ws : Workspace
    request : ExportRequest
    name : str
        What the set is called.
    as_zip : bool
        Whether a set of one file is a zip, too, with its manifest.

    Raises
    ------
    ConfigError
        A filter or the fraction is out of range; said before the first chunk.
    NotFoundError, NotPreparedError
    """
    folder = TemporaryDirectory(prefix="labeler-export-")
    path = Path(folder.name) / f"{name}{'.zip' if as_zip else suffix_of(request.format)}"
    try:
        export_file(ws, request, path)
    except BaseException:
        folder.cleanup()
        raise
    return _read(path, folder)


def suffix_of(format: str) -> str:
    """What the name of a set in one file ends with: a set of several files is a zip."""
    return format_named(format).suffix or ".zip"


def export_file(
    ws: Workspace, request: ExportRequest, path: Path, progress: Progress = SILENT
) -> ExportCount:
    """Write the labels of a run to ``path``, whole or not at all, and its manifest beside it.

    Parameters
    ----------
    ws : Workspace
    request : ExportRequest
    path : Path
        A file is replaced; the folder of a format of several files must be new or empty; a path
        that ends with ``.zip`` takes everything in one file.
    progress : Progress

    Raises
    ------
    ConfigError
        A filter or the fraction is out of range, no row is left, or the place is taken.
    NotFoundError, NotPreparedError
    """
    format = format_named(request.format)
    format.require_available()
    state = read_state(ws, request.run_id)
    view = spread_state(ws, state, request.fraction, request.threshold)
    rows = _rows(ws, state, view, request)
    count = _count(rows)
    if format.labeled_only and not count.n_rows:
        raise ConfigError(f"No labeled image is left to write as {format.name}.")
    if format.with_predictions:
        rows = rows.with_predictions(_predicted(ws, state, rows, progress))
    options = Options(
        name=path.stem,
        with_images=format.holds_images(request.with_images),
        version=f"labeler {labeler.__version__}, run {state.run.id} at {state.run.revision}",
        progress=progress,
    )
    described = manifest(ws, state, request, view, rows, count)
    write_set(path, format, rows, options, described)
    return count


def _rows(ws: Workspace, state: RunState, view: SpreadView, request: ExportRequest) -> LabelRows:
    everything = _whole_pool(ws, state, view)
    wanted = request.wanted.rows(view.label_set, view.classes, everything.clusters)
    if format_named(request.format).labeled_only:
        wanted = wanted[view.label_set.labels[wanted] != UNLABELED]
    rows = everything.take(wanted)
    return rows if request.validation is None else _split(rows, request.validation, state.run)


def _whole_pool(ws: Workspace, state: RunState, view: SpreadView) -> LabelRows:
    """A row for each image of the pool; the images stay on disk."""
    images = as_dataset(ws, state.dataset).train
    pool, clusters = pool_of(ws, state.run), clusters_of(ws, state.run)
    return LabelRows(
        classes=view.classes,
        images=images.images,
        places=pool,
        indices=images.positions[pool],
        names=images.names,
        label_set=view.label_set,
        clusters=cluster_numbers(ws, state.run)[clusters.labels],
        distances=clusters.distances,
        ranks=clusters.ranks,
        given=_given(state, pool),
    )


def _given(state: RunState, pool: np.ndarray) -> dict[int, Given]:
    named = [one for one in state.questions if one.answer and one.answer.class_id is not None]
    places = np.searchsorted(pool, [one.image for one in named]).tolist()
    return {
        place: Given(one.answer.annotator, one.answer.created_at)
        for place, one in zip(places, named, strict=True)
        if one.answer is not None
    }


def _predicted(ws: Workspace, state: RunState, rows: LabelRows, progress: Progress) -> Predicted:
    # scikit-learn: seconds that no other format should wait for
    from labeler.workflow.out_of_sample import out_of_sample_probabilities

    in_pool = np.searchsorted(pool_of(ws, state.run), rows.places)
    X = np.asarray(ws.array(state.run.artefacts["features"])[in_pool])
    probabilities = out_of_sample_probabilities(
        X, rows.label_set.labels, rows.clusters, len(rows.classes), config_of(state.run), progress
    )
    return Predicted(probabilities, X)


def _split(rows: LabelRows, share: float, run: Run) -> LabelRows:
    """Set ``share`` of the rows aside, or as near to it as whole clusters come."""
    clusters, sizes = np.unique(rows.clusters, return_counts=True)
    if len(clusters) < 2:
        raise ConfigError(
            f"Only {words.counted(len(clusters), 'cluster')} {'is' if len(clusters) else 'are'} "
            "left, and none can be on both sides; choose more rows, or no validation part."
        )
    order = config_of(run).rng("validation part").permutation(len(clusters))
    reached = np.cumsum(sizes[order])[:-1]
    n_chosen = int(np.argmin(np.abs(reached - share * len(rows)))) + 1
    chosen = clusters[order[:n_chosen]]
    return rows.split(np.isin(rows.clusters, chosen))


def _count(rows: LabelRows) -> ExportCount:
    labels = rows.label_set.labels
    given = labels[labels != UNLABELED]
    by_class = np.bincount(given, minlength=len(rows.classes)).tolist()
    by_source = np.bincount(rows.label_set.sources, minlength=len(SOURCES)).tolist()
    validation = rows.is_validation
    return ExportCount(
        n_rows=len(rows),
        n_validation=0 if validation is None else int(np.count_nonzero(validation)),
        n_unlabeled=len(labels) - len(given),
        by_source=dict(zip(SOURCES, by_source, strict=True)),
        by_class=dict(zip(rows.classes, by_class, strict=True)),
    )


def _read(path: Path, folder: "TemporaryDirectory[str]") -> Iterator[bytes]:
    """The file's bytes; it is removed when they are through, or nobody wants them any more."""
    with folder, path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


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
