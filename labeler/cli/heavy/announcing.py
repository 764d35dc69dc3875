"""What was read, said on standard error before anything is made of it."""

import click

from labeler.datasets import KNOWN, Dataset
from labeler.datasets.inspection import short_lines
from labeler.workflow.datasets import OnRead, ignore


def announcing(asked: str, *, as_json: bool) -> OnRead:
    """What says in a few lines what a data set of the user's own was understood to be.

    Parameters
    ----------
    asked : str
        Its name or path, as it was given. Of known data sets nothing is said.
    as_json : bool
        Whether JSON is asked for: then nothing is said, either.
    """
    return ignore if as_json or asked in KNOWN else _announce


def _announce(dataset: Dataset) -> None:
    for line in short_lines(dataset):
        click.echo(line, err=True)
