"""``labeler review``: the labels of a run that are most likely wrong, first."""

from pathlib import Path

import click

from labeler.cli.late import late_body
from labeler.cli.options import run_argument


@click.command()
@run_argument
@click.option("--class", "class_name", help="Labels of this class only.")
@click.option("--limit", type=click.IntRange(1), help="Write so many at most.  [default: all]")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    default=Path("-"),
    help="The file to write; - for standard output.  [default: -]",
)
@late_body
def review() -> None:
    """List the spread labels of RUN as CSV, those most likely wrong first.

    They come in pages of one class each, the most doubtful page first, and on a page those that
    look alike side by side, as the page Review of the run shows them. What was answered or
    reviewed is not among them.

    \b
      labeler review mine --class Sandal --limit 300 --output sandals.csv
    """
