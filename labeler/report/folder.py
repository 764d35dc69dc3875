"""Everything there is to say about a simulation, as files in one folder."""

from pathlib import Path

from labeler.datasets.base import Dataset
from labeler.formats.base import Options
from labeler.formats.csv import csv_chunks
from labeler.formats.rows import LabelRows
from labeler.progress import SILENT, Progress
from labeler.records import Simulation
from labeler.records.label_quality import Audited
from labeler.report.charts.accuracy import accuracy_chart
from labeler.report.charts.confusion import confusion_chart
from labeler.report.charts.curve import curve_chart
from labeler.report.charts.purity import purity_chart
from labeler.report.charts.sheet import contact_sheet
from labeler.report.files import Content, write_files
from labeler.report.html import render_html
from labeler.report.purity import purity
from labeler.report.results import results_json
from labeler.report.scores import budgets, main_stage, total_confusion
from labeler.report.standalone import tiles


def write_report(
    simulation: Simulation,
    dataset: Dataset,
    directory: Path,
    *,
    command: str | None = None,
    audited: Audited | None = None,
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
    audited : Audited, optional
        What an audit of the labels found.
    progress : Progress

    Returns
    -------
    list of Path
        ``results.json``, ``labels.csv``, ``accuracy.svg``, ``curve.svg`` (of several budgets),
        ``confusion.svg``, ``purity.svg``, ``representatives.svg``, ``report.html``.
    """
    contents = _contents(simulation, dataset, command, audited)
    return write_files(directory, contents, progress, "Writing the report")


def _contents(
    simulation: Simulation, dataset: Dataset, command: str | None, audited: Audited | None
) -> dict[str, Content]:
    sample, classes = simulation.sample, simulation.classes
    rows = LabelRows.of(dataset, sample.label_set, sample.clusters)
    contents: dict[str, Content] = {
        "results.json": lambda: results_json(simulation, audited),
        "labels.csv": lambda: csv_chunks(rows, Options()),
    }
    if simulation.stages:
        contents["accuracy.svg"] = lambda: accuracy_chart(simulation).file()
    if len(budgets(simulation)) > 1:
        contents["curve.svg"] = lambda: curve_chart(simulation).file()
    stage = main_stage(simulation)
    confusion = None if stage is None else total_confusion(stage)
    if confusion is not None:
        contents["confusion.svg"] = lambda: confusion_chart(confusion, classes).file()
    mixed = purity(sample, dataset.train, len(classes))
    if mixed is not None:
        contents["purity.svg"] = lambda: purity_chart(mixed).file()
    contents["representatives.svg"] = lambda: _contact_sheet(simulation, dataset)
    page = render_html(simulation, dataset, command, audited).encode("utf-8", "replace")
    contents["report.html"] = lambda: page
    return contents


def _contact_sheet(simulation: Simulation, dataset: Dataset) -> bytes:
    answers = simulation.sample.answers
    pictures = tiles(dataset.train, [answer.question.image for answer in answers])
    captions = [
        "skipped" if answer.label is None else simulation.classes[answer.label]
        for answer in answers
    ]
    return contact_sheet(pictures, captions).file()
