"""add: more images for a run, and the newest of them taken back."""

from pathlib import Path

import click

from labeler.cli.late import late_body
from labeler.cli.options import json_flag, run_argument


@click.command()
@run_argument
@click.argument("path", type=click.Path(exists=True, path_type=Path), required=False)
@click.option(
    "--strict",
    is_flag=True,
    help="Add nothing if one new image cannot be read, rather than say so.",
)
@click.option(
    "--undo",
    "is_undo",
    is_flag=True,
    help="Take the newest images back that were added; without PATH.",
)
@json_flag
@late_body
def add() -> None:
    """Add the images of PATH to RUN that it does not have yet.

    PATH is a folder, a zip or a tar: often the folder that the run was made of, with more files in
    it by now. Only new files are read; a file with the content of one that the run has is the same
    image. Questions, answers, clusters and what is held out to test on stay. New images get labels
    by the answers at once, and later questions may ask about them.

    \b
      labeler add mine my-images/
      labeler add mine more.zip
      labeler add mine --undo      as long as nobody named one of the new images
    """
