"""``backup`` and ``restore``: all runs in one file, and out of it again."""

from pathlib import Path

import click

from labeler.cli.late import late_body
from labeler.cli.options import json_flag


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_flag
@late_body
def backup() -> None:
    """Write runs, answers, images and results to one FILE; people can go on labeling meanwhile.

    The work is done in the instance folder, or beside FILE where that is read-only.

    Exit status 1 where arrays were missing or damaged: the file is written without them; and where
    the database itself has faults: the file is written, but `labeler restore` will refuse it.
    """


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_flag
@late_body
def restore() -> None:
    """Put what the backup FILE holds into the instance folder, which must have no database yet.

    LABELER_INSTANCE names another folder. Nothing may use it meanwhile: stop `labeler serve`
    first. A restore that was cut off can be repeated. Exit status 1 where the backup lacks arrays.
    """
