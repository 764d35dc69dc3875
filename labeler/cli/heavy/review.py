"""``review``, done."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import click
from msgspec import to_builtins

from labeler.cli.heavy.opening import finish, opened_workspace
from labeler.cli.options import STANDARD_OUTPUT, require_writable
from labeler.files import write_atomically
from labeler.typed_json import json_text
from labeler.workflow.reviewing import listing, odd_listing
from labeler.workflow.reviewing.listing import doubtful_labels
from labeler.workflow.reviewing.odd import odd_pictures_of, request_odd
from labeler.workflow.reviewing.odd_listing import odd_rows
from labeler.workflow.run import Run, open_run
from labeler.workflow.runs import find_run
from labeler.workflow.spread.spreading import request_spread
from labeler.workflow.workspace import Workspace


def review(
    run_name: str,
    class_name: str | None,
    odd: bool,
    limit: int | None,
    output: Path,
    as_json: bool,
) -> None:
    """Spread the answers if that is not done, and write the labels or pictures in their order."""
    if odd and class_name is not None:
        raise click.UsageError("--odd lists pictures of all classes; leave --class out.")
    require_writable(None, output)
    with opened_workspace() as ws:
        run = find_run(ws, run_name)
        job = request_spread(ws, run.id)
        if job is not None:
            finish(ws, job)
        opened = open_run(ws, run.id)
        if not odd:
            opened.require_named("a review")
        rows: Iterator[Any] = _odd(ws, opened) if odd else doubtful_labels(opened, class_name)
        chosen = islice(rows, limit)
        if as_json:
            text = json_text([to_builtins(row) for row in chosen], indent=2, ensure_ascii=False)
            _write(iter([f"{text}\n".encode("utf-8", "backslashreplace")]), output)
        else:
            _write((odd_listing if odd else listing).as_csv(chosen), output)


def _odd(ws: Workspace, run: Run) -> Iterator[odd_listing.OddRow]:
    """The odd pictures of a run, looked for first if nobody did."""
    run.require_prepared()
    if odd_pictures_of(run) is None:
        finish(ws, request_odd(ws, run.id))
        run = open_run(ws, run.id)
    found = odd_pictures_of(run)
    return iter(()) if found is None else odd_rows(found)


def _write(lines: Iterator[bytes], output: Path) -> None:
    if output != STANDARD_OUTPUT:
        write_atomically(output, b"".join(lines))
        return
    for line in lines:
        click.echo(line, nl=False)
