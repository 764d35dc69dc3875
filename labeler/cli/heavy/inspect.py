"""``inspect``, done."""

from pathlib import Path
from typing import Any

import click

from labeler import words
from labeler.cli.heavy.correcting import take_corrections
from labeler.cli.heavy.progress_bars import TerminalProgress
from labeler.cli.heavy.showing import print_table
from labeler.cli.options import STANDARD_OUTPUT, require_writable
from labeler.datasets.inspecting import inspect_dataset
from labeler.datasets.inspection import Inspection
from labeler.files import write_atomically
from labeler.report.tables import Table
from labeler.typed_json import json_text


def inspect(
    path: str,
    data: Path | None,
    strict: bool,
    with_files: bool,
    json_file: Path | None,
    **said: Any,
) -> None:
    """Look at a data set, show what it is understood to be, and write that where asked for."""
    require_writable(None, json_file)
    corrections = take_corrections(said)
    with TerminalProgress() as progress:
        inspection = inspect_dataset(
            path, data, strict=strict, corrections=corrections, progress=progress
        )
    if json_file != STANDARD_OUTPUT:
        _show(inspection, with_files)
    if json_file is not None:
        _write(inspection, with_files, json_file)


def _write(inspection: Inspection, with_files: bool, json_file: Path) -> None:
    text = json_text(inspection.as_dict(with_files=with_files), indent=2, ensure_ascii=False) + "\n"
    if json_file == STANDARD_OUTPUT:
        click.echo(text, nl=False)
    else:
        write_atomically(json_file, text.encode())


def _show(inspection: Inspection, with_files: bool) -> None:
    click.echo(words.printable(f"{inspection.name}: {_parts(inspection)}"))
    click.echo(
        f"  images are read as {_size(inspection.image)}, values up to {inspection.max_pixel}"
    )
    if inspection.classes:
        print_table(_class_table(inspection))
    for note in inspection.notes[: len(inspection.notes) - len(inspection.warnings)]:
        click.echo(words.printable(f"  {note}"))
    for warning in inspection.warnings:
        click.echo(words.printable(f"  warning: {warning}"))
    if inspection.left_out:
        click.echo(f"  left out: {words.count(len(inspection.left_out))}")
    for left in inspection.left_out:
        click.echo(words.printable(f"    {left.file}: {left.reason}"))
    for file in inspection.files if with_files else ():
        click.echo(file)


def _parts(inspection: Inspection) -> str:
    parts = [f"{words.counted(inspection.n_pool, 'image')} to label"]
    if inspection.n_test:
        parts.append(f"{words.count(inspection.n_test)} to test on")
    if inspection.n_unlabeled:
        parts.append(f"{words.count(inspection.n_unlabeled)} without a label")
    return ", ".join(parts)


def _size(image: dict[str, int]) -> str:
    channels = (3,) if image["channels"] == 3 else ()
    return words.size((image["height"], image["width"], *channels))


def _class_table(inspection: Inspection) -> Table:
    rows = (
        (words.printable(name), words.count(counts["pool"]), words.count(counts["test"]))
        for name, counts in inspection.counts.items()
    )
    return Table(("Class", "Pool", "Test"), tuple(rows))
