"""``doctor``: what is wrong with an installation, and what to do about it."""

from dataclasses import asdict
from pathlib import Path

import click

from labeler.cli.options import json_flag
from labeler.cli.showing import print_json
from labeler.exceptions import LabelerError
from labeler.locations import instance_folder
from labeler.web.settings import KEY_FILE, read_key
from labeler.workflow.upkeep import Finding, Level, find_faults


class FaultsFoundError(LabelerError):
    """``doctor`` found something that must be seen to."""


@click.command()
@json_flag
def doctor(as_json: bool) -> None:
    """Look for what is wrong with the database and its files, and say what to do.

    Exit status 0 only where `labeler serve` would start, and 2 where something must be seen to.
    """
    findings = [*find_faults(), *_look_at_key(instance_folder())]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            one_line = " ".join(finding.message.split())
            click.echo(f"{finding.level.value:8}{finding.check}: {one_line}")
    n_errors = sum(finding.level is Level.ERROR for finding in findings)
    if n_errors:
        raise FaultsFoundError(f"{n_errors} of {len(findings)} checks found an error.")


def _look_at_key(folder: Path) -> list[Finding]:
    try:
        key = read_key(folder)
    except LabelerError as error:
        return [Finding(Level.ERROR, KEY_FILE, str(error))]
    if key is None and (folder / KEY_FILE).exists():
        message = f"{folder / KEY_FILE} is empty; the next `labeler serve` makes a new one, and "
        return [Finding(Level.WARNING, KEY_FILE, f"{message}everybody logs in again.")]
    return []
