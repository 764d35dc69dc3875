"""Backups, and what is wrong with the database and its files."""

import os
from pathlib import Path

from labeler.exceptions import ConfigError
from labeler.storage import backup as backups
from labeler.storage.backup import Manifest
from labeler.storage.doctor import Finding, Level, examine
from labeler.workflow.workspace import Workspace


def back_up(ws: Workspace, target: Path) -> Manifest:
    """Write everything to one file, whole or not at all; people can go on labeling meanwhile.

    Raises
    ------
    BackupError
        The database is PostgreSQL, which has its own tool.
    """
    return backups.back_up(ws.database, target)


def restore_backup(backup: Path, instance: Path) -> Manifest:
    """Put a backup's content into ``instance``, which must not hold a database yet.

    Raises
    ------
    ConfigError
        ``DATABASE_URL`` names another database, which would be used instead.
    BackupError
        The backup is damaged, or there is a database already.
    """
    if os.environ.get("DATABASE_URL"):
        raise ConfigError("DATABASE_URL is set; unset it, or what is restored would not be used.")
    return backups.restore(backup, instance)


def find_faults(ws: Workspace) -> list[Finding]:
    """Everything that was looked at, good and bad."""
    return examine(ws.database)


__all__ = ["Finding", "Level", "Manifest", "back_up", "find_faults", "restore_backup"]
