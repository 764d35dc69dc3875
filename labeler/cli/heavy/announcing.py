"""What was read, said on standard error before anything is made of it."""

import click

from labeler.datasets import KNOWN, Dataset
from labeler.datasets.inspection import short_lines


def announce(dataset: Dataset) -> None:
    """Say in a few lines what a data set of the user's own was understood to be."""
    if dataset.name in KNOWN:
        return
    for line in short_lines(dataset):
        click.echo(line, err=True)
