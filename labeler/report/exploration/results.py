"""An exploration as strict JSON, and as CSV: a row for each cluster, a row for each image."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from labeler import __version__
from labeler.formats.csv import neutralise
from labeler.learning.cluster_analysis.records import ClusterDetails, path_name
from labeler.report.exploration.findings import Findings
from labeler.report.results import plain
from labeler.words import well_formed

CLUSTER_HEADER = (
    "cluster",
    "path",
    "parent",
    "size",
    "share",
    "spread",
    "silhouette",
    "neighbour",
    "representative",
    "test_images",
    "majority",
    "purity",
    "test_purity",
)
"""``cluster`` counts the rows and ``path`` is its lineage: as numbers, 3.1 and 3.10 are one."""

IMAGE_HEADER = (
    "index",
    "file_name",
    "class_name",
    "cluster",
    "path",
    "distance",
    "rank_in_cluster",
)
_BLOCK = 50_000


def results(findings: Findings) -> dict[str, Any]:
    """The figures of ``findings`` as plain values, ready for strict JSON.

    Returns
    -------
    dict
        ``dataset, features, seed, n_pool, n_test, classes, indices`` (one for each k),
        ``suggestions, at`` (the clusters at one k), ``notes, version``. Images are given by
        their place in the data set as it was read. What is not a finite number is None.
    """
    details = findings.details
    classes = findings.dataset.classes
    figures: dict[str, Any] = plain(
        {
            "dataset": findings.dataset.name,
            "features": findings.features,
            "seed": findings.seed,
            "n_pool": len(findings.dataset.train),
            "n_test": findings.n_test,
            "classes": classes,
            "indices": [asdict(row) for row in findings.survey.rows],
            "suggestions": [asdict(suggestion) for suggestion in findings.suggestions],
            "at": {
                "k": findings.k,
                "purity": details.purity,
                "test_purity": details.test_purity,
                "clusters": [_cluster(cluster, findings) for cluster in details.clusters],
                "confused": [
                    {
                        "class": classes[pair.true],
                        "named": classes[pair.named],
                        "n_images": pair.n_images,
                        "share": pair.share,
                    }
                    for pair in details.confused
                ],
                "missing": [classes[label] for label in details.missing],
            },
            "notes": findings.notes,
            "version": __version__,
        }
    )
    return figures


def results_json(findings: Findings) -> bytes:
    """``results`` as the bytes of a JSON file, UTF-8, indented."""
    text = json.dumps(results(findings), indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode("utf-8", "backslashreplace")


def clusters_csv(findings: Findings) -> bytes:
    """One row for each cluster; with ground truth, a column for each class and its test images."""
    classes = findings.dataset.classes if findings.has_truth else ()
    has_test = any(details.test_histogram is not None for details in findings.details.clusters)
    counted = [neutralise(name) for name in classes]
    tested = [neutralise(f"{name} (test)") for name in classes] if has_test else []
    rows = [(*CLUSTER_HEADER, *counted, *tested)]
    rows += [_cluster_row(details, findings, has_test) for details in findings.details.clusters]
    return _encoded(rows)


def images_csv(findings: Findings) -> Iterator[bytes]:
    """One row for each image of the pool, block by block."""
    yield _encoded([IMAGE_HEADER])
    pool, clusters, paths = (
        findings.dataset.train,
        findings.partition.clusters,
        findings.partition.names,
    )
    # The last name is what UNLABELED (-1) picks: an empty cell.
    class_names = [*map(neutralise, findings.dataset.classes), ""]
    for start in range(0, len(pool), _BLOCK):
        places = range(start, min(start + _BLOCK, len(pool)))
        yield _encoded(
            [
                (
                    int(pool.positions[i]),
                    "" if pool.names is None else neutralise(well_formed(pool.names[i])),
                    class_names[int(pool.labels[i])],
                    int(clusters.labels[i]),
                    paths[int(clusters.labels[i])],
                    f"{clusters.distances[i]:.6g}",
                    int(clusters.ranks[i]),
                )
                for i in places
            ]
        )


def _cluster(details: ClusterDetails, findings: Findings) -> dict[str, Any]:
    classes, positions = findings.dataset.classes, findings.dataset.train.positions
    return {
        "name": details.name,
        "parent": path_name(details.path[:-1]) or None,
        "size": details.size,
        "share": details.share,
        "spread": details.spread,
        "looseness": details.looseness,
        "silhouette": details.silhouette,
        "neighbour": _name(findings, details.neighbour),
        "representative": positions[details.representative],
        "nearest": positions[details.nearest],
        "farthest": positions[details.farthest],
        "n_test": details.n_test,
        "majority": None if details.majority is None else classes[details.majority],
        "purity": details.purity,
        "test_purity": details.test_purity,
        "histogram": _by_class(details.histogram, classes),
        "test_histogram": _by_class(details.test_histogram, classes),
    }


def _cluster_row(details: ClusterDetails, findings: Findings, has_test: bool) -> tuple[Any, ...]:
    values = _cluster(details, findings)
    majority = "" if values["majority"] is None else neutralise(values["majority"])
    figures = [values[name] for name in ("share", "spread", "silhouette")]
    counts = [] if details.histogram is None else details.histogram.tolist()
    tested = (
        [0] * len(counts) if details.test_histogram is None else details.test_histogram.tolist()
    )
    return (
        details.cluster,
        details.name,
        values["parent"] or "",
        details.size,
        *map(_figure, figures),
        values["neighbour"] or "",
        int(values["representative"]),
        details.n_test,
        majority,
        _figure(details.purity),
        _figure(details.test_purity),
        *counts,
        *(tested if has_test else ()),
    )


def _name(findings: Findings, cluster: int | None) -> str | None:
    return None if cluster is None else findings.partition.names[cluster]


def _by_class(histogram: np.ndarray | None, classes: tuple[str, ...]) -> dict[str, int] | None:
    if histogram is None:
        return None
    return {name: int(n) for name, n in zip(classes, histogram, strict=True) if n}


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _encoded(rows: list[tuple[Any, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8", "backslashreplace")
