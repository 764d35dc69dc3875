"""An exploration as tables and sentences: what the terminal and the page both show."""

import math

from labeler import words
from labeler.learning.cluster_analysis.records import IndexRow, SuggestedK
from labeler.report.exploration.findings import Findings
from labeler.report.tables import Table

N_CLASSES_TOLD = 3
LEAST_SHARE_TOLD = 0.05
MOST_CONFUSED = 8


def index_table(findings: Findings) -> Table:
    """One row for each k."""
    rows = findings.survey.rows
    columns = [
        ("Inertia", [_large(row.inertia) for row in rows]),
        ("Silhouette", [_with_sd(row.silhouette, row.silhouette_sd) for row in rows]),
        ("Calinski–Harabasz", [_large(row.calinski_harabasz) for row in rows]),
        ("Davies–Bouldin", [_figure(row.davies_bouldin, 2) for row in rows]),
        ("Stability", [_with_sd(row.stability, row.stability_sd, 2) for row in rows]),
    ]
    if any(row.purity is not None for row in rows):
        columns.append(("Purity", [words.percent(row.purity) for row in rows]))
    header = ("k", *(title for title, _ in columns))
    cells = zip([str(row.k) for row in rows], *(values for _, values in columns), strict=True)
    return Table(header, tuple(cells), n_text=1)


def suggestion_table(findings: Findings) -> Table:
    """One row for each index: the k it suggests, and its other local optima."""
    rows = (
        (
            index.title,
            index.rule,
            suggested(index),
            ", ".join(map(str, index.others)) or words.NOTHING,
        )
        for index in findings.suggestions
    )
    return Table(("Index", "Read off at", "k", "Also"), tuple(rows), n_text=2)


def cluster_table(findings: Findings) -> Table:
    """One row for each cluster."""
    has_truth = findings.has_truth
    header = ["Cluster", "Images", "Share", "Distance", "Silhouette"]
    if has_truth:
        header = [header[0], "Classes", *header[1:], "Purity"]
        header += ["On test"] if findings.n_test else []
    rows = []
    for details in findings.details.clusters:
        row = [
            details.name,
            words.count(details.size),
            words.percent(details.share),
            _figure(details.spread, 2),
            _figure(details.silhouette, 2),
        ]
        if has_truth:
            row = [
                row[0],
                classes_in(findings, details.cluster),
                *row[1:],
                words.share_of(details.purity, details.size),
            ]
            row += [words.percent(details.test_purity)] if findings.n_test else []
        rows.append(tuple(row))
    return Table(tuple(header), tuple(rows), n_text=2 if has_truth else 1)


def confused_table(findings: Findings) -> Table:
    """Which classes lie in clusters of which others."""
    classes = findings.dataset.classes
    rows = (
        (
            words.printable(classes[pair.true]),
            words.printable(classes[pair.named]),
            words.count(pair.n_images),
            words.percent(pair.share),
        )
        for pair in findings.details.confused[:MOST_CONFUSED]
    )
    return Table(("Images of", "In clusters of", "Images", "Of the class"), tuple(rows), n_text=2)


def suggested(suggestion: SuggestedK) -> str:
    """``7``, or ``2 (end of range)``, or a dash."""
    if suggestion.k is None:
        return words.NOTHING
    return f"{suggestion.k} (end of range)" if suggestion.at_edge else str(suggestion.k)


def classes_in(findings: Findings, cluster: int) -> str:
    """``45 % Shirt, 30 % Coat``: the largest classes of one cluster."""
    histogram = findings.details.clusters[cluster].histogram
    if histogram is None or not histogram.any():
        return words.NOTHING
    shares = histogram / histogram.sum()
    order = sorted(range(len(shares)), key=lambda label: -shares[label])[:N_CLASSES_TOLD]
    names = findings.dataset.classes
    largest = [
        f"{words.percent(float(shares[label]), 0)} {words.printable(names[label])}"
        for label in order
        if shares[label] >= LEAST_SHARE_TOLD
    ]
    return ", ".join(largest) or f"{len(shares)} classes"


def summary(findings: Findings) -> str:
    """The clusters at the chosen k, in plain sentences."""
    details, classes = findings.details, findings.dataset.classes
    clusters = words.counted(len(details.clusters), "cluster")
    if details.purity is None:
        return f"{clusters}; without ground truth, what is in them is for you to judge."
    text = (
        f"{words.percent(details.purity)} of the pool's images are of the class most frequent in "
        f"their cluster: more cannot be right if each of the {clusters} gets one name."
    )
    if details.test_purity is not None:
        text += (
            f" Test images, each given the name of the nearest cluster: "
            f"{words.percent(details.test_purity)} right."
        )
    if details.missing:
        names = words.joined([words.printable(classes[label]) for label in details.missing])
        text += f" In no cluster is {names} the most frequent class."
    return text


def best_agreement(rows: tuple[IndexRow, ...]) -> IndexRow | None:
    """The k whose clusters agree best with the true classes (adjusted Rand index)."""
    known = [row for row in rows if row.agreement is not None]
    return max(known, key=lambda row: row.agreement or 0) if known else None


def _large(value: float) -> str:
    """Four significant digits, in full up to millions."""
    if not math.isfinite(value):
        return words.NOTHING
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"


def _figure(value: float | None, digits: int) -> str:
    return words.NOTHING if value is None or math.isnan(value) else f"{value:.{digits}f}"


def _with_sd(value: float, sd: float, digits: int = 3) -> str:
    if math.isnan(value):
        return words.NOTHING
    # All pairs of runs agree, or the whole pool was measured: there is no deviation to tell.
    return f"{value:.{digits}f} ± {sd:.{digits}f}" if sd else f"{value:.{digits}f}"
