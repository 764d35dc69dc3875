"""Everything there is to say about an exploration, as files in one folder."""

from collections.abc import Callable
from pathlib import Path

from labeler.files import write_atomically
from labeler.progress import SILENT, Progress, track
from labeler.report.exploration.findings import Findings
from labeler.report.exploration.html import render_html
from labeler.report.exploration.plots import clusters_plot, index_plot, map_plot
from labeler.report.exploration.results import clusters_csv, images_csv, results_json

Write = Callable[[Path], None]


def write_exploration(
    findings: Findings,
    directory: Path,
    *,
    command: str | None = None,
    progress: Progress = SILENT,
) -> list[Path]:
    """Write figures, clusters, plots and the page, each whole or not at all.

    Parameters
    ----------
    findings : Findings
    directory : Path
        Made if it is not there. Files of the same names are replaced.
    command : str, optional
        The command line that makes the same figures again, told on the page.
    progress : Progress

    Returns
    -------
    list of Path
        ``indices.json``, ``clusters.csv`` (a row for each cluster), ``images.csv`` (a row for
        each image), ``indices.png``, ``clusters.png``, ``map.png``, ``exploration.html``.
    """
    directory.mkdir(parents=True, exist_ok=True)
    rows, suggestions = findings.survey.rows, findings.suggestions
    writers: dict[str, Write] = {
        "indices.json": _file(lambda: results_json(findings)),
        "clusters.csv": _file(lambda: clusters_csv(findings)),
        "images.csv": lambda path: write_atomically(path, images_csv(findings)),
        "indices.png": _file(lambda: index_plot(rows, suggestions)),
        "clusters.png": _file(lambda: clusters_plot(findings)),
        "map.png": _file(lambda: map_plot(findings)),
        "exploration.html": _file(lambda: _page(findings, command)),
    }
    for name, write in track(list(writers.items()), progress, "Writing the exploration"):
        write(directory / name)
    return [directory / name for name in writers]


def _page(findings: Findings, command: str | None) -> bytes:
    return render_html(findings, command).encode("utf-8", "replace")


def _file(content: Callable[[], bytes]) -> Write:
    return lambda path: write_atomically(path, content())
