"""A run's label set as a file: one consistent state, each row saying where its label came from.

``index`` is where the image stood in the data set as it was read; images that are held out to
test on are not in the set.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import labeler
from labeler.exceptions import ConfigError
from labeler.export import (
    Given,
    LabelRows,
    Options,
    Predicted,
    format_named,
    write_set,
)
from labeler.progress import SILENT, Progress
from labeler.records import UNLABELED
from labeler.report import words
from labeler.storage.rows import Run
from labeler.workflow.datasets import as_dataset
from labeler.workflow.export_request import SOURCES, ExportCount, ExportRequest, suffix_of
from labeler.workflow.manifest import manifest
from labeler.workflow.pool import clusters_of, pool_of
from labeler.workflow.runs import config_of
from labeler.workflow.spreading import spread_state
from labeler.workflow.standing import cluster_numbers
from labeler.workflow.state import RunState, read_state
from labeler.workflow.views import SpreadView
from labeler.workflow.workspace import Workspace

_CHUNK_BYTES = 1 << 16


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
        rows = rows.with_predictions(_predicted(ws, state, view, rows, progress))
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


def _predicted(
    ws: Workspace, state: RunState, view: SpreadView, rows: LabelRows, progress: Progress
) -> Predicted:
    """By all labels of the run, so that what is said about a row does not hang on the filters."""
    # scikit-learn: seconds that no other format should wait for
    from labeler.workflow.out_of_sample import out_of_sample_probabilities

    X, given = ws.array(state.run.artefacts["features"]), view.label_set.labeled
    labels, sources = view.label_set.labels[given], view.label_set.sources[given]
    probabilities = out_of_sample_probabilities(
        np.asarray(X[given]), labels, sources, len(rows.classes), config_of(state.run), progress
    )
    in_pool = np.searchsorted(pool_of(ws, state.run), rows.places)
    return Predicted(probabilities[np.searchsorted(given, in_pool)], np.asarray(X[in_pool]))


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
