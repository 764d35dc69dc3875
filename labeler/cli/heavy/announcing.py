"""What was read, said on standard error before anything is made of it."""

import click

from labeler.datasets import KNOWN, Dataset
from labeler.datasets.inspection import short_lines
from labeler.feature_names import title_of
from labeler.words import WARNING, printable
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


def say_features(features: str) -> None:
    """What the features are, with the licence of the weights that are used."""
    say_note(f"features: {title_of(features)}")


def say_note(note: str) -> None:
    """A note on what is made of the images, a warning in bold."""
    click.secho(printable(note), err=True, bold=note.startswith(WARNING))


def say_warning(note: str) -> None:
    """The same of warnings alone: who asked for JSON is not told the rest."""
    if note.startswith(WARNING):
        say_note(note)


def _announce(dataset: Dataset) -> None:
    for line in short_lines(dataset):
        click.echo(line, err=True)
