"""Opened to be served, backed up, restored; and what is wrong with the database and its files."""

import os
from pathlib import Path

from labeler.exceptions import ConfigError
from labeler.storage.backups import backup as backups
from labeler.storage.backups.backup import Written
from labeler.storage.backups.backup_file import Manifest
from labeler.storage.backups.restore import Restored, restore
from labeler.storage.doctor import Finding, Level, examine_instance, require_servable
from labeler.storage.folder.instance import sweep_leftovers
from labeler.storage.folder.journal import sweep_journals
from labeler.storage.folder.uploads import sweep_uploads
from labeler.workflow.workspace import Workspace, open_workspace


def open_to_serve(instance: Path | None = None) -> Workspace:
    """Open the workspace for a server, and clear away what work that was cut off left.

    Raises
    ------
    ConfigError, SchemaError, UnusableError, UnreachableError, BusyError, NoRoomError
        As ``open_workspace``; also where nothing can be written, or the disk is full.
    """
    workspace = open_workspace(instance)
    try:
        require_servable(workspace.database)
        sweep_leftovers(workspace.instance)
        sweep_journals(workspace.instance)
        sweep_uploads(workspace.instance)
    except BaseException:
        workspace.close()
        raise
    return workspace


def back_up(ws: Workspace, target: Path) -> Written:
    """Write everything to one file, whole or not at all; people can go on labeling meanwhile.

    Raises
    ------
    BackupError
        The database is PostgreSQL, which has its own tool.
    BusyError, NoRoomError, UnusableError
    """
    return backups.back_up(ws.database, target)


def restore_backup(backup: Path, instance: Path) -> Restored:
    """Put a backup's content into ``instance``, which must not hold a database yet.

    Raises
    ------
    ConfigError
        ``DATABASE_URL`` names another database, which would be used instead.
    BackupError
        The backup is damaged, or there is a database already.
    BusyError
        A running Labeler uses the folder.
    NoRoomError, UnusableError
    """
    if os.environ.get("DATABASE_URL"):
        raise ConfigError("DATABASE_URL is set; unset it, or what is restored would not be used.")
    return restore(backup, instance)


def find_faults(instance: Path | None = None) -> list[Finding]:
    """Everything that was looked at, good and bad."""
    return examine_instance(instance)


__all__ = [
    "Finding",
    "Level",
    "Manifest",
    "Restored",
    "Written",
    "back_up",
    "find_faults",
    "open_to_serve",
    "restore_backup",
]
