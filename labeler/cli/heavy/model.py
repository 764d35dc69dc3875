"""``model`` and ``predict``, done."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from labeler import words
from labeler.cli.heavy.correcting import take_corrections
from labeler.cli.heavy.opening import finish, opened_workspace
from labeler.cli.heavy.progress_bars import TerminalProgress
from labeler.cli.heavy.showing import print_table
from labeler.cli.options import STANDARD_OUTPUT, require_writable
from labeler.datasets.base import LeftOut
from labeler.exceptions import ConfigError, InputError
from labeler.files import write_atomically
from labeler.prediction.contents import About
from labeler.prediction.file import read_contents, read_model, write_model
from labeler.prediction.keras_file import write_keras
from labeler.prediction.model import Model
from labeler.prediction.onnx_file import write_onnx
from labeler.prediction.reading import read_pictures
from labeler.prediction.table import (
    TABLES,
    Tally,
    formats_that_fit,
    predict_pictures,
    prediction_chunks,
    tally,
    write_predictions,
)
from labeler.report.tables import Table
from labeler.storage.errors import NotFoundError
from labeler.typed_json import json_text
from labeler.workflow.models.run_model import model_of_run
from labeler.workflow.models.state import is_trained, require_model
from labeler.workflow.run import open_run
from labeler.workflow.runs import find_run
from labeler.workflow.training.request import request_training
from labeler.workflow.workspace import workspace_exists


def model(
    run_name: str, output: Path, kind: str | None, with_weights: bool, networks: tuple[Path, ...]
) -> None:
    """Train if need be, and write what was learned."""
    require_writable(None, output)
    by_name = _kind_of(output)
    if kind and by_name != kind and output.suffix.lower().removeprefix(".") in ("zip", *_WRITERS):
        raise ConfigError(f"{output}: --format {kind} is a file that ends in .{kind}.")
    kind = kind or by_name
    if with_weights and kind != "zip":
        raise ConfigError("--with-weights is for --format zip: other formats look with no network.")
    if _is_model(Path(run_name)):
        if kind == "zip" and not with_weights:
            raise ConfigError(
                f"{words.printable(run_name)} is a model already; --format onnx or keras makes "
                "another of it, --with-weights puts its network inside."
            )
        made = read_model(Path(run_name), networks)
    else:
        made = _model_of(run_name)
    if kind == "zip":
        write_model(made, output, with_weights=with_weights)
        sentences = [*_on_weights(made, with_weights), f"Next: labeler predict {output} PATH"]
    else:
        sentences = [_WRITERS[kind](made, output)]
    for sentence in (f"{output}: {_told(made.about)}", *sentences):
        click.echo(sentence, err=True)


def _on_weights(made: Model, with_weights: bool) -> list[str]:
    """Which files of networks are inside, under whose licence; or which are to lie beside it."""
    files = made.recipe.files
    if not files:
        return []
    if not with_weights:
        told = words.joined([f"{name} (SHA-256 {digest})" for name, digest in files.items()])
        return [f"It looks with {told}, to lie beside it; --with-weights puts it inside."]
    names, licences = words.joined(list(files)), "; ".join(made.about.licences) or "not told"
    return [
        f"Inside are {names}. Licence of the weights: {licences}. You pass them on with the file."
    ]


def _model_named(name: str, networks: tuple[Path, ...]) -> Model:
    """The one that a file has, or a run."""
    path = Path(name)
    if _is_model(path):
        with TerminalProgress() as progress, progress.task("Reading the model"):
            return read_model(path, networks)
    try:
        if not workspace_exists():
            raise NotFoundError("There are no runs.")
        made = _model_of(name)
    except NotFoundError as error:
        if path.is_file():
            read_contents(path)  # says what it is, if no model
        raise ConfigError(
            f"{words.printable(name)}: there is no such file. Give what labeler model RUN "
            f"--output MODEL.zip wrote, or a run. {error}"
        ) from None
    if networks:
        raise ConfigError("--network is for a model's file: a run knows its networks.")
    return made


def _model_of(run_name: str) -> Model:
    """That of a run, which is trained first where it must be."""
    with opened_workspace() as ws:
        run = open_run(ws, find_run(ws, run_name).id)
        require_model(run)
        if not is_trained(run):
            click.echo("Not trained on the answers of now: training first.", err=True)
            finish(ws, request_training(ws, run.id, comparisons=False))
            run = open_run(ws, run.id)
        with TerminalProgress() as progress:
            return model_of_run(run, progress)


def _kind_of(output: Path) -> str:
    """By the ending of the file."""
    kind = output.suffix.lower().removeprefix(".")
    return kind if kind in _WRITERS else "zip"


def _is_model(path: Path) -> bool:
    """Whether a file is a model, sound or not: runs are called as folders and archives are."""
    if not path.is_file():
        return False
    try:
        read_contents(path)
    except InputError as error:
        return error.code.startswith("MODEL-") and error.code != "MODEL-1"
    return True


_WRITERS: Mapping[str, Callable[[Model, Path], str]] = {
    "onnx": write_onnx,
    "keras": write_keras,
}


def predict(
    model_name: str,
    path: str,
    part: str,
    output: Path | None,
    format_name: str | None,
    json_file: Path | None,
    networks: tuple[Path, ...],
    data: Path | None,
    strict: bool,
    **said: Any,
) -> None:
    """Name pictures, show what came of it, and write it where asked for."""
    format = _format(output, format_name)
    if output == json_file == STANDARD_OUTPUT:
        raise click.UsageError("--json - and --output - would mix on standard output.")
    require_writable(None, output, json_file)
    corrections = take_corrections(said)
    read = _model_named(model_name, networks)
    with TerminalProgress() as progress:
        pictures = read_pictures(
            path, read, part, data=data, strict=strict, corrections=corrections, progress=progress
        )
        predictions = predict_pictures(read, pictures, progress)
        if output is not None and output != STANDARD_OUTPUT:
            write_predictions(output, format, read, pictures, predictions, progress)
    figures = tally(read, predictions, pictures)
    _warn_of(pictures.dataset.left_out)
    if output == STANDARD_OUTPUT:
        for chunk in prediction_chunks(format, read, pictures, predictions):
            click.echo(chunk, nl=False)
        if figures.note:
            click.echo(figures.note, err=True)
    elif json_file != STANDARD_OUTPUT:
        for note in pictures.dataset.notes:
            click.echo(words.printable(f"  {note}"))
        _show(read, figures)
    if json_file is not None:
        _write(figures, json_file)


def _format(output: Path | None, name: str | None) -> str:
    """As asked for, or by the ending of the file."""
    if name is not None and output is None:
        raise ConfigError("--format says how --output is written: give a file, too.")
    if output is None:
        return "csv"
    by_suffix = {format.suffix: format.name for format in formats_that_fit().values()}
    format = name or (by_suffix.get(output.suffix.lower(), "csv") if output.suffix else "csv")
    if format not in TABLES and output == STANDARD_OUTPUT:
        raise ConfigError(f"Only {' and '.join(TABLES)} go to standard output; give a file.")
    if format in TABLES and output.suffix.lower() == ".zip":
        raise ConfigError(
            f"{output}: {format} is a file by itself; give a name that ends in .{format}, or "
            "another --format for a zip with the pictures."
        )
    return format


def _told(about: About) -> str:
    """A model in a line."""
    right = "no true labels to test with"
    if about.accuracy is not None:
        right = f"{words.percent(about.accuracy)} right on {words.count(about.n_test)} test images"
    worth = "confidences as the classifier gives them, usually too sure"
    if about.calibrated_in_words:
        worth = f"confidences calibrated by {about.calibrated_in_words}"
    learned = (
        f"learned from {words.counted(about.n_pool, 'image')}, {words.count(about.n_labels)} named"
    )
    return f"{learned}; {right}; {worth}."


_SHOWN = 20
"""Files that are named, of those that have no row."""


def _warn_of(left_out: Sequence[LeftOut]) -> None:
    """Say which files have no row, and why."""
    for file in left_out[:_SHOWN]:
        click.echo(words.printable(f"{words.WARNING}{file.file}: {file.reason}"), err=True)
    if len(left_out) > _SHOWN:
        click.echo(f"{words.WARNING}and {len(left_out) - _SHOWN:,} more have no row", err=True)


def _show(model: Model, figures: Tally) -> None:
    shown = [
        (words.printable(name), words.count(count), words.share_of(count / figures.n, figures.n))
        for name, count in figures.counts.items()
        if count
    ]
    print_table(Table(("Class", "Images", "Share"), tuple(shown)))
    worth = "not calibrated"
    if figures.calibrated_by:
        worth = f"calibrated by {figures.calibrated_by.partition(' (')[0]}"
    click.echo(
        f"{words.counted(figures.n, 'image')}; mean confidence "
        f"{words.percent(figures.mean_confidence)} ({worth}); "
        f"{words.share_of(figures.share_unfamiliar, figures.n)} unfamiliar "
        f"({words.percent(figures.expected_unfamiliar, 0)} would be of images like those learned "
        "from)."
    )
    if figures.accuracy is not None:
        of = f"of {words.counted(figures.n_known, 'image')} whose class is known"
        click.echo(f"{words.share_of(figures.accuracy, figures.n_known, 2)} right, {of}.")
    if figures.seen:
        click.echo(figures.seen)
    if figures.certificate:
        click.echo(f"Of the labels that it learned from: {figures.certificate}")
    if figures.note:
        click.echo(figures.note)


def _write(figures: Tally, json_file: Path) -> None:
    text = json_text(figures.as_dict(), indent=2, ensure_ascii=False) + "\n"
    if json_file == STANDARD_OUTPUT:
        click.echo(text, nl=False)
    else:
        write_atomically(json_file, text.encode())
