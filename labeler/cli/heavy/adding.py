"""``add``, done."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from labeler.cli.heavy.opening import opened_workspace
from labeler.cli.heavy.progress_bars import TerminalProgress
from labeler.cli.heavy.showing import print_json
from labeler.words import counted, percent, printable
from labeler.workflow.adding.history import undo_addition
from labeler.workflow.adding.request import request_addition
from labeler.workflow.inline import finish_job
from labeler.workflow.runs import find_run

SHOWN = 20


def add(run_name: str, path: Path | None, strict: bool, is_undo: bool, as_json: bool) -> None:
    """Add the images and say what became of them; or take the newest back."""
    if is_undo == (path is not None):
        raise click.UsageError("Give a PATH, or --undo without one.")
    with opened_workspace() as ws:
        run_id = find_run(ws, run_name).id
        if path is None:
            undone = undo_addition(ws, run_id)
            _say_undone(undone.n_images, undone.source, as_json)
            return
        job = request_addition(ws, run_id, str(path), strict=strict)
        with TerminalProgress() as progress:
            done = finish_job(ws, job.id, progress)
    result = done.result or {}
    if as_json:
        print_json(dict(result))
    else:
        _say(result, run_id)


def _say(result: Mapping[str, Any], run: str) -> None:
    n_images, n_known = result["n_images"], result["n_known"]
    known = f"{counted(n_known, 'file')} known already, not read"
    if n_images:
        click.echo(
            f"{counted(n_images, 'image')} added, {result['n_held_out']:,} of them held out to "
            f"test on; {known}."
        )
    else:
        click.echo(f"Nothing to add: {known}.")
    for line in told_of_added(result, run):
        click.echo(line)
    for note in result["notes"]:
        click.echo(f"  {printable(note)}")
    _list_left_out(result["left_out"])


def told_of_added(result: Mapping[str, Any], run: str) -> Iterator[str]:
    """What the classifier says of the new images, and how many are like none of before."""
    if not result.get("n_to_label"):
        return
    if result["predicted"]:
        named = ", ".join(f"{printable(name)} {n:,}" for name, n in result["predicted"].items())
        yield f"Named by the classifier that was trained last: {named}"
    else:
        yield f"Not named by a classifier: none was trained on these classes (labeler train {run})"
    n, n_unfamiliar = result["n_to_label"], result["n_unfamiliar"]
    yield f"Unlike the images of before: {n_unfamiliar:,} of {n:,} ({percent(n_unfamiliar / n)})"
    if result["unlike"]:
        yield f"{result['unlike']}"
        yield f"Questions about them come first: labeler budget {run} N, then labeler serve"


def _list_left_out(left_out: list[Mapping[str, str]]) -> None:
    for file in left_out[:SHOWN]:
        click.echo(f"  left out: {file['file']}: {file['reason']}")
    if len(left_out) > SHOWN:
        click.echo(f"  and {len(left_out) - SHOWN:,} more; --json lists all")


def _say_undone(n_images: int, source: str, as_json: bool) -> None:
    if as_json:
        print_json({"undone": source, "n_images": n_images})
    else:
        click.echo(f"Took back {counted(n_images, 'image')} of {printable(source)}.")
