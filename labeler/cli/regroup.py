"""The clusters of a run, looked at and changed: clusters, split, merge, budget."""

import click

from labeler.cli.late import late_body
from labeler.cli.options import json_flag, run_argument

undo_option = click.option("--undo", is_flag=True, help="Take back the newest split or merge.")


@click.command()
@run_argument
@json_flag
@late_body
def clusters() -> None:
    """List the clusters of RUN from worst to best, each with its number and where it came from.

    With ground truth, the worst is the one with the largest share of images that are not what it
    was named; without, the loosest.
    """


@click.command()
@run_argument
@click.argument("cluster", type=click.IntRange(0), required=False)
@click.option(
    "--k",
    "n_parts",
    type=click.IntRange(2, 50),
    help="Parts to make of it.  [default: what its silhouette suggests, 2 to 8]",
)
@click.option(
    "--raise-budget", is_flag=True, help="Allow as many questions as this takes, if need be."
)
@undo_option
@json_flag
@late_body
def split() -> None:
    """Cluster one CLUSTER of RUN again, and ask about its parts.

    CLUSTER is its number: see `labeler clusters RUN`. Above all for one that was answered
    "mixed". Each part whose answer is not known is one more question, which counts against the
    budget. No answer is lost: the part that holds the image named before keeps its name. As deep
    as you like.

    \b
      labeler split mine 17 --k 4
      labeler split mine 17 --raise-budget     as many parts as its silhouette suggests
      labeler split mine --undo                take that back; no answer is lost
    """


@click.command()
@run_argument
@click.argument("numbers", metavar="[CLUSTER…]", type=click.IntRange(0), nargs=-1)
@undo_option
@json_flag
@late_body
def merge() -> None:
    """Make one cluster of several CLUSTERs of RUN that were named the same.

    \b
      labeler merge mine 4 7 9
      labeler merge mine --undo
    """


@click.command()
@run_argument
@click.argument("answers", metavar="[N]", type=click.IntRange(1), required=False)
@json_flag
@late_body
def budget() -> None:
    """Raise the budget of RUN to N answers; without N, say what it is.

    A budget can be raised and not lowered: what was asked, was asked.
    """
