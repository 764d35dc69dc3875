"""``backup`` and ``restore``: all runs in one file, and out of it again."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from labeler.cli.opening import opened_workspace
from labeler.cli.options import json_flag, require_writable
from labeler.cli.showing import print_json
from labeler.exceptions import IncompleteError
from labeler.locations import instance_folder
from labeler.words import counted
from labeler.workflow.upkeep import back_up, restore_backup

_MOST_NAMES = 5


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_flag
def backup(file: Path, as_json: bool) -> None:
    """Write runs, answers, images and results to one FILE; people can go on labeling meanwhile.

    The work is done in the instance folder, or beside FILE where that is read-only.

    Exit status 1 where arrays were missing or damaged: the file is written without them; and where
    the database itself has faults: the file is written, but `labeler restore` will refuse it.
    """
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


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_flag
def restore(file: Path, as_json: bool) -> None:
    """Put what the backup FILE holds into the instance folder, which must have no database yet.

    LABELER_INSTANCE names another folder. Nothing may use it meanwhile: stop `labeler serve`
    first. A restore that was cut off can be repeated. Exit status 1 where the backup lacks arrays.
    """
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
