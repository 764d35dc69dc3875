"""Options and kinds of value that several commands take."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from labeler.config import CLASSIFIERS, PRESETS
from labeler.exceptions import ConfigError

Command = TypeVar("Command", bound=Callable[..., Any])
STANDARD_OUTPUT = Path("-")


class LabelCounts(click.ParamType):
    """A number of labels, or several, separated by commas."""

    name = "n[,n…]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Turn ``"50,100"`` into ``(50, 100)``."""
        if not isinstance(value, str):
            return tuple(value) if isinstance(value, list | tuple) else (int(value),)
        try:
            counts = tuple(int(part) for part in value.split(","))
        except ValueError:
            self.fail(f"{value!r} is not a number, or numbers separated by commas.", param, ctx)
        if min(counts) < 1:
            self.fail(f"{value!r}: a number of labels is at least 1.", param, ctx)
        return counts


data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    envvar="LABELER_DATA",
    show_envvar=True,
    help="Folder with the files of a known data set, or one that holds it under its name.",
)


preset_option = click.option(
    "--preset",
    "preset_name",
    type=click.Choice(tuple(PRESETS)),
    default="classic",
    show_default=True,
    help="Settings to start from. classic: pixels, k-means, propagation inside clusters.",
)

classifier_option = click.option(
    "--classifier",
    type=click.Choice(CLASSIFIERS),
    default="logistic",
    show_default=True,
    help="What is trained: logistic regression, or a neural net.",
)

error_rate_option = click.option(
    "--error-rate",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of the oracle's answers that are wrong.",
)

json_flag = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def seed_option(help: str) -> Callable[[Command], Command]:
    """The one seed that everything random is drawn from."""
    return click.option(
        "--seed",
        type=click.IntRange(0),
        default=0,
        show_default=True,
        envvar="LABELER_SEED",
        help=help,
    )


def require_writable(folder: Path | None, *files: Path | None) -> None:
    """Make the folders that results go to: better to learn it now than after minutes of work.

    Raises
    ------
    ConfigError
        One of them cannot be made.
    """
    wanted = [file.parent for file in files if file is not None and file != STANDARD_OUTPUT]
    try:
        for one in [*([] if folder is None else [folder]), *wanted]:
            one.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{error.filename} cannot be made: {error.strerror}.") from error


def command_line() -> str:
    """What the user typed, for the record."""
    return shlex.join(["labeler", *sys.argv[1:]])
