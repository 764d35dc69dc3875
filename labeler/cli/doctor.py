"""``doctor``: what is wrong with an installation, and what to do about it."""

import click

from labeler.cli.late import late_body
from labeler.cli.options import json_flag


@click.command()
@json_flag
@late_body
def doctor() -> None:
    """Look for what is wrong with the database and its files, and say what to do.

    Exit status 0 only where `labeler serve` would start, and 2 where something must be seen to.
    """
