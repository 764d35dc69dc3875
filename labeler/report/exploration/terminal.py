"""An exploration in the terminal."""

from textwrap import wrap

from rich.console import Console

from labeler import words
from labeler.report.exploration.findings import Findings
from labeler.report.exploration.tables import (
    best_agreement,
    cluster_table,
    confused_table,
    index_table,
    suggested,
    summary,
)
from labeler.report.terminal import show_line, show_table

_WIDEST = 96


def show_findings(findings: Findings, console: Console) -> None:
    """Write the indices, what each suggests, and the clusters at the chosen k."""
    pool = words.counted(len(findings.dataset.train), "image")
    title = f"{findings.dataset.name} · {findings.features} · {pool}"
    console.print()
    show_line(title, console, "bold")
    show_table(index_table(findings), console)
    console.print()
    for suggestion in findings.suggestions:
        also = f"; also {', '.join(map(str, suggestion.others))}" if suggestion.others else ""
        show_line(f"{suggestion.title}: {suggested(suggestion)}{also}", console, "bold")
        _show_text(f"{suggestion.says} {suggestion.does_not_say}", console)
    _show_agreement(findings, console)
    console.print()
    show_line(f"{_clusters(findings)} at k = {findings.k}", console, "bold")
    show_table(cluster_table(findings), console)
    _show_text(summary(findings), console)
    if findings.details.confused:
        console.print()
        show_table(confused_table(findings), console)
    for note in findings.notes:
        _show_text(note, console)


def _clusters(findings: Findings) -> str:
    return words.counted(len(findings.details.clusters), "cluster")


def _show_agreement(findings: Findings, console: Console) -> None:
    best = best_agreement(findings.survey.rows)
    if best is not None and best.agreement is not None:
        _show_text(
            f"Beside the true classes, which no index above has seen: clusters and the "
            f"{len(findings.dataset.classes)} classes agree best at k = {best.k} "
            f"(adjusted Rand index {best.agreement:.2f} of 1).",
            console,
        )


def _show_text(text: str, console: Console) -> None:
    for line in wrap(words.printable(text), min(console.width, _WIDEST) - 2):
        show_line(f"  {line}", console, "dim")
