"""What the answers of a run come to: propagate, train, report."""

from pathlib import Path

import click

from labeler.cli.late import late_body
from labeler.cli.options import (
    fraction_option,
    json_flag,
    propagation_option,
    run_argument,
    threshold_option,
)
from labeler.plugins import CLASSIFIERS


@click.command()
@run_argument
@fraction_option
@threshold_option
@propagation_option
@json_flag
@late_body
def propagate() -> None:
    """Spread the answers of RUN over their clusters or the graph, and keep that as its choice."""


@click.command()
@run_argument
@click.option(
    "--fraction",
    "fractions",
    type=click.FloatRange(0, 1, min_open=True),
    multiple=True,
    help="How far the answers are spread inside their clusters; several to compare.  "
    "[default: as chosen last]",
)
@threshold_option
@propagation_option
@click.option(
    "--classifier", type=click.Choice(tuple(CLASSIFIERS)), help="[default: the run's own]"
)
@click.option(
    "--comparisons/--no-comparisons",
    default=True,
    help="Whether to train on as many random labels and on all labels, too.",
)
@json_flag
@late_body
def train() -> None:
    """Train on the labels of RUN and score it, where there is ground truth to test with.

    The figures are those of `labeler simulate` for the same answers. Without ground truth, it
    says what can be known: coverage, confidence, and cross-validation by cluster.
    """


@click.command()
@run_argument
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the report, plots, results and labels to this folder.",
)
@json_flag
@late_body
def report() -> None:
    """Show the newest figures of RUN and its worst clusters, or write them to a folder."""
