"""What keeps Labeler going: serve, backup, restore, doctor."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from labeler.cli.options import json_flag, require_writable
from labeler.cli.showing import print_json
from labeler.exceptions import IncompleteError, LabelerError
from labeler.locations import instance_folder

if TYPE_CHECKING:
    from labeler.workflow.upkeep import Finding

DEFAULT_PORT = 5175
_MOST_NAMES = 5


class FaultsFoundError(LabelerError):
    """``doctor`` found something that must be seen to."""


@click.command()
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    envvar="LABELER_HOST",
    show_envvar=True,
    help="Where to listen. What other machines can reach needs a password.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    envvar="LABELER_PORT",
    show_envvar=True,
)
@click.option(
    "--password",
    envvar="LABELER_PASSWORD",
    show_envvar=True,
    help="Asked of everybody who opens the pages. Better set in the environment: others on this "
    "machine can read what a command was started with.",
)
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    envvar="LABELER_ALLOW_HOST",
    show_envvar=True,
    help="A further name under which the pages are asked for; once for each.",
)
@click.option(
    "--trust-proxy",
    "proxies",
    metavar="ADDRESS",
    multiple=True,
    envvar="LABELER_TRUST_PROXY",
    show_envvar=True,
    help="The proxy in front of the pages, by its address or network: its X-Forwarded-For, "
    "-Proto, -Host and -Prefix are believed, those of others never. Once for each.",
)
@click.option(
    "--public-url",
    metavar="URL",
    envvar="LABELER_PUBLIC_URL",
    show_envvar=True,
    help="Where people find the pages behind the proxy, as https://labels.example.org.",
)
@click.option(
    "--data-root",
    "data_roots",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="A folder that pages may read images from by path; once for each.",
)
@click.option("--open/--no-open", "open_browser", default=False, help="Open it in the browser.")
def serve(
    host: str,
    port: int,
    password: str | None,
    hosts: tuple[str, ...],
    proxies: tuple[str, ...],
    public_url: str | None,
    data_roots: tuple[Path, ...],
    open_browser: bool,
) -> None:
    """Serve the pages: make runs, name images, train, read the report.

    The address that is printed logs you in once, on this machine. Stop with Ctrl+C (or SIGTERM):
    answers under way are finished, nothing is lost, and a job under way goes on at the next start.
    """
    from labeler.web import serve as serve_pages
    from labeler.workflow.upkeep import open_to_serve

    workspace = open_to_serve()
    try:
        serve_pages(
            workspace,
            host=host,
            port=port,
            password=password,
            hosts=hosts,
            proxies=proxies,
            public_url=public_url,
            data_roots=data_roots,
            open_browser=open_browser,
        )
    finally:
        workspace.close()


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_flag
def backup(file: Path, as_json: bool) -> None:
    """Write runs, answers, images and results to one FILE; people can go on labeling meanwhile.

    The work is done in the instance folder, or beside FILE where that is read-only.

    Exit status 1 where arrays were missing or damaged: the file is written without them; and where
    the database itself has faults: the file is written, but `labeler restore` will refuse it.
    """
    from labeler.workflow.upkeep import back_up
    from labeler.workflow.workspace import open_workspace

    require_writable(None, file)
    workspace = open_workspace()
    try:
        written = back_up(workspace, file)
    finally:
        workspace.close()
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
    from labeler.workflow.upkeep import restore_backup

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
    from labeler.words import counted

    if missing:
        names = ", ".join(missing[:_MOST_NAMES])
        more = f" and {len(missing) - _MOST_NAMES} more" if len(missing) > _MOST_NAMES else ""
        were = f"{counted(len(missing), 'array')} {'was' if len(missing) == 1 else 'were'}"
        raise IncompleteError(
            f"{what_is_done} {were} missing or damaged when it was made: "
            f"{names}{more}. `labeler doctor` says what to do."
        )


@click.command()
@json_flag
def doctor(as_json: bool) -> None:
    """Look for what is wrong with the database and its files, and say what to do.

    Exit status 0 only where `labeler serve` would start, and 2 where something must be seen to.
    """
    from labeler.workflow.upkeep import Level, find_faults

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


def _look_at_key(folder: Path) -> "list[Finding]":
    from labeler.web.settings import KEY_FILE, read_key
    from labeler.workflow.upkeep import Finding, Level

    try:
        key = read_key(folder)
    except LabelerError as error:
        return [Finding(Level.ERROR, KEY_FILE, str(error))]
    if key is None and (folder / KEY_FILE).exists():
        message = f"{folder / KEY_FILE} is empty; the next `labeler serve` makes a new one, and "
        return [Finding(Level.WARNING, KEY_FILE, f"{message}everybody logs in again.")]
    return []


COMMANDS = (serve, backup, restore, doctor)
