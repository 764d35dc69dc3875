"""Runs, made and looked at: new, runs, show.

Everything the pages do can be done here too; both call the same use cases.
"""

import click

from labeler.cli.late import late_body
from labeler.cli.options import (
    classifier_option,
    correction_options,
    data_option,
    error_rate_option,
    json_flag,
    method_options,
    preset_option,
    run_argument,
    seed_option,
    strict_option,
)
from labeler.config import DEFAULT_LABELS, DEFAULT_PRESET


@click.command()
@click.argument("dataset")
@data_option
@strict_option
@correction_options
@click.option(
    "--name",
    help="What to call the run.  [default: the data set's name; of a second run, digits 2]",
)
@click.option(
    "--answerer",
    type=click.Choice(("human", "oracle")),
    default="human",
    show_default=True,
    help="Who answers: a person, or the oracle, from ground truth.",
)
@click.option(
    "--labels",
    "budget",
    type=click.IntRange(1),
    help=f"Answers to ask for.  [default: {DEFAULT_LABELS}]",
)
@click.option(
    "--class",
    "classes",
    multiple=True,
    help="A class to choose from; once for each.  [default: those of the ground truth]",
)
@click.option(
    "--use-labels",
    is_flag=True,
    help="Take the labels that the images have already as answers, but for the held-out part.",
)
@preset_option(DEFAULT_PRESET)
@method_options
@classifier_option
@error_rate_option
@seed_option("What everything random in the run is drawn from.")
@json_flag
@late_body
def new() -> None:
    """Make a run of DATASET and prepare its questions.

    DATASET is a known name (see `labeler datasets`) or a path to your own images. The images are
    clustered, and one image of each cluster is to be named: by you, in the browser (`labeler
    serve`), or at once by the oracle. With the preset best, that is the first half of the
    questions; the second half is chosen by your answers, where the labels are uncertain.

    \b
      labeler new digits --name demo --answerer oracle
      labeler new my-images/ --name mine --class cat --class dog --labels 60
      labeler new labeled-in-part/ --use-labels
    """


@click.command("runs")
@click.option("--deleted", is_flag=True, help="Those in the bin instead.")
@click.option("--restore", metavar="RUN", help="Take this run out of the bin first.")
@json_flag
@late_body
def list_runs() -> None:
    """List the runs, the last active first.

    A run that was deleted stays in the bin for 30 days; then `labeler serve` removes it for good.
    """


@click.command()
@run_argument
@click.option(
    "--left-out",
    "with_left_out",
    is_flag=True,
    help="Also every file that was left out when the images were read, with the reason.",
)
@json_flag
@late_body
def show() -> None:
    """Show one RUN: its id, or its name if no other run has it."""
