"""``labeler export``: the labels of a run, for other programs."""

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
from labeler.cli.options import STANDARD_OUTPUT, json_flag, require_writable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labeler.workflow.exchange.export_request import ExportCount, ExportRequest
    from labeler.workflow.run import open_run
    from labeler.workflow.workspace import Workspace

FORMATS = (
    "csv",
    "jsonl",
    "parquet",
    "npz",
    "idx",
    "imagefolder",
    "hf-imagefolder",
    "label-studio",
    "fiftyone",
    "cvat",
    "cleanlab",
)
SOURCES = ("human", "oracle", "propagated", "dataset", "none")


@click.command()
@run_argument
@click.option(
    "--format",
    type=click.Choice(FORMATS),
    default="csv",
    show_default=True,
    help="What is written; see the list above.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    required=True,
    help="The file or new folder to write; a name that ends with .zip takes all in one file; "
    "- for standard output.",
)
@click.option(
    "--source", "sources", type=click.Choice(SOURCES), multiple=True, help="Only such labels."
)
@click.option("--class", "classes", multiple=True, help="Only labels of this class.")
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    help="Only labels of this confidence, which orders them: no probability.",
)
@click.option(
    "--cluster", "clusters", type=click.IntRange(0), multiple=True, help="Only this cluster."
)
@fraction_option
@threshold_option
@click.option(
    "--images/--no-images",
    "with_images",
    default=None,
    help="Whether the images are in it, too.  [default: wherever the format has room for them]",
)
@click.option(
    "--validation",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Share of the images to set aside to validate on; clusters stay whole, and every class "
    "of two clusters is on both sides.",
)
@click.option(
    "--test/--no-test",
    "with_test",
    default=None,
    help="Whether what is held out to test on is in it, too, with the labels it came with and "
    "split=test.  [default: in csv, jsonl, parquet, npz]",
)
@click.option(
    "--raw",
    is_flag=True,
    help="CSV: names as they are, to be joined with other files; a spreadsheet may run them. A "
    "column raw says so.",
)
@json_flag
def export(
    run_name: str,
    format: str,
    output: Path,
    sources: tuple[str, ...],
    classes: tuple[str, ...],
    min_confidence: float | None,
    clusters: tuple[int, ...],
    fraction: float | None,
    threshold: float | None,
    with_images: bool | None,
    validation: float | None,
    with_test: bool | None,
    raw: bool,
    as_json: bool,
) -> None:
    """Write the labels of RUN, whole or not at all, with a manifest beside them.

    \b
      csv             a spreadsheet, pandas
      jsonl           one JSON object a line
      parquet         Hugging Face datasets, pandas, DuckDB
      npz             NumPy: images, labels, source, confidence
      idx             whatever reads MNIST
      imagefolder     Keras, torchvision: a folder for each class
      hf-imagefolder  Hugging Face datasets, as a folder
      label-studio    review in Label Studio
      fiftyone        look at it in FiftyOne
      cvat            CVAT for images 1.1
      cleanlab        find label errors

    It is the set that the run was trained on last, unless --fraction or --threshold ask for
    another one. The filters leave rows out; several of one kind add up. With --validation and
    a folder or zip as output, each side has a file or folder of its own.
    """
    from labeler.workflow.exchange.export import export_file
    from labeler.workflow.exchange.export_request import ExportFilter, ExportRequest
    from labeler.workflow.runs import find_run

    if as_json and output == STANDARD_OUTPUT:
        raise click.UsageError("--json and --output - would mix on standard output.")
    require_writable(None, output)
    wanted = ExportFilter(sources or None, classes or None, min_confidence, clusters or None)
    with opened_workspace() as ws:
        run_id = find_run(ws, run_name).id
        request = ExportRequest(
            run_id, format, wanted, fraction, threshold, with_images, validation, with_test, raw
        )
        if output == STANDARD_OUTPUT:
            _export_to_stdout(ws, request)
            return
        with terminal_progress() as progress:
            count = export_file(open_run(ws, request.run_id), request, output, progress)
    _say_exported(output, count, as_json)


COMMANDS = (export,)


def _export_to_stdout(ws: "Workspace", request: "ExportRequest") -> None:
    from labeler.workflow.exchange.export import export_chunks

    for chunk in export_chunks(open_run(ws, request.run_id), request):
        click.echo(chunk, nl=False)


def _say_exported(output: Path, count: "ExportCount", as_json: bool) -> None:
    if as_json:
        from labeler.cli.showing import print_json

        print_json({"output": str(output), **_values(count)})
    else:
        for line in _lines(output, count):
            click.echo(line, err=True)


def _values(count: "ExportCount") -> dict[str, Any]:
    from dataclasses import asdict

    values = asdict(count)
    names = ("n_rows", "n_validation", "n_test", "n_unlabeled", "left_out", "one_sided")
    return {**{name: values[name] for name in names}, "set": count.spread}


def _lines(output: Path, count: "ExportCount") -> "Iterator[str]":
    from labeler.words import counted
    from labeler.workflow.exchange.export_request import left_out_in_words, one_sided_in_words

    left_out = left_out_in_words(count.left_out)
    yield f"{counted(count.n_rows, 'row')} written to {output}" + (left_out and f", {left_out}")
    yield f"The set: {count.spread}."
    sides = ((count.n_validation, "to validate on"), (count.n_test, "held out to test on"))
    told = ", ".join(f"{number:,} {what}" for number, what in sides if number)
    if told:
        yield f"Of the rows, {told}."
    if count.one_sided:
        yield one_sided_in_words(count)
