"""One run after the other: new, runs, show, propagate, train, report.

Everything the pages do can be done here too; both call the same use cases.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from labeler.cli.opening import (
    fraction_option,
    opened_workspace,
    run_argument,
    terminal_progress,
    threshold_option,
)
from labeler.cli.options import (
    classifier_option,
    command_line,
    data_option,
    error_rate_option,
    json_flag,
    method_options,
    method_settings,
    preset_option,
    require_graph,
    require_writable,
    seed_option,
)
from labeler.config import DEFAULT_LABELS, DEFAULT_PRESET
from labeler.plugins import CLASSIFIERS

if TYPE_CHECKING:
    from labeler.storage.rows import Job
    from labeler.workflow.run import open_run
    from labeler.workflow.runs import NewRun
    from labeler.workflow.training.results import RunReport
    from labeler.workflow.views import RunView, SpreadView
    from labeler.workflow.workspace import Workspace


@click.command()
@click.argument("dataset")
@data_option
@click.option("--name", help="What to call the run.  [default: the data set's name]")
@click.option(
    "--answerer",
    type=click.Choice(("human", "oracle")),
    default="human",
    show_default=True,
    help="Who answers: a person, or the simulated annotator from ground truth.",
)
@click.option(
    "--labels",
    "budget",
    type=click.IntRange(1),
    help=f"Answers to ask for.  [default: {DEFAULT_LABELS}]",
)
@click.option(
    "--class",
    "classes",
    multiple=True,
    help="A class to choose from; once for each.  [default: those of the ground truth]",
)
@click.option(
    "--use-labels",
    is_flag=True,
    help="Take the labels that the images have already as answers, but for the held-out part.",
)
@preset_option(DEFAULT_PRESET)
@method_options
@classifier_option
@error_rate_option
@seed_option("What everything random in the run is drawn from.")
@json_flag
def new(dataset: str, data: Path | None, as_json: bool, **settings: Any) -> None:
    """Make a run of DATASET and prepare its questions.

    DATASET is a known name (see `labeler datasets`) or a path to your own images. The images are
    clustered, and one image of each cluster is to be named: by you, in the browser (`labeler
    serve`), or at once by the oracle. With the preset best, that is the first half of the
    questions; the second half is chosen by your answers, where the labels are uncertain.

    \b
      labeler new digits --name demo --answerer oracle
      labeler new my-images/ --name mine --class cat --class dog --labels 60
      labeler new labeled-in-part/ --use-labels
    """
    from labeler.workflow.inline import finish_new_run
    from labeler.workflow.runs import create_run, get_run

    with opened_workspace() as ws:
        with terminal_progress() as progress:
            run = create_run(ws, _new_run(dataset, data, **settings), progress)
            job = get_run(ws, run.id).active_job
            if job is not None:
                finish_new_run(ws, run, job.id, progress)
        view = get_run(ws, run.id)
    _show_run(view, as_json)
    if settings["budget"] is None and not as_json:
        click.echo(
            f"  {run.budget:,} questions in all, as --labels was not given ({DEFAULT_LABELS})"
        )


@click.command("runs")
@click.option("--deleted", is_flag=True, help="Those in the bin instead.")
@json_flag
def list_runs(deleted: bool, as_json: bool) -> None:
    """List the runs, the last active first."""
    from labeler.cli.showing import print_json, print_table, run_values, runs_table
    from labeler.workflow import runs

    with opened_workspace() as ws:
        summaries = runs.list_runs(ws, deleted=deleted)
    if as_json:
        print_json([run_values(summary) for summary in summaries])
    elif summaries:
        print_table(runs_table(summaries))
    else:
        click.echo("No runs yet. Make one: labeler new digits --name demo")


@click.command()
@run_argument
@json_flag
def show(run_name: str, as_json: bool) -> None:
    """Show one RUN: its id, or its name if no other run has it."""
    from labeler.workflow.runs import find_run, get_run

    with opened_workspace() as ws:
        view = get_run(ws, find_run(ws, run_name).id)
    _show_run(view, as_json)


@click.command()
@run_argument
@fraction_option
@threshold_option
@json_flag
def propagate(
    run_name: str, fraction: float | None, threshold: float | None, as_json: bool
) -> None:
    """Spread the answers of RUN over their clusters or the graph, and keep that as its choice."""
    from labeler.cli.showing import counts_table, print_json, print_table, spread_values
    from labeler.workflow.runs import find_run
    from labeler.workflow.spreading import (
        choose_fraction,
        choose_threshold,
        request_spread,
        spread,
    )

    with opened_workspace() as ws:
        run = find_run(ws, run_name)
        job = None if fraction is not None else request_spread(ws, run.id, threshold)
        if job is not None:
            _finish(ws, job)
        view = spread(open_run(ws, run.id), fraction, threshold)
        if view.method == "graph":
            choose_threshold(ws, run.id, view.threshold)
        else:
            choose_fraction(ws, run.id, view.fraction)
    if as_json:
        print_json(spread_values(view))
        return
    print_table(counts_table(view))
    click.echo(_spread_line(view))


@click.command()
@run_argument
@click.option(
    "--fraction",
    "fractions",
    type=click.FloatRange(0, 1, min_open=True),
    multiple=True,
    help="How far the answers are spread inside their clusters; several to compare.  "
    "[default: as chosen last]",
)
@threshold_option
@click.option(
    "--classifier", type=click.Choice(tuple(CLASSIFIERS)), help="[default: the run's own]"
)
@click.option(
    "--comparisons/--no-comparisons",
    default=True,
    help="Whether to train on as many random labels and on all labels, too.",
)
@json_flag
def train(
    run_name: str,
    fractions: tuple[float, ...],
    threshold: float | None,
    classifier: str | None,
    comparisons: bool,
    as_json: bool,
) -> None:
    """Train on the labels of RUN and score it, where there is ground truth to test with.

    The figures are those of `labeler simulate` for the same answers. Without ground truth, it
    says what can be known: coverage, confidence, and cross-validation by cluster.
    """
    from labeler.workflow.runs import find_run
    from labeler.workflow.training.request import request_training

    with opened_workspace() as ws:
        run = find_run(ws, run_name)
        job = request_training(
            ws, run.id, fractions or None, classifier, comparisons, threshold=threshold
        )
        _finish(ws, job)
        report = _report_of(ws, run.id)
    _show_report(report, as_json)


@click.command()
@run_argument
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the report, plots, results and labels to this folder.",
)
@json_flag
def report(run_name: str, output: Path | None, as_json: bool) -> None:
    """Show the newest figures of RUN and its worst clusters, or write them to a folder."""
    from labeler.workflow.runs import find_run

    require_writable(output)
    with opened_workspace() as ws:
        run = find_run(ws, run_name)
        found = _report_of(ws, run.id)
        if output is not None:
            _write_report(ws, run.id, output)
    _show_report(found, as_json)
    if output is not None:
        click.echo(f"\nWritten to {output}: open {output / 'report.html'}", err=True)


COMMANDS = (new, list_runs, show, propagate, train, report)


def _finish(ws: "Workspace", job: "Job") -> None:
    from labeler.workflow.inline import finish_job

    with terminal_progress() as progress:
        finish_job(ws, job.id, progress)


def _new_run(
    dataset: str,
    data: Path | None,
    *,
    name: str | None,
    preset_name: str,
    classes: tuple[str, ...],
    features: str | None,
    weights: Path | None,
    **settings: Any,
) -> "NewRun":
    from labeler.workflow.runs import NewRun

    new = NewRun(
        name=name or Path(dataset).name or dataset,
        source=dataset,
        data=None if data is None else str(data),
        preset=preset_name,
        classes=classes or None,
        **method_settings(features, weights),
        **settings,
    )
    require_graph(new.config())
    return new


def _show_run(view: "RunView", as_json: bool) -> None:
    from labeler import words
    from labeler.cli.showing import print_json, view_values
    from labeler.workflow.budgets import questions_of
    from labeler.workflow.runs.given_labels import beside_questions

    if as_json:
        print_json(view_values(view))
        return
    one = view.summary
    click.echo(f"{words.printable(one.run.name)}  {one.run.id}  on {one.dataset_name}")
    click.echo(
        f"  {one.n_answered:,} of {questions_of(one):,} questions named, {one.n_skipped:,} "
        f"skipped, {one.n_mixed:,} mixed; {view.n_pool:,} images to label, {view.n_test:,} to test "
        "on"
    )
    if one.n_imported:
        beside = beside_questions(one.run, one.n_imported)
        click.echo(f"  {beside}, beside the questions (import-labels --undo takes them back)")
    if one.best_accuracy is not None:
        click.echo(f"  best test accuracy {words.percent(one.best_accuracy)}")
    for note in view.notes:
        click.echo(f"  {words.printable(note)}")
    click.echo(f"  {_next_step(view)}")


def _spread_line(view: "SpreadView") -> str:
    from labeler import words

    right = ""
    if view.label_accuracy is not None:
        right = f", {words.percent(view.label_accuracy)} right"
    elif view.n_taken and not view.has_truth:
        right = "; no true labels beside the answers"
    if view.method == "graph":
        how = f"over the graph, confidence from {view.threshold:g}"
    else:
        how = f"at {words.share(view.fraction)}"
    return f"{view.n_labeled:,} of {view.n_pool:,} images labeled {how}{right}."


def _next_step(view: "RunView") -> str:
    job = view.active_job or view.failed_job
    if job is not None:
        return f"{job.kind}: {job.status.value}{f', {job.error}' if job.error else ''}"
    if view.summary.n_open or view.more_to_come:
        return "Answer the questions in the browser: labeler serve"
    step = "report" if view.summary.best_accuracy is not None else "train"
    return f"Next: labeler {step} {view.run.id}"


def _report_of(ws: "Workspace", run_id: str) -> "RunReport":
    from labeler.workflow.training.results import run_report

    return run_report(open_run(ws, run_id))


def _show_report(found: "RunReport", as_json: bool) -> None:
    from rich.console import Console

    from labeler.cli import showing
    from labeler.report.terminal import show_results

    if as_json:
        showing.print_json(showing.report_values(found))
        return
    if found.simulation is None or found.result is None:
        click.echo(f"Not trained yet: labeler train {found.run.id}")
    elif found.simulation.stages:
        show_results(found.simulation, Console())
    else:
        showing.print_table(showing.estimates_table(found.result.metrics["estimates"]))
        for note in found.simulation.notes:
            click.echo(note)
    if found.is_stale:
        click.echo("Answers or classes changed since; train again for new figures.")
    click.echo("\nWorst clusters")
    showing.print_table(showing.clusters_table(found.clusters))


def _write_report(ws: "Workspace", run_id: str, output: Path) -> None:
    from labeler.report.folder import write_report
    from labeler.workflow.training.results import report_data

    simulation, dataset = report_data(open_run(ws, run_id))
    with terminal_progress() as progress:
        write_report(simulation, dataset, output, command=command_line(), progress=progress)
