"""``new``, ``runs`` and ``show``, done."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from msgspec import structs

from labeler import words
from labeler.cli.heavy.announcing import announcing, say_features
from labeler.cli.heavy.correcting import take_corrections
from labeler.cli.heavy.opening import going_on_next_time, opened_workspace
from labeler.cli.heavy.progress_bars import TerminalProgress
from labeler.cli.heavy.showing import next_step, print_json, print_table, runs_table
from labeler.cli.options import method_settings, require_graph
from labeler.config import DEFAULT_LABELS
from labeler.datasets.base import LeftOut
from labeler.workflow import json_shapes, runs
from labeler.workflow.budgets import questions_of
from labeler.workflow.datasets import forget_reading
from labeler.workflow.inline import finish_new_run
from labeler.workflow.pictures.left_out import left_out_of, n_left_out
from labeler.workflow.runs import NewRun, create_run, find_run, get_run
from labeler.workflow.runs.given_labels import beside_questions
from labeler.workflow.views import RunView


def new(dataset: str, data: Path | None, as_json: bool, **settings: Any) -> None:
    """Make a run, wait until its questions are prepared, and show it."""
    with opened_workspace() as ws:
        with going_on_next_time(), TerminalProgress() as progress:
            told = announcing(dataset, as_json=as_json)
            wanted = _new_run(dataset, data, **settings)
            run = create_run(ws, wanted, progress, told, goes_on=True)
            made = get_run(ws, run.id)
            if not as_json:
                say_features(made.config.features)
            job = made.active_job
            if job is not None:
                finish_new_run(ws, run, job.id, progress)
        forget_reading(ws, dataset)
        view = get_run(ws, run.id)
    _show_run(view, as_json)
    if settings["budget"] is None and not as_json:
        click.echo(
            f"  {run.budget:,} questions in all, as --labels was not given ({DEFAULT_LABELS})"
        )


def list_runs(deleted: bool, restore: str | None, as_json: bool) -> None:
    """Write the runs to standard output, perhaps with one more from the bin."""
    with opened_workspace() as ws:
        if restore is not None:
            runs.restore_run(ws, find_run(ws, restore, deleted=True).id)
        summaries = runs.list_runs(ws, deleted=deleted)
    if as_json:
        print_json([json_shapes.run_summary(summary) for summary in summaries])
    elif summaries:
        print_table(runs_table(summaries))
    else:
        click.echo("No runs yet. Make one: labeler new digits --name demo")


def show(run_name: str, with_left_out: bool, as_json: bool) -> None:
    """Write one run to standard output."""
    with opened_workspace() as ws:
        view = get_run(ws, find_run(ws, run_name).id)
        left_out = left_out_of(ws, view.dataset) if with_left_out else None
    _show_run(view, as_json, left_out)


def _new_run(
    dataset: str,
    data: Path | None,
    *,
    name: str | None,
    preset_name: str,
    classes: tuple[str, ...],
    features: str | None,
    weights: Path | None,
    files: Path | None,
    **settings: Any,
) -> NewRun:
    new = NewRun(
        name=name or Path(dataset).name or dataset,
        is_default_name=not name,
        source=dataset,
        data=None if data is None else str(data),
        preset=preset_name,
        classes=classes or None,
        corrections=take_corrections(settings),
        **method_settings(features, weights, files),
        **settings,
    )
    require_graph(new.config())
    return new


def _show_run(view: RunView, as_json: bool, left_out: tuple[LeftOut, ...] | None = None) -> None:
    if as_json:
        told = structs.asdict(json_shapes.run(view))
        files = {} if left_out is None else {"left_out": [asdict(file) for file in left_out]}
        print_json(told | files)
        return
    summary = view.summary
    click.echo(f"{words.printable(summary.run.name)}  {summary.run.id}  on {summary.dataset_name}")
    click.echo(
        f"  {summary.n_answered:,} of {questions_of(summary):,} questions named, "
        f"{summary.n_skipped:,} skipped, {summary.n_mixed:,} mixed; "
        f"{view.n_pool:,} images to label, {view.n_test:,} to test on"
    )
    if summary.n_imported:
        beside = beside_questions(summary.run, summary.n_imported)
        click.echo(f"  {beside}, beside the questions (import-labels --undo takes them back)")
    if summary.n_reviewed:
        click.echo(f"  {words.counted(summary.n_reviewed, 'spread label')} reviewed")
    if summary.best_accuracy is not None:
        click.echo(f"  best test accuracy {words.percent(summary.best_accuracy)}")
    click.echo(f"  features: {words.printable(view.features_title)}")
    for note in view.notes:
        click.echo(f"  {words.printable(note)}")
    if n_left_out(view.dataset):
        hint = "" if left_out else " (--left-out lists them)"
        click.echo(f"  {words.counted(n_left_out(view.dataset), 'file')} left out{hint}")
    for left in left_out or ():
        click.echo(words.printable(f"    {left.file}: {left.reason}"))
    click.echo(f"  {next_step(view)}")
