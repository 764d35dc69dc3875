"""``datasets``, done."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from labeler.datasets import known_datasets


def datasets(data: Path | None, as_json: bool) -> None:
    """Write the known data sets to standard output."""
    known = known_datasets(data)
    if as_json:
        click.echo(json.dumps([asdict(entry) for entry in known], indent=2))
        return
    for entry in known:
        click.echo(f"{entry.name}  {entry.contents}  [{entry.status}]")
        click.echo(f"    {entry.description}. Licence: {entry.licence}.\n    {entry.place}\n")
    click.echo(
        "Your own images: give the path of a folder, zip, tar, CSV, NPZ, IDX or Parquet file."
    )
