"""An exploration as one HTML page that needs nothing beside itself: no script, no other file."""

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from labeler import __version__, words
from labeler.imaging.pixels import resize_pixels
from labeler.imaging.thumbnails import png
from labeler.learning.cluster_analysis.records import ClusterDetails
from labeler.report.charts.palette import OTHERS, colour, told_apart
from labeler.report.exploration import charts
from labeler.report.exploration.findings import Findings
from labeler.report.exploration.tables import (
    best_agreement,
    classes_in,
    cluster_table,
    confused_table,
    index_table,
    suggested,
    suggestion_table,
    summary,
)
from labeler.report.standalone import data_uri, render, tile, tiles

N_MEMBERS = 8
MOST_DOTS = 800
"""Images on the map that can be pointed at."""

DOT_TILE = 48
"""Pixels along the longer side of such an image, at most."""

SHOWN_TILE = 112
"""Pixels that it is enlarged to, roughly."""

SHEET_COLUMNS = 40


@dataclass(frozen=True)
class Dot:
    """One image on the map: where it is, its two colours, and where its picture is."""

    x: str
    y: str
    by_cluster: str
    by_class: str
    left: int
    top: int
    told: str
    is_high: bool


@dataclass(frozen=True)
class ClusterCard:
    """What is in one cluster, as pictures."""

    name: str
    size: str
    classes: str
    figures: str
    representative: str
    members: tuple[tuple[str, tuple[str, ...]], ...]


def render_html(findings: Findings, command: str | None = None) -> str:
    """The page of ``findings``.

    Parameters
    ----------
    findings : Findings
    command : str, optional
        The command line that makes the same figures again.

    Returns
    -------
    str
        HTML with every image inlined; all text of the user's escaped.
    """
    return render("standalone/exploration.html", _page(findings, command))


def _page(findings: Findings, command: str | None) -> dict[str, Any]:
    rows, dataset = findings.survey.rows, findings.dataset
    dots, sheet, tile = _dots(findings)
    return {
        "name": words.printable(dataset.name),
        "features": findings.features,
        "seed": findings.seed,
        "image_size": words.size(dataset.image_shape),
        "n_pool": words.count(len(dataset.train)),
        "n_test": words.count(findings.n_test) if findings.n_test else None,
        "n_classes": len(dataset.classes) if findings.has_truth else None,
        "range": f"{rows[0].k} to {rows[-1].k}",
        "k": findings.k,
        "suggestions": findings.suggestions,
        "suggested": {
            suggestion.index: suggested(suggestion) for suggestion in findings.suggestions
        },
        "suggestion_table": suggestion_table(findings),
        "index_table": index_table(findings),
        "indices": charts.indices(findings),
        "best": best_agreement(rows),
        "n_clusters": words.counted(len(findings.details.clusters), "cluster"),
        "summary": summary(findings),
        "clusters": charts.clusters(findings),
        "cluster_table": cluster_table(findings),
        "confused": confused_table(findings) if findings.details.confused else None,
        "cards": [_card(details, findings) for details in findings.details.clusters],
        "map": charts.pool_map(findings),
        "map_caption": charts.map_caption(findings),
        "dots": dots,
        "sheet": sheet,
        "tile": tile,
        "zoom": max(1, SHOWN_TILE // max(tile)),
        "notes": findings.notes,
        "command": command,
        "version": __version__,
    }


def _card(details: ClusterDetails, findings: Findings) -> ClusterCard:
    pool = findings.dataset.train
    figures = [f"distance {details.spread:.2f}, looseness {details.looseness:.2f}"]
    if details.silhouette is not None:
        figures.append(f"silhouette {details.silhouette:.2f}")
    if details.neighbour is not None:
        figures.append(f"nearest cluster {findings.partition.names[details.neighbour]}")
    if details.test_purity is not None:
        figures.append(f"on test {words.percent(details.test_purity)} of {details.n_test:,}")
    return ClusterCard(
        name=details.name,
        size=words.counted(details.size, "image"),
        classes=classes_in(findings, details.cluster) if findings.has_truth else "",
        figures=" · ".join(figures),
        representative=tile(pool, details.representative),
        members=(
            ("nearest", tiles(pool, details.nearest[1 : N_MEMBERS + 1])),
            ("farthest", tiles(pool, details.farthest[:N_MEMBERS])),
        ),
    )


def _dots(findings: Findings) -> tuple[list[Dot], str, tuple[int, int]]:
    """The images that can be pointed at, and all of their pictures on one sheet."""
    drawn = findings.pool_map
    step = max(1, ceil(len(drawn.places) / MOST_DOTS))
    places, xy = drawn.places[::step], drawn.xy[::step]
    pool, classes = findings.dataset.train, findings.dataset.classes
    tiles = _shrunk(pool.images[places])
    height, width = tiles.shape[1:3]
    clusters = findings.partition.clusters.labels[places]
    labels = pool.labels[places]
    shown = told_apart(np.bincount(labels[labels >= 0], minlength=1))
    dots = []
    for i, (cluster, label) in enumerate(zip(clusters.tolist(), labels.tolist(), strict=True)):
        row, column = divmod(i, SHEET_COLUMNS)
        name = f"cluster {findings.partition.names[cluster]}"
        dots.append(
            Dot(
                x=f"{100 * xy[i, 0]:.2f}",
                y=f"{100 * (1 - xy[i, 1]):.2f}",
                by_cluster=colour(cluster),
                by_class=colour(label) if label in shown else OTHERS,
                left=-column * width,
                top=-row * height,
                told=name if label < 0 else f"{name} · {words.printable(classes[label])}",
                is_high=bool(xy[i, 1] > 0.7),
            )
        )
    return dots, data_uri(png(_sheet(tiles))), (width, height)


def _shrunk(images: np.ndarray) -> np.ndarray:
    height, width = images.shape[1:3]
    scale = DOT_TILE / max(height, width)
    if scale >= 1:
        return images
    size = max(1, round(height * scale)), max(1, round(width * scale))
    return np.stack([resize_pixels(image, *size) for image in images])


def _sheet(tiles: np.ndarray) -> np.ndarray:
    """Tiles side by side, row by row, black where there is none."""
    n_rows = ceil(len(tiles) / SHEET_COLUMNS)
    missing = n_rows * SHEET_COLUMNS - len(tiles)
    empty = np.zeros((missing, *tiles.shape[1:]), dtype=tiles.dtype)
    grid = np.concatenate([tiles, empty]).reshape(n_rows, SHEET_COLUMNS, *tiles.shape[1:])
    height, width = tiles.shape[1:3]
    sheet: np.ndarray = grid.swapaxes(1, 2).reshape(
        n_rows * height, SHEET_COLUMNS * width, *tiles.shape[3:]
    )
    return sheet
