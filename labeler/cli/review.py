"""``labeler review``: the labels of a run that are most likely wrong, first."""

from pathlib import Path

import click

from labeler.cli.late import late_body
from labeler.cli.options import json_flag, run_argument


@click.command()
@run_argument
@click.option("--class", "class_name", help="Labels of this class only.")
@click.option(
    "--odd", is_flag=True, help="List pictures that stand out instead, whatever their labels."
)
@click.option("--limit", type=click.IntRange(1), help="Write so many at most.  [default: all]")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    default=Path("-"),
    help="The file to write; - for standard output.  [default: -]",
)
@json_flag
@late_body
def review() -> None:
    """List the spread labels of RUN as CSV, those most likely wrong first.

    They come in pages of one class each, the most doubtful page first, and on a page those that
    look alike side by side, as the page Review of the run shows them. What was answered or
    reviewed is not among them.

    With --odd: pictures that are there twice or nearly, that are blank, dark or blurred beside the
    others, or whose file has an odd size or shape, each kind with its measure and the label.

    \b
      labeler review mine --class Sandal --limit 300 --output sandals.csv
      labeler review mine --odd --json
    """
