"""Everything there is to say about a simulation, as files in one folder."""

from pathlib import Path

from labeler import words
from labeler.datasets.base import Dataset
from labeler.formats.base import Options
from labeler.formats.csv import csv_chunks
from labeler.formats.rows import LabelRows
from labeler.imaging.thumbnails import contact_sheet
from labeler.progress import SILENT, Progress
from labeler.records import Simulation
from labeler.report.files import Content, write_files
from labeler.report.html import render_html
from labeler.report.plots import accuracy_plot, confusion_plot, curve_plot, purity_plot
from labeler.report.purity import purity
from labeler.report.results import results_json
from labeler.report.scores import budgets, main_stage, total_confusion

TILE = 84
"""Pixels that an image on the contact sheet is enlarged to, roughly."""


def write_report(
    simulation: Simulation,
    dataset: Dataset,
    directory: Path,
    *,
    command: str | None = None,
    progress: Progress = SILENT,
) -> list[Path]:
    """Write results, labels, plots and the report page, each whole or not at all.

    Parameters
    ----------
    simulation : Simulation
    dataset : Dataset
        As the sample run saw it: its ``train`` part is the pool.
    directory : Path
        Made if it is not there. Files of the same names are replaced.
    command : str, optional
        The command line that makes the same figures again, told on the page.
    progress : Progress

    Returns
    -------
    list of Path
        ``results.json``, ``labels.csv``, ``accuracy.png``, ``curve.png`` (of several budgets),
        ``confusion.png``, ``purity.png``, ``representatives.png``, ``report.html``.
    """
    contents = _contents(simulation, dataset, command)
    return write_files(directory, contents, progress, "Writing the report")


def _contents(simulation: Simulation, dataset: Dataset, command: str | None) -> dict[str, Content]:
    sample, classes = simulation.sample, simulation.classes
    rows = LabelRows.of(dataset, sample.label_set, sample.clusters)
    contents: dict[str, Content] = {
        "results.json": lambda: results_json(simulation),
        "labels.csv": lambda: csv_chunks(rows, Options()),
        "accuracy.png": lambda: accuracy_plot(simulation),
    }
    if len(budgets(simulation)) > 1:
        contents["curve.png"] = lambda: curve_plot(simulation)
    stage = main_stage(simulation)
    confusion = None if stage is None else total_confusion(stage)
    if confusion is not None:
        contents["confusion.png"] = lambda: confusion_plot(confusion, classes)
    mixed = purity(sample, dataset.train, len(classes))
    if mixed is not None:
        contents["purity.png"] = lambda: purity_plot(mixed)
    contents["representatives.png"] = lambda: _contact_sheet(simulation, dataset)
    page = render_html(simulation, dataset, command).encode("utf-8", "replace")
    contents["report.html"] = lambda: page
    return contents


def _contact_sheet(simulation: Simulation, dataset: Dataset) -> bytes:
    answers = simulation.sample.answers
    images = dataset.train.images[[answer.question.image for answer in answers]]
    captions = [
        "skipped" if answer.label is None else words.printable(simulation.classes[answer.label])
        for answer in answers
    ]
    return contact_sheet(images, captions, scale=max(1, TILE // max(dataset.image_shape[:2])))
