"""The clusters of a run, looked at and changed: clusters, split, merge, budget."""

import getpass
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from labeler.cli.opening import opened_workspace, run_argument
from labeler.cli.options import json_flag
from labeler.cli.runs import _finish

if TYPE_CHECKING:
    from labeler.workflow.clusters.regroup import Regrouping
    from labeler.workflow.run import open_run
    from labeler.workflow.workspace import Workspace

undo_option = click.option("--undo", is_flag=True, help="Take back the newest split or merge.")


@click.command()
@run_argument
@json_flag
def clusters(run_name: str, as_json: bool) -> None:
    """List the clusters of RUN from worst to best, each with its number and where it came from.

    With ground truth, the worst is the one with the largest share of images that are not what it
    was named; without, the loosest.
    """
    from labeler.cli.showing import lineage_table, print_json, print_table
    from labeler.workflow.clusters.lineage import parents_of
    from labeler.workflow.runs import find_run
    from labeler.workflow.training.results import run_report

    with opened_workspace() as ws:
        run = find_run(ws, run_name)
        rows = run_report(open_run(ws, run.id)).clusters
        changes = open_run(ws, run.id).changes
    if as_json:
        print_json(_cluster_values(rows, changes))
        return
    print_table(lineage_table(rows, parents_of(changes)))
    if any(row.verdict == "mixed" for row in rows):
        click.echo("A mixed cluster can be split: labeler split RUN CLUSTER --k 4")


@click.command()
@run_argument
@click.argument("cluster", type=click.IntRange(0), required=False)
@click.option(
    "--k",
    "n_parts",
    type=click.IntRange(2, 50),
    help="Parts to make of it.  [default: what its silhouette suggests, 2 to 8]",
)
@click.option(
    "--raise-budget", is_flag=True, help="Allow as many questions as this takes, if need be."
)
@undo_option
@json_flag
def split(
    run_name: str,
    cluster: int | None,
    n_parts: int | None,
    raise_budget: bool,
    undo: bool,
    as_json: bool,
) -> None:
    """Cluster one CLUSTER of RUN again, and ask about its parts.

    CLUSTER is its number: see `labeler clusters RUN`. Above all for one that was answered
    "mixed". Each part whose answer is not known is one more question, which counts against the
    budget. No answer is lost: the part that holds the image named before keeps its name. As deep
    as you like.

    \b
      labeler split mine 17 --k 4
      labeler split mine 17 --raise-budget     as many parts as its silhouette suggests
      labeler split mine --undo                take that back; no answer is lost
    """
    from labeler.words import counted
    from labeler.workflow.clusters.regroup import split_cluster

    if undo:
        _undo(run_name, as_json, cluster is not None or n_parts is not None)
        return
    if cluster is None:
        raise click.UsageError("Say which CLUSTER to split; `labeler clusters RUN` lists them.")
    with opened_workspace() as ws:
        run_id = _id(ws, run_name)
        made = split_cluster(
            ws, run_id, cluster, n_parts, annotator=_me(), raise_budget=raise_budget
        )
        _let_the_oracle_answer(ws, run_id)
    parts = ", ".join(map(str, made.change.children))
    asked = counted(made.n_questions, "new question")
    _say(made, as_json, f"Cluster {cluster} is split into {parts}: {asked}.")


@click.command()
@run_argument
@click.argument("numbers", metavar="[CLUSTER…]", type=click.IntRange(0), nargs=-1)
@undo_option
@json_flag
def merge(run_name: str, numbers: tuple[int, ...], undo: bool, as_json: bool) -> None:
    """Make one cluster of several CLUSTERs of RUN that were named the same.

    \b
      labeler merge mine 4 7 9
      labeler merge mine --undo
    """
    from labeler.workflow.clusters.regroup import merge_clusters

    if undo:
        _undo(run_name, as_json, bool(numbers))
        return
    with opened_workspace() as ws:
        made = merge_clusters(ws, _id(ws, run_name), numbers, annotator=_me())
    listed = ", ".join(map(str, made.change.parents))
    _say(made, as_json, f"Clusters {listed} are cluster {made.change.children[0]} now.")


@click.command()
@run_argument
@click.argument("answers", metavar="[N]", type=click.IntRange(1), required=False)
@json_flag
def budget(run_name: str, answers: int | None, as_json: bool) -> None:
    """Raise the budget of RUN to N answers; without N, say what it is.

    A budget can be raised and not lowered: what was asked, was asked.
    """
    from labeler.workflow.clusters.regroup import raise_budget
    from labeler.workflow.runs import get_run

    with opened_workspace() as ws:
        run_id = _id(ws, run_name)
        if answers is not None:
            raise_budget(ws, run_id, answers)
        summary = get_run(ws, run_id).summary
    if as_json:
        _print({"budget": summary.run.budget, "n_questions": summary.n_questions})
    else:
        click.echo(f"{summary.n_questions:,} of {summary.run.budget:,} questions asked.")


COMMANDS = (clusters, split, merge, budget)


def _id(ws: "Workspace", run_name: str) -> str:
    from labeler.workflow.runs import find_run

    return find_run(ws, run_name).id


def _let_the_oracle_answer(ws: "Workspace", run_id: str) -> None:
    """Where the run has one; a person answers in the browser."""
    from labeler.workflow.runs import ORACLE, get_run

    job = get_run(ws, run_id).active_job
    if job is not None and job.kind == ORACLE:
        _finish(ws, job)


def _me() -> str:
    """Who is at the terminal, for the lineage."""
    with suppress(KeyError, OSError):
        return getpass.getuser()
    return "me"


def _undo(run_name: str, as_json: bool, has_more: bool) -> None:
    from labeler.workflow.clusters.regroup import undo_change

    if has_more:
        raise click.UsageError("--undo takes back the newest change; leave the rest out.")
    with opened_workspace() as ws:
        made = undo_change(ws, _id(ws, run_name), annotator=_me())
    listed = ", ".join(map(str, made.change.children))
    there = "there is cluster" if len(made.change.children) == 1 else "there are clusters"
    _say(made, as_json, f"Taken back: {there} {listed} again. No answer is lost.")


def _say(made: "Regrouping", as_json: bool, text: str) -> None:
    if not as_json:
        click.echo(text)
        return
    change = made.change
    _print(
        {
            "kind": change.kind.value,
            "parents": list(change.parents),
            "children": list(change.children),
            "n_questions": made.n_questions,
            "budget": made.budget,
        }
    )


def _cluster_values(rows: Any, changes: Any) -> list[dict[str, Any]]:
    from dataclasses import asdict

    from labeler.workflow.clusters.lineage import parents_of

    parents = parents_of(changes)
    return [asdict(row) | {"made_from": list(parents.get(row.cluster, ()))} for row in rows]


def _print(values: dict[str, Any]) -> None:
    from labeler.cli.showing import print_json

    print_json(values)
