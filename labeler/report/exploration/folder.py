"""Everything there is to say about an exploration, as files in one folder."""

from pathlib import Path

from labeler.imaging.thumbnails import grid, png
from labeler.progress import SILENT, Progress
from labeler.report.exploration import charts
from labeler.report.exploration.findings import Findings
from labeler.report.exploration.html import render_html
from labeler.report.exploration.results import clusters_csv, images_csv, results_json
from labeler.report.files import Content, write_files


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
        each image), ``indices.svg``, ``clusters.svg``, ``map.svg``, ``representatives.png`` (the
        image nearest each centre, in the order of ``clusters.csv``), ``exploration.html``.
    """
    contents: dict[str, Content] = {
        "indices.json": lambda: results_json(findings),
        "clusters.csv": lambda: clusters_csv(findings),
        "images.csv": lambda: images_csv(findings),
        "indices.svg": lambda: charts.indices(findings).file(),
        "clusters.svg": lambda: charts.clusters(findings).file(),
        "map.svg": lambda: charts.pool_map(findings).file(),
        "representatives.png": lambda: _representatives(findings),
        "exploration.html": lambda: render_html(findings, command).encode("utf-8", "replace"),
    }
    return write_files(directory, contents, progress, "Writing the exploration")


def _representatives(findings: Findings) -> bytes:
    pool = findings.dataset.train.images
    return png(grid(pool[[cluster.representative for cluster in findings.details.clusters]]))
