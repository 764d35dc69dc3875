"""``doctor``, done."""

from dataclasses import asdict
from pathlib import Path

import click

from labeler.cli.heavy.showing import print_json
from labeler.exceptions import LabelerError
from labeler.locations import instance_folder
from labeler.web.settings import KEY_FILE, read_key
from labeler.workflow.upkeep import Finding, Level, find_faults


class FaultsFoundError(LabelerError):
    """``doctor`` found something that must be seen to."""


def doctor(as_json: bool) -> None:
    """Write what was found to standard output, and fail where something must be seen to."""
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
