"""Runs, results and clusters as lines and tables for people, and as JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from labeler.report.tables import Table
    from labeler.storage.rows import Job, RunSummary
    from labeler.workflow.training.results import ClusterRow, RunReport
    from labeler.workflow.views import RunView, SpreadView

WORST_CLUSTERS = 10


def print_json(values: Any) -> None:
    """Strict JSON on standard output."""
    text = json.dumps(values, indent=2, ensure_ascii=False, default=_plain)
    # A half character, which UTF-8 cannot hold, becomes \udcxx: JSON's own escape for it.
    click.echo(text.encode("utf-8", "backslashreplace").decode("utf-8"))


def print_table(table: "Table") -> None:
    """A table that fits the terminal."""
    from rich.console import Console

    from labeler.report.terminal import show_table

    show_table(table, Console())


def run_values(summary: "RunSummary") -> dict[str, Any]:
    """One run with its counts."""
    run = summary.run
    return {
        "id": run.id,
        "name": run.name,
        "dataset": summary.dataset_name,
        "preset": run.preset,
        "answerer": run.answerer.value,
        "budget": run.budget,
        "n_questions": summary.n_questions,
        "n_answered": summary.n_answered,
        "n_skipped": summary.n_skipped,
        "n_mixed": summary.n_mixed,
        "n_open": summary.n_open,
        "n_imported": summary.n_imported,
        "best_accuracy": summary.best_accuracy,
        "revision": run.revision,
        "created_at": run.created_at,
        "last_activity_at": run.last_activity_at,
    }


def view_values(view: "RunView") -> dict[str, Any]:
    """One run with its classes, settings and jobs."""
    return run_values(view.summary) | {
        "config": dict(view.run.config),
        "classes": [asdict(one) for one in view.classes],
        "is_prepared": view.is_prepared,
        "has_ground_truth": view.has_ground_truth,
        "has_test": view.has_test,
        "n_pool": view.n_pool,
        "n_test": view.n_test,
        "fraction": view.fraction,
        "propagation": view.propagation,
        "threshold": view.threshold,
        "notes": list(view.notes),
        "jobs": [job_values(job) for job in view.jobs],
    }


def job_values(job: "Job") -> dict[str, Any]:
    """One job, without what only its worker needs."""
    return {
        "id": job.id,
        "kind": job.kind,
        "status": job.status.value,
        "done": job.done,
        "total": job.total,
        "error": job.error,
        "result": job.result,
    }


def spread_values(view: "SpreadView") -> dict[str, Any]:
    """Spread labels as counts; the labels themselves are for ``export``."""
    return {
        "method": view.method,
        "fraction": view.fraction if view.method == "cluster" else None,
        "threshold": view.threshold if view.method == "graph" else None,
        "n_pool": view.n_pool,
        "n_labeled": view.n_labeled,
        "counts": dict(view.counts),
        "label_accuracy": view.label_accuracy,
        "revision": view.revision,
    }


def report_values(report: "RunReport") -> dict[str, Any]:
    """The newest figures in the shape of ``labeler simulate --json``, and the clusters."""
    metrics = {} if report.result is None else dict(report.result.metrics)
    return metrics | {
        "run": report.run.id,
        "result": None if report.result is None else report.result.id,
        "is_stale": report.is_stale,
        "clusters": [asdict(row) for row in report.clusters],
    }


def runs_table(summaries: Sequence["RunSummary"]) -> "Table":
    """One row for each run."""
    from labeler import words
    from labeler.report.tables import Table
    from labeler.workflow.budgets import questions_of

    header = ("Run", "Name", "Data set", "Answered", "Skipped", "Best accuracy")
    rows = (
        (
            one.run.id,
            words.printable(one.run.name),
            words.printable(one.dataset_name),
            f"{one.n_answered:,} of {questions_of(one):,}",
            words.count(one.n_skipped + one.n_mixed),
            words.percent(one.best_accuracy),
        )
        for one in summaries
    )
    return Table(header, tuple(rows), n_text=3)


def counts_table(view: "SpreadView") -> "Table":
    """Images by class."""
    from labeler import words
    from labeler.report.tables import Table

    rows = ((words.printable(name), words.count(n)) for name, n in view.counts.items())
    return Table(("Class", "Images"), tuple(rows))


def clusters_table(rows: Sequence["ClusterRow"]) -> "Table":
    """The worst clusters."""
    from labeler import words
    from labeler.report.tables import Table

    header = ("Cluster", "Named", "Really", "Images", "Right", "Purity", "Image")
    cells = (
        (
            str(row.cluster),
            words.printable(row.class_name or (row.verdict or words.NOTHING)),
            words.printable(next(iter(row.true_classes), words.NOTHING)),
            words.count(row.size),
            words.percent(row.right),
            words.percent(row.purity),
            str(row.image),
        )
        for row in rows[:WORST_CLUSTERS]
    )
    return Table(header, tuple(cells), n_text=3)


def lineage_table(rows: Sequence["ClusterRow"], parents: Mapping[int, Sequence[int]]) -> "Table":
    """All clusters, with those that each was made from."""
    from labeler import words
    from labeler.report.tables import Table

    header = ("Cluster", "From", "Named", "Images", "Purity", "Spread", "Image")
    cells = (
        (
            str(row.cluster),
            ", ".join(map(str, parents.get(row.cluster, ()))) or words.NOTHING,
            words.printable(row.class_name or (row.verdict or words.NOTHING)),
            words.count(row.size),
            words.percent(row.purity),
            f"{row.looseness:.2f}",
            str(row.image),
        )
        for row in rows
    )
    return Table(header, tuple(cells), n_text=3)


def estimates_table(estimates: Sequence[Mapping[str, Any]]) -> "Table":
    """What can be said without ground truth."""
    from labeler import words
    from labeler.report.tables import Table

    header = ("Spread", "Trained on", "Coverage", "Confidence", "Agreement")
    rows = (
        (
            "graph" if one["fraction"] is None else words.share(one["fraction"]),
            words.count(one["n_train"]),
            words.percent(one["coverage"]),
            words.percent(one["mean_confidence"]),
            words.percent((one["cross_validation"] or {}).get("agreement")),
        )
        for one in estimates
    )
    return Table(header, tuple(rows))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in JSON")
