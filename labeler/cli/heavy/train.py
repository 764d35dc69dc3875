"""``propagate``, ``train`` and ``report``, done."""

from pathlib import Path

import click
from rich.console import Console

from labeler import words
from labeler.cli.heavy import showing
from labeler.cli.heavy.opening import finish, opened_workspace
from labeler.cli.heavy.progress_bars import TerminalProgress
from labeler.cli.options import command_line, require_writable
from labeler.plugins import PROPAGATIONS
from labeler.report.folder import write_report
from labeler.report.terminal import show_results, show_verdict
from labeler.workflow import json_shapes
from labeler.workflow.audit.telling import audited_labels
from labeler.workflow.run import open_run
from labeler.workflow.runs import find_run
from labeler.workflow.runs.settings import SpreadSettings, choose_settings
from labeler.workflow.spread.spreading import request_spread, spread
from labeler.workflow.training.request import request_training
from labeler.workflow.training.results import RunReport, report_data, run_report
from labeler.workflow.views import SpreadView
from labeler.workflow.workspace import Workspace


def propagate(
    run_name: str,
    fraction: float | None,
    threshold: float | None,
    method: str | None,
    as_json: bool,
) -> None:
    """Spread the answers, keep how as the run's choice, and show the counts."""
    with opened_workspace() as ws:
        run = find_run(ws, run_name)
        job = None if fraction is not None else request_spread(ws, run.id, threshold, method)
        if job is not None:
            finish(ws, job)
        view = spread(open_run(ws, run.id), fraction, threshold, method)
        choose_settings(ws, run.id, SpreadSettings(view.method, view.fraction, view.threshold))
    if as_json:
        showing.print_json(json_shapes.spread(view))
        return
    showing.print_table(showing.counts_table(view))
    click.echo(_spread_line(view))


def train(
    run_name: str,
    fractions: tuple[float, ...],
    threshold: float | None,
    method: str | None,
    classifier: str | None,
    comparisons: bool,
    as_json: bool,
) -> None:
    """Train, wait for it, and show the figures."""
    with opened_workspace() as ws:
        run = find_run(ws, run_name)
        job = request_training(
            ws,
            run.id,
            fractions or None,
            classifier,
            comparisons,
            threshold=threshold,
            method=method,
        )
        finish(ws, job)
        report = _report_of(ws, run.id)
    _show_report(report, as_json)


def report(run_name: str, output: Path | None, as_json: bool) -> None:
    """Show the newest figures, and write the report if there is a folder for it."""
    require_writable(output)
    with opened_workspace() as ws:
        run = find_run(ws, run_name)
        newest = _report_of(ws, run.id)
        if output is not None:
            _write_report(ws, run.id, output)
    _show_report(newest, as_json)
    if output is not None:
        click.echo(f"\nWritten to {output}: open {output / 'report.html'}", err=True)


def _spread_line(view: SpreadView) -> str:
    right = ""
    if view.label_accuracy is not None:
        right = f", {words.percent(view.label_accuracy)} right"
    elif view.n_taken and not view.has_truth:
        right = "; no true labels beside the answers"
    plugin = PROPAGATIONS[view.method]
    if plugin.takes_fraction:
        how = f"{plugin.short}, to {words.share(view.fraction)}"
    else:
        how = f"{plugin.short}, confidence from {view.threshold:g}"
    return f"{view.n_labeled:,} of {view.n_pool:,} images labeled {how}{right}."


def _show_report(newest: RunReport, as_json: bool) -> None:
    if as_json:
        showing.print_json(showing.report_values(newest))
        return
    if newest.verdict is not None:
        show_verdict(newest.verdict, Console())
    if newest.simulation is None or newest.result is None:
        click.echo(f"Not trained yet: labeler train {newest.run.id}")
    elif newest.simulation.stages:
        show_results(newest.simulation, Console())
    else:
        figures = newest.result.metrics
        estimates = figures.estimates or ()
        showing.print_table(showing.estimates_table(figures.run_config.propagation, estimates))
        for note in newest.simulation.notes:
            click.echo(note)
    if newest.is_stale:
        click.echo("Answers or classes changed since; spread and train again for new figures.")
    showing.show_versions(newest.versions)
    click.echo("\nWorst clusters")
    showing.print_table(showing.clusters_table(newest.clusters))


def _report_of(ws: Workspace, run_id: str) -> RunReport:
    run = open_run(ws, run_id)
    return run_report(run, audited_labels(run))


def _write_report(ws: Workspace, run_id: str, output: Path) -> None:
    run = open_run(ws, run_id)
    simulation, dataset = report_data(run)
    audited = audited_labels(run)
    with TerminalProgress() as progress:
        write_report(
            simulation, dataset, output, command=command_line(), audited=audited, progress=progress
        )
