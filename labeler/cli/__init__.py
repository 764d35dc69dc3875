"""The command line: parses, calls one use case, shows the result.

::

    late.py       a group that imports a command when it is asked for, and its body when it runs
    datasets.py   datasets
    inspect.py    inspect: what a folder or file would be read as
    simulate.py   demo, simulate: nothing is kept but what is written out
    explore.py    explore: how many clusters, and what is in them
    runs.py       new, runs, show: runs, made and looked at
    train.py      propagate, train, report: what the answers come to
    audit.py      audit: how right the labels of a run are
    adding.py     add: more images for a run
    review.py     review: labels that are most likely wrong
    regroup.py    clusters, split, merge, budget: the clusters of a run, changed
    export.py     export: its labels, for other programs
    model.py      model, predict: what a run has learned, and new pictures named by it
    importing.py  import-labels: labels from such files
    serve.py      serve, serve-model: the pages, and a model behind Label Studio
    backup.py     backup, restore
    doctor.py     doctor: what is wrong with an installation
    options.py    what several commands take
    heavy/        what each of them does, in a module of the same name

A command module has options, arguments and help, and imports no more than these need; its body is
imported when the command runs. This module imports none of them.
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
from labeler.cli.late import LateGroup, Place
from labeler.exceptions import ConfigError, LabelerError, NoRoomError
from labeler.files import is_full
from labeler.words import printable

USAGE_ERROR = 2
INTERRUPTED = 130
_REFUSALS = (
    errno.EACCES, errno.EPERM, errno.EROFS, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG,
    errno.ENOENT,
)  # fmt: skip

PLACES = {
    "demo": Place(
        "labeler.cli.simulate:demo", "Try", "Do the main job on the bundled digits, start to end."
    ),
    "inspect": Place(
        "labeler.cli.inspect:inspect",
        "Try",
        "Say what PATH would be read as, before anything is written.",
    ),
    "simulate": Place(
        "labeler.cli.simulate:simulate",
        "Try",
        "Let an oracle answer from ground truth, and measure every stage.",
    ),
    "explore": Place(
        "labeler.cli.explore:explore",
        "Try",
        "Look for the number of clusters in DATASET, and at what is in them.",
    ),
    "datasets": Place(
        "labeler.cli.datasets:datasets",
        "Try",
        "List the known data sets, and which of them are here.",
    ),
    "serve": Place(
        "labeler.cli.serve:serve",
        "Label",
        "Serve the pages: make runs, name images, train, read the report.",
    ),
    "new": Place(
        "labeler.cli.runs:new", "Label", "Make a run of DATASET and prepare its questions."
    ),
    "add": Place(
        "labeler.cli.adding:add",
        "Label",
        "Add the images of PATH to RUN that it does not have yet.",
    ),
    "runs": Place("labeler.cli.runs:list_runs", "Label", "List the runs, the last active first."),
    "show": Place(
        "labeler.cli.runs:show",
        "Label",
        "Show one RUN: its id, or its name if no other run has it.",
    ),
    "clusters": Place(
        "labeler.cli.regroup:clusters",
        "Label",
        "List the clusters of RUN from worst to best, each with its number and where it came from.",
    ),
    "split": Place(
        "labeler.cli.regroup:split",
        "Label",
        "Cluster one CLUSTER of RUN again, and ask about its parts.",
    ),
    "merge": Place(
        "labeler.cli.regroup:merge",
        "Label",
        "Make one cluster of several CLUSTERs of RUN that were named the same.",
    ),
    "budget": Place(
        "labeler.cli.regroup:budget",
        "Label",
        "Raise the budget of RUN to N answers; without N, say what it is.",
    ),
    "import-labels": Place(
        "labeler.cli.importing:import_labels",
        "Label",
        "Take the labels of FILE into RUN: answers as answers, everything else as suggestions.",
    ),
    "propagate": Place(
        "labeler.cli.train:propagate",
        "Check",
        "Spread the answers of RUN over their clusters or the graph, and keep that as its choice.",
    ),
    "train": Place(
        "labeler.cli.train:train",
        "Check",
        "Train on the labels of RUN and score it, where there is ground truth to test with.",
    ),
    "report": Place(
        "labeler.cli.train:report",
        "Check",
        "Show the newest figures of RUN and its worst clusters, or write them to a folder.",
    ),
    "audit": Place(
        "labeler.cli.audit:audit",
        "Check",
        "Find out how right the labels of RUN are, with an interval.",
    ),
    "review": Place(
        "labeler.cli.review:review",
        "Check",
        "List the spread labels of RUN as CSV, those most likely wrong first.",
    ),
    "export": Place(
        "labeler.cli.export:export",
        "Use",
        "Write the labels of RUN, whole or not at all, with a manifest beside them.",
    ),
    "model": Place(
        "labeler.cli.model:model",
        "Use",
        "Write what RUN has learned to a file without code that names new pictures.",
    ),
    "predict": Place(
        "labeler.cli.model:predict",
        "Use",
        "Name the pictures of PATH by MODEL: a file that `labeler model` wrote, or a run.",
    ),
    "serve-model": Place(
        "labeler.cli.serve:serve_model",
        "Use",
        "Serve MODEL to Label Studio, which shows its classes as predictions.",
    ),
    "backup": Place(
        "labeler.cli.backup:backup",
        "Care",
        "Write runs, answers, images and results to one FILE; people can go on labeling meanwhile.",
    ),
    "restore": Place(
        "labeler.cli.backup:restore",
        "Care",
        "Put what the backup FILE holds into the instance folder, which must have no database yet.",
    ),
    "doctor": Place(
        "labeler.cli.doctor:doctor",
        "Care",
        "Look for what is wrong with the database and its files, and say what to do.",
    ),
}
"""Every command of Labeler; a test holds the summaries equal to what the commands say."""


def main() -> None:
    """Run the command line, with every expected failure as one line and a status."""
    try:
        cli.main(prog_name="labeler", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        _fail("stopped.", INTERRUPTED)
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
    if command_name not in PLACES or not isinstance(table, dict):
        raise ConfigError(f"{path}: [{command_name}] is not a command of Labeler.")
    params = cli.load(command_name).params
    names = {option.lstrip("-"): param.name for param in params for option in param.opts}
    unknown = sorted(set(table) - set(names))
    if unknown:
        raise ConfigError(
            f"{path}: [{command_name}] has no setting {unknown[0]!r}; see "
            f"`labeler {command_name} --help`."
        )
    return {str(names[key]): value for key, value in table.items()}


@click.group(
    cls=LateGroup,
    places=PLACES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="labeler")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="LABELER_CONFIG",
    show_envvar=True,
    callback=_read_config,
    expose_value=False,
    is_eager=True,
    help="Settings in TOML, a table for each command: [simulate] seeds = 10",
)
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Name a hundred images, label them all.

    Labeler clusters a pile of images, asks for the class of the one that stands for each
    cluster, spreads the answers, trains a classifier on them and says how good it is.

    \b
    Try it, nothing to download:
      labeler demo
    Name your own images, in the browser:
      labeler inspect my-images/
      labeler serve
    The same from the terminal:
      labeler new my-images/ --name mine --class cat --class dog
      labeler train mine
      labeler audit mine
      labeler export mine --output labels.csv
    """
    if ctx.invoked_subcommand is None:
        from labeler.cli.heavy.start import say_what_is_next

        say_what_is_next()
