"""Options and kinds of value that several commands take."""

import shlex
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from labeler.config import CLASS_FOLDERS, DISTORTIONS, PRESET_HINTS, PRESETS, RunConfig
from labeler.exceptions import ConfigError
from labeler.feature_names import with_full_paths
from labeler.files import is_full
from labeler.plugins import (
    CLASSIFIERS,
    FEATURES,
    FIRST,
    LATER,
    PLANS,
    PROPAGATIONS,
    Plugin,
    of_phase,
)
from labeler.words import installing

Command = TypeVar("Command", bound=Callable[..., Any])
STANDARD_OUTPUT = Path("-")


def _strategies_help() -> str:
    """What each strategy asks about: those that ask first, and those that ask later."""
    first, later = (
        "; ".join(f"{name}: {plugin.title}" for name, plugin in of_phase(phase).items())
        for phase in (FIRST, LATER)
    )
    return (
        f"One image for each of as many clusters as labels ({first}); or, FIRST+LATER, for each of "
        f"half as many, then images chosen by the answers so far ({later}). representatives with "
        "uncertain is called two-phase."
    )


def _either(plugins: Mapping[str, Plugin]) -> str:
    """Their titles, to choose one of."""
    *others, last = [plugin.title for plugin in plugins.values()]
    return f"{', '.join(others)} or {last}"


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

strict_option = click.option(
    "--strict",
    is_flag=True,
    help="Refuse all images if one cannot be read, rather than leave it out and say so.",
)


class Renaming(click.ParamType):
    """A class as it is found and what it is to be called: ``dgo=dog``."""

    name = "old=new"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Turn ``"dgo=dog"`` into ``("dgo", "dog")``."""
        if isinstance(value, tuple):
            return value
        old, equals, new = str(value).partition("=")
        if not (old.strip() and equals and new.strip()):
            self.fail(f"{value!r} is not OLD=NEW, as dgo=dog is.", param, ctx)
        return old.strip(), new.strip()


def correction_options(command: Command) -> Command:
    """What somebody says of folders and classes that would be read otherwise."""
    for option in reversed(_CORRECTION_OPTIONS):
        command = option(command)
    return command


_CORRECTION_OPTIONS: tuple[Callable[..., Any], ...] = (
    click.option(
        "--ignore",
        metavar="NAME",
        multiple=True,
        help="A folder, file or class that is not to be read; once for each. A folder is named by "
        "the end of its path (raw, 2024/raw) or by all of it (/raw).",
    ),
    click.option(
        "--train-part",
        "train",
        metavar="FOLDER",
        multiple=True,
        help="A folder that is a part to label: the folders in it are classes. Once for each.",
    ),
    click.option(
        "--test-part",
        "test",
        metavar="FOLDER",
        multiple=True,
        help="A folder that is a part to test on. Once for each.",
    ),
    click.option(
        "--one-class",
        metavar="FOLDER",
        multiple=True,
        help="A folder that is a class, with all that is in it. Once for each.",
    ),
    click.option(
        "--class-folder",
        type=click.Choice(CLASS_FOLDERS),
        help="The folder that names the class of an image: the first one, the last one, or none.  "
        "[default: as it is found]",
    ),
    click.option(
        "--rename-class",
        "renamed",
        type=Renaming(),
        multiple=True,
        help="Another name for a class, as dgo=dog; two of one name become one. Once for each.",
    ),
)


def preset_option(default: str) -> Callable[[Command], Command]:
    """The settings that the others start from."""
    return click.option(
        "--preset",
        "preset_name",
        type=click.Choice(tuple(PRESETS)),
        default=default,
        show_default=True,
        help="Settings to start from. "
        + " ".join(f"{name}: {hint}." for name, hint in PRESET_HINTS.items()),
    )


weights_option = click.option(
    "--weights",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the weights of the keras: network, without its top.  "
    "[default: those of ImageNet, downloaded]",
)

files_option = click.option(
    "--files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File names in the order of the rows of an .npy file: what `labeler inspect --files "
    "--json FILE` writes, or one name a line.  [default: that of the data set]",
)

FEATURES_HELP = (
    f"What makes images look alike. {'; '.join(FEATURES)}; lite0: what a small network sees that "
    f"was trained on photographs ({installing('photo')}); keras:NAME: a network of "
    "keras.applications, such as keras:MobileNetV2; onnx:FILE: a network in a file; an .npz or "
    ".parquet file of vectors by file_name, or an .npy file with a row for each image; A+B: both, "
    "side by side; auto: shape, and for photographs in colour shape+lite0 where it is installed."
)


def method_options(command: Command) -> Command:
    """What a preset says about features, questions and spreading, part by part."""
    for option in reversed(_METHOD_OPTIONS):
        command = option(command)
    return command


_METHOD_OPTIONS: tuple[Callable[..., Any], ...] = (
    click.option(
        "--features",
        metavar="NAME|FILE|A+B",
        help=FEATURES_HELP + "  [default: the preset's]",
    ),
    weights_option,
    files_option,
    click.option(
        "--strategy",
        type=click.Choice(tuple(PLANS)),
        help=f"{_strategies_help()}  [default: the preset's]",
    ),
    click.option(
        "--rounds",
        "n_rounds",
        type=click.IntRange(min=1),
        help="In how many rounds the second phase asks, at most, each chosen by all answers "
        "before.  [default: the preset's]",
    ),
    click.option(
        "--propagation",
        type=click.Choice(tuple(PROPAGATIONS)),
        help=f"Whether answers spread {_either(PROPAGATIONS)}.  [default: the preset's]",
    ),
    click.option(
        "--distortions",
        type=click.Choice(DISTORTIONS),
        help="How images are distorted that a net beside the graph learns from. strong: turned by "
        "quarters and mirrored, too, for images without an up. auto: as the images themselves "
        "say.  [default: auto]",
    ),
    click.option(
        "--threshold",
        type=click.FloatRange(0, 1),
        help="Leave out labels spread over the graph with less confidence.  [default: 0]",
    ),
)


def method_settings(
    features: str | None, weights: Path | None, files: Path | None, **others: Any
) -> dict[str, Any]:
    """What was chosen among ``method_options``, files by their full path."""
    chosen = {
        "features": None if features is None else with_full_paths(features),
        "weights": None if weights is None else str(weights.resolve()),
        "files": None if files is None else str(files.resolve()),
        **others,
    }
    return {name: value for name, value in chosen.items() if value is not None}


classifier_option = click.option(
    "--classifier",
    type=click.Choice(tuple(CLASSIFIERS)),
    default="logistic",
    show_default=True,
    help=f"What is trained: {_either(CLASSIFIERS)}.",
)

error_rate_option = click.option(
    "--error-rate",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of the oracle's answers that are wrong.",
)

run_argument = click.argument("run_name", metavar="RUN")
fraction_option = click.option(
    "--fraction",
    type=click.FloatRange(0, 1, min_open=True),
    help="Spread to a part of each cluster: share of it, nearest first, that gets its "
    "representative's label.  [default: as chosen last]",
)
propagation_option = click.option(
    "--propagation",
    "method",
    type=click.Choice(tuple(PROPAGATIONS)),
    help=f"Whether answers spread {_either(PROPAGATIONS)}.  [default: as chosen last, or one that "
    "takes the fraction or threshold]",
)
threshold_option = click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    help="Spread by confidence, as over the graph: leave out labels of less.  "
    "[default: as chosen last]",
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
        show_envvar=True,
        help=help,
    )


_BY_CONFIDENCE = [name for name, plugin in PROPAGATIONS.items() if not plugin.takes_fraction]


def require_graph(config: RunConfig) -> None:
    """Refuse a threshold where no label has a confidence that it could be compared with.

    Raises
    ------
    ConfigError
    """
    if config.threshold and config.spreads_by_fraction:
        raise ConfigError(
            f"threshold is {config.threshold:g}, but labels are spread inside clusters; "
            f"it applies to --propagation {' or '.join(_BY_CONFIDENCE)}."
        )


def require_writable(folder: Path | None, *files: Path | None) -> None:
    """Make the folders that results go to: better to learn it now than after minutes of work.

    Those that are still empty when the command ends are removed again: it failed.

    Raises
    ------
    ConfigError
        One of them cannot be made.
    """
    wanted = [file.parent for file in files if file is not None and file != STANDARD_OUTPUT]
    try:
        for target in [*([] if folder is None else [folder]), *wanted]:
            missing = [path for path in (target, *target.parents) if not path.exists()]
            click.get_current_context().call_on_close(partial(_remove_empty, missing))
            target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if is_full(error):
            raise
        raise ConfigError(f"{error.filename} cannot be made: {error.strerror}.") from error


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove those of the folders, the innermost first, that hold nothing."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def command_line() -> str:
    """What the user typed, for the record."""
    return shlex.join(["labeler", *sys.argv[1:]])


network_option = click.option(
    "--network",
    "networks",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    help="The file of a network that a model looks with, where it does not lie beside it.",
)
