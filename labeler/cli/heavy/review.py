"""``review``, done."""

from collections.abc import Iterator
from pathlib import Path

import click

from labeler.cli.heavy.opening import finish, opened_workspace
from labeler.cli.options import STANDARD_OUTPUT, require_writable
from labeler.files import write_atomically
from labeler.workflow.reviewing.listing import as_csv, doubtful_labels
from labeler.workflow.run import open_run
from labeler.workflow.runs import find_run
from labeler.workflow.spreading import request_spread


def review(run_name: str, class_name: str | None, limit: int | None, output: Path) -> None:
    """Spread the answers if that is not done, and write the labels in their order."""
    require_writable(None, output)
    with opened_workspace() as ws:
        run = find_run(ws, run_name)
        job = request_spread(ws, run.id)
        if job is not None:
            finish(ws, job)
        lines = as_csv(doubtful_labels(open_run(ws, run.id), class_name), limit)
        _write(lines, output)


def _write(lines: Iterator[bytes], output: Path) -> None:
    if output != STANDARD_OUTPUT:
        write_atomically(output, b"".join(lines))
        return
    for line in lines:
        click.echo(line, nl=False)
