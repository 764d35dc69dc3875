"""audit: how right the labels of a run are, with an interval."""

from pathlib import Path

import click

from labeler.cli.late import late_body
from labeler.cli.options import run_argument

FEWEST = 20
"""Answers that an audit takes at least: fewer say next to nothing."""


@click.command()
@run_argument
@click.option(
    "--answers",
    "n_answers",
    type=click.IntRange(FEWEST),
    default=200,
    show_default=True,
    help="Images to be named, where an oracle answers; the page stops at 50, 100, 200, 400, …",
)
@click.option(
    "--answerer",
    type=click.Choice(("human", "oracle")),
    help="Who answers: a person in the browser, or the oracle, from ground truth.  "
    "[default: as the run's questions]",
)
@click.option("--show", "only_show", is_flag=True, help="Only show what is known; ask nothing.")
@click.option(
    "--new",
    "is_new",
    is_flag=True,
    help="Begin another audit, of the labels of now, with other images.",
)
@click.option(
    "--more-of",
    metavar="CLASS",
    help="Ask about 30 further images that are labeled as CLASS, blind: its interval narrows, and "
    "no other figure counts them.",
)
@click.option("--list", "is_list", is_flag=True, help="List all audits of the run; ask nothing.")
@click.option(
    "--number",
    type=click.IntRange(1),
    help="Show, or write, what an earlier audit found, as --list numbers them; ask nothing.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write all figures to this file; - for standard output.",
)
@click.option(
    "--csv",
    "csv_file",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write the audited images with stratum and weight: enough to compute the figures again.",
)
@click.option(
    "--certificate",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a page to this file, and JSON and CSV of the same name beside it.",
)
@late_body
def audit() -> None:
    """Find out how right the labels of RUN are, with an interval.

    Some of the spread labels are drawn, more of the doubtful ones, and named anew by somebody who
    is not told what they are labeled. What follows is a share with an interval, for all labels and
    by class, cluster and classifier. The answers teach nothing, and change no label, until they are
    released on the page Audit. A second call goes on with the same audit.

    \b
      labeler audit mine                           the figures so far, and where to go on
      labeler audit demo --answerer oracle         from true labels, where there are any
      labeler audit mine --show --certificate labels.html
      labeler audit mine --more-of Shirt           30 more images of one class
      labeler audit mine --list                    all audits, with label set and figure
      labeler audit mine --number 1 --certificate first.html
    """
