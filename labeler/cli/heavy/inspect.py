"""``inspect``, done."""

from pathlib import Path
from typing import Any

import click

from labeler import words
from labeler.cli.heavy.correcting import take_corrections
from labeler.cli.heavy.showing import print_table
from labeler.cli.options import STANDARD_OUTPUT, require_writable
from labeler.datasets.inspecting import inspect_dataset
from labeler.datasets.inspection import Inspection
from labeler.files import write_atomically
from labeler.report.tables import Table
from labeler.terminal import TerminalProgress
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
        found = inspect_dataset(
            path, data, strict=strict, corrections=corrections, progress=progress
        )
    if json_file != STANDARD_OUTPUT:
        _show(found, with_files)
    if json_file is not None:
        _write(found, with_files, json_file)


def _write(found: Inspection, with_files: bool, json_file: Path) -> None:
    text = json_text(found.as_dict(with_files=with_files), indent=2, ensure_ascii=False) + "\n"
    if json_file == STANDARD_OUTPUT:
        click.echo(text, nl=False)
    else:
        write_atomically(json_file, text.encode())


def _show(found: Inspection, with_files: bool) -> None:
    click.echo(words.printable(f"{found.name}: {_parts(found)}"))
    click.echo(f"  images are read as {_size(found.image)}, values up to {found.max_pixel}")
    if found.classes:
        print_table(_class_table(found))
    for note in found.notes[: len(found.notes) - len(found.warnings)]:
        click.echo(words.printable(f"  {note}"))
    for warning in found.warnings:
        click.echo(words.printable(f"  warning: {warning}"))
    if found.left_out:
        click.echo(f"  left out: {words.count(len(found.left_out))}")
    for one in found.left_out:
        click.echo(words.printable(f"    {one.file}: {one.reason}"))
    for file in found.files if with_files else ():
        click.echo(file)


def _parts(found: Inspection) -> str:
    parts = [f"{words.counted(found.n_pool, 'image')} to label"]
    if found.n_test:
        parts.append(f"{words.count(found.n_test)} to test on")
    if found.n_unlabeled:
        parts.append(f"{words.count(found.n_unlabeled)} without a label")
    return ", ".join(parts)


def _size(image: dict[str, int]) -> str:
    channels = (3,) if image["channels"] == 3 else ()
    return words.size((image["height"], image["width"], *channels))


def _class_table(found: Inspection) -> Table:
    rows = (
        (words.printable(name), words.count(counts["pool"]), words.count(counts["test"]))
        for name, counts in found.counts.items()
    )
    return Table(("Class", "Pool", "Test"), tuple(rows))
