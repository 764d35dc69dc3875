"""Everything there is to say about a simulation, as files in one folder."""

from collections.abc import Callable
from pathlib import Path

from labeler.datasets.base import Dataset
from labeler.export.csv import write_csv
from labeler.export.rows import LabelRows
from labeler.files import write_atomically
from labeler.progress import SILENT, Progress, track
from labeler.records import Simulation
from labeler.report import words
from labeler.report.html import render_html
from labeler.report.plots import accuracy_plot, confusion_plot, curve_plot, purity_plot
from labeler.report.purity import purity
from labeler.report.results import results_json
from labeler.report.scores import budgets, main_stage, total_confusion
from labeler.thumbnails import contact_sheet

Write = Callable[[Path], None]

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
    directory.mkdir(parents=True, exist_ok=True)
    writers = _writers(simulation, dataset, command)
    for name, write in track(list(writers.items()), progress, "Writing the report"):
        write(directory / name)
    return [directory / name for name in writers]


def _writers(simulation: Simulation, dataset: Dataset, command: str | None) -> dict[str, Write]:
    sample, classes = simulation.sample, simulation.classes
    rows = LabelRows.of(dataset, sample.label_set, sample.clusters)
    writers: dict[str, Write] = {
        "results.json": _file(lambda: results_json(simulation)),
        "labels.csv": lambda path: write_csv(path, rows),
        "accuracy.png": _file(lambda: accuracy_plot(simulation)),
    }
    if len(budgets(simulation)) > 1:
        writers["curve.png"] = _file(lambda: curve_plot(simulation))
    stage = main_stage(simulation)
    confusion = None if stage is None else total_confusion(stage)
    if confusion is not None:
        writers["confusion.png"] = _file(lambda: confusion_plot(confusion, classes))
    mixed = purity(sample, dataset.train, len(classes))
    if mixed is not None:
        writers["purity.png"] = _file(lambda: purity_plot(mixed))
    writers["representatives.png"] = _file(lambda: _contact_sheet(simulation, dataset))
    page = render_html(simulation, dataset, command).encode("utf-8", "replace")
    writers["report.html"] = _file(lambda: page)
    return writers


def _file(content: Callable[[], bytes]) -> Write:
    return lambda path: write_atomically(path, content())


def _contact_sheet(simulation: Simulation, dataset: Dataset) -> bytes:
    answers = simulation.sample.answers
    images = dataset.train.images[[answer.question.image for answer in answers]]
    captions = [
        "skipped" if answer.label is None else words.printable(simulation.classes[answer.label])
        for answer in answers
    ]
    return contact_sheet(images, captions, scale=max(1, TILE // max(dataset.image_shape[:2])))
