"""The command line: parses, calls one use case, shows the result.

::

    simulate.py   datasets, demo, simulate: nothing is kept but what is written out
    explore.py    explore: how many clusters, and what is in them
    runs.py       new, runs, show, propagate, train, report: one run after the other
    regroup.py    clusters, split, merge, budget: the clusters of a run, changed
    export.py     export: its labels, for other programs
    importing.py  import-labels: labels from such files
    upkeep.py     serve, backup, restore, doctor
    opening.py    what every command about a run begins with
    options.py    what several commands take
    showing.py    runs as lines, tables and JSON

Exit status 0; 2 for wrong usage or input, 1 for a full disk or a result that is not complete,
each with one line on standard error; 1 for a defect.
"""

import errno
import os
import sys
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from labeler import __version__
from labeler.cli import explore, export, importing, regroup, runs, simulate, upkeep
from labeler.exceptions import ConfigError, LabelerError, NoRoomError
from labeler.files import is_full

USAGE_ERROR = 2
INTERRUPTED = 130
_REFUSALS = (
    errno.EACCES, errno.EPERM, errno.EROFS, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG
)  # fmt: skip


def main() -> None:
    """Run the command line, with every expected failure as one line and a status."""
    try:
        cli.main(prog_name="labeler", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        _fail("stopped.", INTERRUPTED)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(USAGE_ERROR)
    except click.ClickException as error:
        _fail(error.format_message(), USAGE_ERROR)
    except LabelerError as error:
        _fail(str(error), error.exit_status)
    except OSError as error:
        meant = _in_our_words(error)
        if meant is None:
            raise
        _write_no_more()
        _fail(str(meant), meant.exit_status)


def _write_no_more() -> None:
    """What is still to be printed would fail once more when Python ends."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _in_our_words(error: OSError) -> LabelerError | None:
    """What the user can act on: a full disk, or a place that may not be written to or read."""
    if is_full(error):
        return NoRoomError(f"the disk of {error.filename}" if error.filename else "the disk")
    if error.errno in _REFUSALS and error.filename:
        return ConfigError(f"{error.filename} cannot be used: {error.strerror}.")
    return None


def _fail(message: str, status: int) -> None:
    from labeler.words import printable

    one_line = " ".join(message.split())
    click.echo(f"labeler: {printable(one_line)}", err=True)
    sys.exit(status)


def _read_config(ctx: click.Context, param: click.Parameter, path: Path | None) -> None:
    """Settings from a file stand below flags and environment, and above the defaults."""
    if path is None:
        return
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} is not a settings file in TOML: {error}.") from error
    ctx.default_map = {name: _defaults(path, name, table) for name, table in tables.items()}


def _defaults(path: Path, command_name: str, table: Any) -> dict[str, Any]:
    """The settings of one command, from the names of its options to those click uses."""
    command = cli.commands.get(command_name)
    if command is None or not isinstance(table, dict):
        raise ConfigError(f"{path}: [{command_name}] is not a command of Labeler.")
    names = {option.lstrip("-"): param.name for param in command.params for option in param.opts}
    unknown = sorted(set(table) - set(names))
    if unknown:
        raise ConfigError(
            f"{path}: [{command_name}] has no setting {unknown[0]!r}; see "
            f"`labeler {command_name} --help`."
        )
    return {str(names[key]): value for key, value in table.items()}


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="labeler")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="LABELER_CONFIG",
    callback=_read_config,
    expose_value=False,
    is_eager=True,
    help="Settings in TOML, a table for each command: [simulate] seeds = 10",
)
def cli() -> None:
    """Name a hundred images, label them all.

    Labeler clusters a pile of images, asks for the class of the one that stands for each
    cluster, spreads the answers, trains a classifier on them and says how good it is.

    \b
    Try it, nothing to download:
      labeler demo
    Simulate labeling with a data set whose labels are known:
      labeler simulate fashion-mnist --labels 100
      labeler simulate my-images/ --labels 20,50,100 --output results/
    See how many clusters there are, and what is in them:
      labeler explore fashion-mnist --k 2..20
    Name images yourself, in the browser or step by step:
      labeler serve
      labeler new my-images/ --name mine --class cat --class dog
      labeler train mine
      labeler export mine --output labels.csv
    """


for command in (
    *simulate.COMMANDS,
    *explore.COMMANDS,
    *runs.COMMANDS,
    *regroup.COMMANDS,
    *export.COMMANDS,
    *importing.COMMANDS,
    *upkeep.COMMANDS,
):
    cli.add_command(command)
