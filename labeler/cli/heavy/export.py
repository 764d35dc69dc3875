"""``export``, done."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from labeler.cli.heavy.opening import opened_workspace
from labeler.cli.heavy.progress_bars import TerminalProgress
from labeler.cli.heavy.showing import print_json
from labeler.cli.options import STANDARD_OUTPUT, require_writable
from labeler.words import counted
from labeler.workflow.exchange.export import count_rows, export_chunks, export_file
from labeler.workflow.exchange.export_request import (
    ExportCount,
    ExportFilter,
    ExportRequest,
    left_out_in_words,
    one_sided_in_words,
)
from labeler.workflow.run import open_run
from labeler.workflow.runs import find_run
from labeler.workflow.workspace import Workspace


def export(
    run_name: str,
    format: str,
    output: Path,
    sources: tuple[str, ...],
    classes: tuple[str, ...],
    min_confidence: float | None,
    calibrated: bool,
    clusters: tuple[int, ...],
    fraction: float | None,
    threshold: float | None,
    images: str | None,
    skip_missing: bool,
    no_images: bool,
    validation: float | None,
    with_test: bool | None,
    raw: bool,
    as_json: bool,
) -> None:
    """Write a label set to a file, a folder or standard output, and say what is in it."""
    if no_images and images is not None:
        raise click.UsageError("--images and --no-images exclude each other.")
    if as_json and output == STANDARD_OUTPUT:
        raise click.UsageError("--json and --output - would mix on standard output.")
    require_writable(None, output)
    wanted = ExportFilter(sources or None, classes or None, min_confidence, clusters or None)
    with opened_workspace() as ws:
        run_id = find_run(ws, run_name).id
        request = ExportRequest(
            run_id, format, wanted, fraction, threshold,
            with_images=False if no_images else None,
            validation=validation, with_test=with_test, raw=raw, images=images,
            skip_missing=skip_missing, calibrated=calibrated,
        )  # fmt: skip
        if output == STANDARD_OUTPUT:
            _export_to_stdout(ws, request)
            return
        with TerminalProgress() as progress:
            count = export_file(open_run(ws, request.run_id), request, output, progress)
    _say_exported(output, count, as_json)


def _export_to_stdout(ws: Workspace, request: ExportRequest) -> None:
    run = open_run(ws, request.run_id)
    for chunk in export_chunks(run, request):
        click.echo(chunk, nl=False)
    if request.calibrated:
        click.echo(_worth(count_rows(run, request)), err=True)


def _say_exported(output: Path, count: ExportCount, as_json: bool) -> None:
    if as_json:
        print_json({"output": str(output), **_values(count)})
    else:
        for line in _lines(output, count):
            click.echo(line, err=True)


def _values(count: ExportCount) -> dict[str, Any]:
    values = asdict(count)
    names = ("n_rows", "n_validation", "n_test", "n_unlabeled", "left_out", "one_sided")
    told = {name: values[name] for name in names}
    return {**told, "set": count.spread, "calibrated_by": count.calibrated_by}


def _worth(count: ExportCount) -> str:
    return f"Confidences calibrated by {count.calibrated_by}."


def _lines(output: Path, count: ExportCount) -> Iterator[str]:
    left_out = left_out_in_words(count.left_out)
    yield f"{counted(count.n_rows, 'row')} written to {output}" + (left_out and f", {left_out}")
    if count.n_unlabeled and not count.n_named:
        yield "No image has a label yet that was answered or spread."
    else:
        yield f"The set: {count.spread}."
    if count.calibrated_by is not None:
        yield _worth(count)
    sides = ((count.n_validation, "to validate on"), (count.n_test, "held out to test on"))
    held_out = ", ".join(f"{number:,} {what}" for number, what in sides if number)
    if held_out:
        yield f"Of the rows, {held_out}."
    if count.one_sided:
        yield one_sided_in_words(count)
