"""The charts of an exploration."""

from collections.abc import Mapping

import numpy as np

from labeler import words
from labeler.learning.cluster_analysis.records import ClusterDetails
from labeler.report.charts.indices import index_chart
from labeler.report.charts.map import Colouring, Spot, map_chart
from labeler.report.charts.palette import colour_key, told_apart
from labeler.report.charts.stack import ONE_COLOUR, Bar, Part, class_parts, stack_chart
from labeler.report.charts.svg import Drawing
from labeler.report.exploration.findings import Findings
from labeler.report.standalone import tile

_FEWEST_NAMED = 3


def indices(findings: Findings) -> Drawing:
    """Every index over k; last, the agreement with true classes."""
    return index_chart(findings.survey.rows, findings.suggestions)


def clusters(findings: Findings) -> Drawing:
    """A bar for each cluster, stacked by class, its representative beside it."""
    per_cluster = findings.details.clusters
    histograms = [details.histogram for details in per_cluster if details.histogram is not None]
    shown = told_apart(np.sum(histograms, axis=0)) if histograms else []
    told = f"A bar for each cluster, as long as it has images{', by class' if shown else ''}."
    note = "Images of the pool"
    if findings.has_truth and findings.n_test:
        note += "; thin bars: the test images nearest to the same centroid, as shares"
    return stack_chart([_bar(details, findings, shown) for details in per_cluster], told, note)


def pool_map(findings: Findings) -> Drawing:
    """A sample of the pool in two dimensions, by cluster and, with ground truth, by class."""
    drawn, pool = findings.pool_map, findings.dataset.train
    by = {"cluster": findings.partition.clusters.labels[drawn.places]}
    names = dict(enumerate(findings.partition.names))
    colourings = [Colouring("cluster", "By cluster", _frequent(by["cluster"], names, 1))]
    if findings.has_truth:
        by["class"] = pool.labels[drawn.places]
        shown = told_apart(np.bincount(by["class"][by["class"] >= 0], minlength=1))
        by["class"] = np.where(np.isin(by["class"], shown), by["class"], -1)
        named = {label: words.printable(findings.dataset.classes[label]) for label in shown}
        named = _frequent(by["class"], named, _FEWEST_NAMED)
        colourings.append(Colouring("class", "By true class", named))
    spots = [
        Spot(
            image=int(place),
            x=float(x),
            y=float(y),
            colours={way: colour_key(int(numbers[i])) for way, numbers in by.items()},
            place=int(by["cluster"][i]),
        )
        for i, (place, (x, y)) in enumerate(zip(drawn.places, drawn.xy, strict=True))
    ]
    return map_chart(spots, colourings, by)


def map_caption(findings: Findings) -> str:
    """What the map's axes are."""
    shown = words.counted(len(findings.pool_map.places), "image")
    if findings.pool_map.method == "umap":
        return f"{shown} laid out by UMAP: neighbours stay near, distances mean nothing."
    explained = findings.pool_map.explained or 0.0
    return (
        f"{shown} on the first two principal components, which hold "
        f"{words.percent(explained, 0)} of the variance: what lies on one spot here can be far "
        "apart."
    )


def _bar(details: ClusterDetails, findings: Findings, shown: list[int]) -> Bar:
    note = words.count(details.size)
    if details.purity is not None:
        note += f" · {words.percent(details.purity, 0)}"
    return Bar(
        name=details.name,
        size=details.size,
        parts=_parts(details.histogram, details.size, findings, shown),
        note=note,
        test_parts=()
        if details.test_histogram is None
        else _parts(details.test_histogram, int(details.test_histogram.sum()), findings, shown),
        picture=tile(findings.dataset.train, details.representative),
    )


def _parts(
    histogram: np.ndarray | None, size: int, findings: Findings, shown: list[int]
) -> tuple[Part, ...]:
    if histogram is None:
        return (Part(ONE_COLOUR, size, "images"),)
    counts = dict(enumerate(histogram.tolist()))
    return class_parts(counts, size, findings.dataset.classes, shown)


def _frequent(numbers: np.ndarray, names: Mapping[int, str], fewest: int) -> dict[int, str]:
    return {n: name for n, name in names.items() if np.count_nonzero(numbers == n) >= fewest}
