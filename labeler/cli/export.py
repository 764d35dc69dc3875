"""``labeler export``: the labels of a run, for other programs."""

from pathlib import Path

import click

from labeler.cli.late import late_body
from labeler.cli.options import fraction_option, json_flag, run_argument, threshold_option
from labeler.plugins import written_formats
from labeler.workflow.exchange.choices import IMAGES, OF_RUNS, WRITTEN

_NO_SOURCE, *_NAMED_SOURCES = OF_RUNS


_LIST = "\n".join(f"  {name:14}  {file.use}" for name, file in written_formats().items())
_HELP = f"""Write the labels of RUN, whole or not at all, with a manifest beside them.

\b
{_LIST}

It is the set that the run was trained on last, unless --fraction or --threshold ask for
another one. The filters leave rows out; several of one kind add up. With --validation and
a folder or zip as output, each side has a file or folder of its own.
"""


@click.command(help=_HELP)
@run_argument
@click.option(
    "--format",
    type=click.Choice(WRITTEN),
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
    "--source",
    "sources",
    type=click.Choice((*_NAMED_SOURCES, _NO_SOURCE)),
    multiple=True,
    help="Only such labels.",
)
@click.option("--class", "classes", multiple=True, help="Only labels of this class.")
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    help="Of the spread labels, only those of this confidence, which orders them: 0.9 means the "
    "surest, not 90 % right; with --calibrated and an audit, 90 % right. What was named stays in.",
)
@click.option(
    "--calibrated",
    is_flag=True,
    help="Confidences become probabilities of being right, by the audit of the labels; before one, "
    "cautiously by the answers, left out in turn when the run was trained.",
)
@click.option(
    "--cluster", "clusters", type=click.IntRange(0), multiple=True, help="Only this cluster."
)
@fraction_option
@threshold_option
@click.option(
    "--images",
    type=click.Choice(IMAGES),
    is_flag=False,
    flag_value=IMAGES[0],
    help="Which images are in it: your own files byte for byte, the same as links where the file "
    "system can, or small PNG files.  [default: originals, wherever there are files and the format "
    "has room for images]",
)
@click.option(
    "--skip-missing",
    is_flag=True,
    help="Leave images out whose original moved or changed since it was read; else nothing is "
    "written then.",
)
@click.option("--no-images", is_flag=True, help="Leave the images out.")
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
@late_body
def export() -> None:
    """Write a label set; ``_HELP`` says how."""
