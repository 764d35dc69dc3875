"""What waits among the uploads until it is read: files, and baskets of pictures.

Nobody has to take anything away: what nobody went on with is removed by time.
"""

import shutil
import time
from contextlib import suppress
from pathlib import Path

BASKET_SECONDS = 7 * 24 * 3600
"""So long a basket is kept, since the last file of it came."""

FILE_SECONDS = 24 * 3600
"""So long an uploaded file is kept whose import never began."""

PREFIX = "basket-"
"""Of the folders of baskets."""


def uploads_folder(instance: Path) -> Path:
    """Where they wait; it may not exist yet."""
    return instance / "uploads"


def basket_folders(instance: Path) -> list[Path]:
    """The folder of each basket."""
    uploads = uploads_folder(instance)
    return list(uploads.glob(f"{PREFIX}*")) if uploads.is_dir() else []


def changed(folder: Path) -> float:
    """When the last file came into a basket, in seconds since the epoch."""
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def remove_upload(path: Path) -> None:
    """Remove a file or a basket that waits among the uploads, if it is there."""
    if path.is_dir() and path.name.startswith(PREFIX):
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def sweep_uploads(instance: Path) -> int:
    """Remove what nobody went on with: files after a day, baskets after a week; gives how many."""
    n_removed = sweep_baskets(instance)
    uploads, oldest = uploads_folder(instance), time.time() - FILE_SECONDS
    files = uploads.iterdir() if uploads.is_dir() else ()
    for entry in [entry for entry in files if not entry.name.startswith(PREFIX)]:
        with suppress(FileNotFoundError):
            if entry.lstat().st_mtime < oldest:
                shutil.rmtree(entry) if _is_folder(entry) else entry.unlink()
                n_removed += 1
    return n_removed


def sweep_baskets(instance: Path) -> int:
    """Remove the baskets among them; gives how many."""
    oldest = time.time() - BASKET_SECONDS
    left = [folder for folder in basket_folders(instance) if changed(folder) < oldest]
    for folder in left:
        remove_upload(folder)
    return len(left)


def _is_folder(entry: Path) -> bool:
    return entry.is_dir() and not entry.is_symlink()
