"""What a run has learned, used elsewhere: ``model`` and ``predict``."""

from pathlib import Path

import click

from labeler.cli.late import late_body
from labeler.cli.options import (
    correction_options,
    data_option,
    network_option,
    run_argument,
    strict_option,
)
from labeler.plugins import written_formats
from labeler.words import installing

KINDS = ("zip", "onnx", "keras")
PARTS = ("all", "pool", "test")
_NOT_OF_PREDICTIONS = ("cleanlab",)
_FORMATS = tuple(name for name in written_formats() if name not in _NOT_OF_PREDICTIONS)


@click.command()
@run_argument
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file to write: MODEL.zip.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(KINDS),
    help="zip: the whole model, for labeler predict; onnx: what names images, for other programs "
    f"({installing('onnx')}); keras: its net alone, where it has one.  "
    "[default: by the ending of the file, or zip]",
)
@click.option(
    "--with-weights",
    is_flag=True,
    help="Put the weights of keras: and onnx: networks into the file; else only their hash is. You "
    "say by it that their licence lets you pass them on to whoever gets the file.",
)
@network_option
@late_body
def model() -> None:
    """Write what RUN has learned to a file without code that names new pictures.

    The file has the whole way from a picture to its class: how pictures are prepared, the features
    with all that they learned, the classifier, the classes in their order, what its confidences are
    worth by an audit, and what counts as unfamiliar. It is JSON and plain arrays. A run that is not
    trained on its answers of now is trained first. For --format onnx and keras, RUN may be such a
    file, too; and for --with-weights.

    \b
      labeler model mine --output mine.zip
      labeler model mine.zip --output mine.onnx
      labeler predict mine.zip new-photos/ --output predictions.csv
    """


@click.command()
@click.argument("model_name", metavar="MODEL")
@click.argument("path")
@click.option(
    "--part",
    type=click.Choice(PARTS),
    default="all",
    show_default=True,
    help="Which images of a data set: test are those that it has to test on, or that the run held "
    "out of it; pool are the others.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write a row for each picture to this file; - for standard output.",
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(_FORMATS),
    help="How that is written: csv and jsonl have a row of predictions, the others the rows of an "
    "export, with predicted as the source.  [default: by the ending of the file, or csv]",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write the figures to this file; - for standard output.",
)
@network_option
@data_option
@strict_option
@correction_options
@late_body
def predict() -> None:
    """Name the pictures of PATH by MODEL: a file that `labeler model` wrote, or a run.

    A run that is not trained on its answers of now is trained first. PATH is everything that
    `labeler new` takes, or one picture. Each picture gets its class, how sure that is, the class
    that came second, its distance to the pictures that the model knows, and whether it is
    unfamiliar: farther from them than nineteen in twenty pictures of their kind would be.

    \b
      labeler predict mine new-photos/
      labeler predict mine.zip new-photos/ --output predictions.csv
      labeler predict mine.zip fashion-mnist --part test --json -
    """
