"""``clusters``, ``split``, ``merge`` and ``budget``, done."""

import getpass
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import click

from labeler.cli.heavy.opening import finish, opened_workspace
from labeler.cli.heavy.showing import lineage_table, print_json, print_table
from labeler.words import counted
from labeler.workflow import json_shapes
from labeler.workflow.clusters.lineage import parents_of
from labeler.workflow.clusters.regroup import (
    Regrouping,
    merge_clusters,
    raise_budget,
    split_cluster,
    undo_change,
)
from labeler.workflow.job_kinds import ORACLE
from labeler.workflow.run import open_run
from labeler.workflow.runs import find_run, get_run
from labeler.workflow.training.results import run_report
from labeler.workflow.workspace import Workspace


def clusters(run_name: str, as_json: bool) -> None:
    """Write the clusters to standard output."""
    with opened_workspace() as ws:
        run = find_run(ws, run_name)
        opened = open_run(ws, run.id)
        rows, changes = run_report(opened).clusters, opened.changes
    if as_json:
        print_json(_cluster_values(rows, changes))
        return
    print_table(lineage_table(rows, parents_of(changes)))
    if any(row.verdict == "mixed" for row in rows):
        click.echo("A mixed cluster can be split: labeler split RUN CLUSTER --k 4")


def split(
    run_name: str,
    cluster: int | None,
    n_parts: int | None,
    raise_budget: bool,
    undo: bool,
    as_json: bool,
) -> None:
    """Split a cluster, or take that back, and say what became of it."""
    if undo:
        _undo(run_name, as_json, cluster is not None or n_parts is not None)
        return
    if cluster is None:
        raise click.UsageError("Say which CLUSTER to split; `labeler clusters RUN` lists them.")
    with opened_workspace() as ws:
        run_id = _id(ws, run_name)
        regrouping = split_cluster(
            ws, run_id, cluster, n_parts, annotator=_me(), raise_budget=raise_budget
        )
        _let_the_oracle_answer(ws, run_id)
    parts = ", ".join(map(str, regrouping.change.children))
    asked = counted(regrouping.n_questions, "new question")
    _say(regrouping, as_json, f"Cluster {cluster} is split into {parts}: {asked}.")


def merge(run_name: str, numbers: tuple[int, ...], undo: bool, as_json: bool) -> None:
    """Merge clusters, or take that back, and say what became of them."""
    if undo:
        _undo(run_name, as_json, bool(numbers))
        return
    with opened_workspace() as ws:
        regrouping = merge_clusters(ws, _id(ws, run_name), numbers, annotator=_me())
    listed = ", ".join(map(str, regrouping.change.parents))
    _say(regrouping, as_json, f"Clusters {listed} are cluster {regrouping.change.children[0]} now.")


def budget(run_name: str, answers: int | None, as_json: bool) -> None:
    """Raise the budget, if there is a new one, and say what it is."""
    with opened_workspace() as ws:
        run_id = _id(ws, run_name)
        if answers is not None:
            raise_budget(ws, run_id, answers)
        summary = get_run(ws, run_id).summary
    if as_json:
        print_json({"budget": summary.run.budget, "n_questions": summary.n_questions})
    else:
        click.echo(f"{summary.n_questions:,} of {summary.run.budget:,} questions asked.")


def _id(ws: Workspace, run_name: str) -> str:
    return find_run(ws, run_name).id


def _let_the_oracle_answer(ws: Workspace, run_id: str) -> None:
    """Where the run has one; a person answers in the browser."""
    job = get_run(ws, run_id).active_job
    if job is not None and job.kind == ORACLE:
        finish(ws, job)


def _me() -> str:
    """Who is at the terminal, for the lineage."""
    with suppress(KeyError, OSError):
        return getpass.getuser()
    return "me"


def _undo(run_name: str, as_json: bool, has_more: bool) -> None:
    if has_more:
        raise click.UsageError("--undo takes back the newest change; leave the rest out.")
    with opened_workspace() as ws:
        regrouping = undo_change(ws, _id(ws, run_name), annotator=_me())
    listed = ", ".join(map(str, regrouping.change.children))
    phrase = "there is cluster" if len(regrouping.change.children) == 1 else "there are clusters"
    _say(regrouping, as_json, f"Taken back: {phrase} {listed} again. No answer is lost.")


def _say(regrouping: Regrouping, as_json: bool, text: str) -> None:
    if not as_json:
        click.echo(text)
        return
    print_json(json_shapes.regrouping(regrouping))


def _cluster_values(rows: Any, changes: Any) -> list[dict[str, Any]]:
    parents = parents_of(changes)
    return [asdict(row) | {"made_from": list(parents.get(row.cluster, ()))} for row in rows]
