"""``backup`` and ``restore``, done."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from labeler.cli.heavy.opening import opened_workspace
from labeler.cli.heavy.showing import print_json
from labeler.cli.options import require_writable
from labeler.exceptions import IncompleteError
from labeler.locations import instance_folder
from labeler.words import counted
from labeler.workflow.upkeep import back_up, restore_backup

_MOST_NAMES = 5


def backup(file: Path, as_json: bool) -> None:
    """Write everything to one file, and say how many rows that is."""
    require_writable(None, file)
    with opened_workspace() as ws:
        written = back_up(ws, file)
    manifest = written.manifest
    if as_json:
        print_json({"file": str(file), **asdict(manifest), "faults": written.faults})
    else:
        click.echo(f"{sum(manifest.row_counts.values()):,} rows written to {file}")
    _require_no_faults(written.faults)
    _require_all_arrays(manifest.missing, "The backup is written, but")


def restore(file: Path, as_json: bool) -> None:
    """Put what a backup holds into the instance folder, and say how many rows that is."""
    restored = restore_backup(file, instance_folder())
    manifest, aside = restored.manifest, [str(path) for path in restored.set_aside]
    if as_json:
        print_json({"instance": str(instance_folder()), **asdict(manifest), "set_aside": aside})
    else:
        for path in aside:
            click.echo(f"{path} belongs to the database that was here before; set aside.")
        click.echo(f"{sum(manifest.row_counts.values()):,} rows restored to {instance_folder()}")
    _require_all_arrays(manifest.missing, "Everything else is restored, but")


def _require_no_faults(faults: Sequence[str]) -> None:
    if faults:
        raise IncompleteError(
            f"The backup is written, but `labeler restore` will refuse it. {' '.join(faults)} "
            "Keep an earlier backup; `labeler doctor` says more."
        )


def _require_all_arrays(missing: Sequence[str], what_is_done: str) -> None:
    if missing:
        names = ", ".join(missing[:_MOST_NAMES])
        more = f" and {len(missing) - _MOST_NAMES} more" if len(missing) > _MOST_NAMES else ""
        were = f"{counted(len(missing), 'array')} {'was' if len(missing) == 1 else 'were'}"
        raise IncompleteError(
            f"{what_is_done} {were} missing or damaged when it was made: "
            f"{names}{more}. `labeler doctor` says what to do."
        )
