"""A run's label set as a file: one consistent state, each row saying where its label came from.

It is the set that was trained last, unless another one is asked for.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import labeler
from labeler.exceptions import ConfigError
from labeler.formats import (
    LabelRows,
    Options,
    Predicted,
    format_named,
    write_set,
)
from labeler.progress import SILENT, Progress
from labeler.workflow.audit.calibrating import calibrated
from labeler.workflow.exchange.choices import LINKS
from labeler.workflow.exchange.export_request import ExportCount, ExportRequest, suffix_of
from labeler.workflow.exchange.export_rows import NONE_MISSING, count, export_rows
from labeler.workflow.exchange.lost_originals import without_lost
from labeler.workflow.exchange.manifest import manifest
from labeler.workflow.run import Run
from labeler.workflow.runs.settings import SpreadSettings
from labeler.workflow.spread.spreading import spread_by
from labeler.workflow.training.last_trained import ChosenSet, choose_set
from labeler.workflow.views import SpreadView

_CHUNK_BYTES = 1 << 16


def count_rows(run: Run, request: ExportRequest) -> ExportCount:
    """Count what ``export_file`` would write, without looking at an image.

    Raises
    ------
    ConfigError
        A filter or the fraction is out of range.
    NotPreparedError
    """
    chosen, view = chosen_labels(run, request)
    return count(run, view, chosen, export_rows(run, view, request))


def labels_of(run: Run, request: ExportRequest) -> SpreadView:
    """All labels of the set that is asked for, whatever its filters leave of them.

    Raises
    ------
    ConfigError, NotPreparedError
    """
    return chosen_labels(run, request)[1]


def settings_of(run: Run, request: ExportRequest) -> SpreadSettings:
    """How the labels of the set that is asked for are spread.

    Raises
    ------
    ConfigError
    """
    return choose_set(run, request.fraction, request.threshold).settings


def chosen_labels(run: Run, request: ExportRequest) -> tuple[ChosenSet, SpreadView]:
    """The set that is asked for, or else the one that was trained last, and all its labels.

    Raises
    ------
    ConfigError
        The fraction or the threshold is out of range, or both are given; or there is no audit to
        calibrate by.
    NotPreparedError
    """
    run.require_prepared()
    chosen = choose_set(run, request.fraction, request.threshold)
    view = spread_by(run, chosen.settings)
    return chosen, calibrated(run, view) if request.calibrated else view


def export_chunks(
    run: Run, request: ExportRequest, name: str = "labels", *, as_zip: bool = False
) -> Iterator[bytes]:
    """A set as one stream, complete before the first chunk: its only file, or a zip.

    Parameters
    ----------
    run : Run
    request : ExportRequest
    name : str
        What the set is called.
    as_zip : bool
        Whether a set of one file is a zip, too, with its manifest.

    Raises
    ------
    ConfigError
        A filter or the fraction is out of range; said before the first chunk.
    NotPreparedError
    """
    folder = TemporaryDirectory(prefix="labeler-export-")
    path = Path(folder.name) / f"{name}{'.zip' if as_zip else suffix_of(request.format)}"
    try:
        export_file(run, request, path)
    except BaseException:
        folder.cleanup()
        raise
    return _read(path, folder)


def export_file(
    run: Run, request: ExportRequest, path: Path, progress: Progress = SILENT
) -> ExportCount:
    """Write the labels of a run to ``path``, whole or not at all, and its manifest beside it.

    Parameters
    ----------
    run : Run
    request : ExportRequest
    path : Path
        A file is replaced; the folder of a format of several files must be new or empty; a path
        that ends with ``.zip`` takes everything in one file.
    progress : Progress

    Raises
    ------
    ConfigError
        A filter or the fraction is out of range, no row is left, the place is taken, or originals
        moved or changed since they were read.
    NotPreparedError
    """
    format = format_named(request.format)
    format.require_available()
    chosen, view = chosen_labels(run, request)
    rows = export_rows(run, view, request)
    with_images = format.holds_images(request.wants_images)
    missing = NONE_MISSING
    if with_images and format.with_files and rows.held_originals is not None:
        rows, missing = without_lost(run, rows, progress, skip=request.skip_missing)
    counts = count(run, view, chosen, rows, missing)
    if format.labeled_only and not counts.n_rows:
        raise ConfigError(f"No labeled image is left to write as {format.name}.")
    if format.with_predictions:
        rows = rows.with_predictions(_predicted(run, view, rows, progress))
    options = Options(
        name=path.stem,
        with_images=with_images,
        with_links=request.images == LINKS,
        raw=request.raw,
        version=f"labeler {labeler.__version__}, run {run.id} at {run.revision}",
        progress=progress,
    )
    described = manifest(run, request, view, rows, counts)
    write_set(path, format, rows, options, described)
    return counts


def _predicted(run: Run, view: SpreadView, rows: LabelRows, progress: Progress) -> Predicted:
    """By all labels of the run, so that what is said about a row does not hang on the filters."""
    # scikit-learn: seconds that no other format should wait for
    from labeler.pipeline.out_of_sample import out_of_sample_probabilities

    X, labeled = run.features, view.label_set.labeled
    labels, sources = view.label_set.labels[labeled], view.label_set.sources[labeled]
    probabilities = out_of_sample_probabilities(
        np.asarray(X[labeled]), labels, sources, len(rows.classes), run.config, progress
    )
    in_pool = np.searchsorted(run.pool, rows.places)
    return Predicted(probabilities[np.searchsorted(labeled, in_pool)], np.asarray(X[in_pool]))


def _read(path: Path, folder: "TemporaryDirectory[str]") -> Iterator[bytes]:
    """The file's bytes; it is removed when they are through, or nobody wants them any more."""
    with folder, path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
