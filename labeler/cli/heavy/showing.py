"""Runs, results and clusters as lines and tables for people, and as JSON for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click
from msgspec import to_builtins
from rich.console import Console

from labeler import words
from labeler.records.results import Estimate
from labeler.report.tables import Table
from labeler.report.terminal import show_table
from labeler.report.verdict import then_of
from labeler.storage.rows import RunSummary
from labeler.typed_json import json_text
from labeler.workflow.audit.telling import in_brief
from labeler.workflow.budgets import questions_of
from labeler.workflow.training.results import ClusterRow, RunReport
from labeler.workflow.training.versions import Versions, in_words, version_values
from labeler.workflow.views import RunView, SpreadView

WORST_CLUSTERS = 10


def print_json(values: Any) -> None:
    """Strict JSON on standard output."""
    text = json_text(values, indent=2, ensure_ascii=False)
    # A half character, which UTF-8 cannot hold, becomes \udcxx: JSON's own escape for it.
    click.echo(text.encode("utf-8", "backslashreplace").decode("utf-8"))


def print_table(table: Table) -> None:
    """A table that fits the terminal."""
    show_table(table, Console())


def report_values(report: RunReport) -> dict[str, Any]:
    """The newest figures in the shape of ``labeler simulate --json``, and the clusters."""
    metrics = {} if report.result is None else report.result.metrics.as_json()
    return metrics | {
        "run": report.run.id,
        "result": None if report.result is None else report.result.id,
        "is_stale": report.is_stale,
        "verdict": None if report.verdict is None else to_builtins(report.verdict),
        "clusters": [asdict(row) for row in report.clusters],
        "since_last": None if report.versions is None else version_values(report.versions),
    }


def runs_table(summaries: Sequence[RunSummary]) -> Table:
    """One row for each run."""
    header = ("Run", "Name", "Data set", "Answered", "Skipped", "Best accuracy")
    rows = (
        (
            summary.run.id,
            words.printable(summary.run.name),
            words.printable(summary.dataset_name),
            f"{summary.n_answered:,} of {questions_of(summary):,}",
            words.count(summary.n_skipped + summary.n_mixed),
            words.percent(summary.best_accuracy),
        )
        for summary in summaries
    )
    return Table(header, tuple(rows), n_text=3)


def counts_table(view: SpreadView) -> Table:
    """Images by class."""
    rows = ((words.printable(name), words.count(n)) for name, n in view.counts.items())
    return Table(("Class", "Images"), tuple(rows))


def show_versions(versions: Versions | None) -> None:
    """What changed since the training before; nothing after the first."""
    if versions is None:
        return
    click.echo()
    for line in in_words(versions):
        click.echo(line)
    if versions.changes:
        cells = ((*map(words.printable, pair), words.count(n)) for *pair, n in versions.changes)
        print_table(Table(("From", "To", "Labels"), tuple(cells), n_text=2))


def clusters_table(rows: Sequence[ClusterRow]) -> Table:
    """The worst clusters."""
    header = ("Cluster", "Named", "Really", "Images", "Right", "Purity", "Image")
    cells = (
        (
            str(row.cluster),
            words.printable(row.class_name or (row.verdict or words.NOTHING)),
            words.printable(next(iter(row.true_classes), words.NOTHING)),
            words.count(row.size),
            words.share_of(row.right, row.size),
            words.share_of(row.purity, row.size),
            str(row.image),
        )
        for row in rows[:WORST_CLUSTERS]
    )
    return Table(header, tuple(cells), n_text=3)


def lineage_table(rows: Sequence[ClusterRow], parents: Mapping[int, Sequence[int]]) -> Table:
    """All clusters, with those that each was made from."""
    header = ("Cluster", "From", "Named", "Images", "Purity", "Looseness", "Image")
    cells = (
        (
            str(row.cluster),
            ", ".join(map(str, parents.get(row.cluster, ()))) or words.NOTHING,
            words.printable(row.class_name or (row.verdict or words.NOTHING)),
            words.count(row.size),
            words.share_of(row.purity, row.size),
            f"{row.looseness:.2f}",
            str(row.image),
        )
        for row in rows
    )
    return Table(header, tuple(cells), n_text=3)


def estimates_table(propagation: str, estimates: Sequence[Estimate]) -> Table:
    """What can be said without ground truth."""
    header = ("Spread", "Trained on", "Coverage", "Confidence", "Foretold")
    rows = (
        (
            words.reach(estimate.fraction, propagation),
            words.count(estimate.n_train),
            words.percent(estimate.coverage),
            words.percent(estimate.mean_confidence),
            words.NOTHING
            if estimate.cross_validation is None
            else words.share_of(
                estimate.cross_validation.agreement, estimate.cross_validation.n_images
            ),
        )
        for estimate in estimates
    )
    return Table(header, tuple(rows))


def next_step(view: RunView) -> str:
    """What is to be done in a run, in one line."""
    job = view.active_job or view.failed_job
    if job is not None:
        return f"{job.kind}: {job.status.value}{f', {job.error}' if job.error else ''}"
    if view.summary.n_open or view.more_to_come:
        return "Answer the questions in the browser: labeler serve"
    if not view.is_trained:
        return f"Next: labeler train {view.run.id}"
    audit, run_id = view.audit, view.run.id
    if audit is None and view.summary.best_accuracy is None:
        return "Find out how right the labels are, under Check in the browser: labeler serve"
    if audit is not None and audit.n_open and not audit.is_released:
        left = words.counted(audit.n_open, "image")
        return f"Go on with the audit in the browser: labeler serve ({left} left)"
    found = None if audit is None else in_brief(audit)
    told = f"Next: labeler report {run_id}, then labeler export {run_id} --output labels.csv"
    return told if found is None else _AFTER_AUDIT[then_of(found.estimate)].format(run_id=run_id)


_AFTER_AUDIT = {
    "answer": "Don't rely on the labels yet: labeler budget {run_id} N asks for more questions",
    "look": "Put the least sure labels right, under Review in the browser: labeler serve",
    "use": "Next: labeler export {run_id} --output labels.csv",
}
