"""``labeler`` alone: what to do next, by what is here."""

import click

from labeler import words
from labeler.cli.heavy.showing import next_step
from labeler.locations import instance_folder
from labeler.workflow.budgets import questions_of
from labeler.workflow.runs import get_run, list_runs
from labeler.workflow.views import RunView
from labeler.workflow.workspace import open_existing, workspace_exists

_SHOWN = 3
_BEGIN = (
    ("labeler demo", "see the main job done on 1,797 digits"),
    ("labeler inspect PATH", "see what your own images would be read as"),
    ("labeler serve", "name them, in the browser"),
)


def say_what_is_next() -> None:
    """Write the last active runs, each with what to do next, or how to begin."""
    runs, n_more = _last_active()
    for view, next_one in runs:
        click.echo(f"{words.printable(view.run.name)}  {_how_far(view)}\n  {next_one}\n")
    if n_more:
        click.echo(f"{words.counted(n_more, 'more run')}: labeler runs\n")
    if not runs:
        click.echo(f"There is no run yet in {instance_folder()}. To begin:\n")
        width = max(len(command) for command, _ in _BEGIN)
        for command, purpose in _BEGIN:
            click.echo(f"  {command:{width}}  {purpose}")
        click.echo()
    click.echo("All commands: labeler --help")


def _last_active() -> tuple[list[tuple[RunView, str]], int]:
    """A few runs, what is next in each, and how many more there are; nothing is made to look."""
    if not workspace_exists():
        return [], 0
    workspace = open_existing()
    try:
        summaries = list_runs(workspace)
        views = [get_run(workspace, summary.run.id) for summary in summaries[:_SHOWN]]
        runs = [(view, next_step(view)) for view in views]
    finally:
        workspace.close()
    return runs, len(summaries) - len(runs)


def _how_far(view: RunView) -> str:
    summary = view.summary
    answered = f"{summary.n_given:,} of {questions_of(summary):,} questions answered"
    if summary.best_accuracy is None:
        return answered
    return f"{answered}, test accuracy {words.percent(summary.best_accuracy)}"
