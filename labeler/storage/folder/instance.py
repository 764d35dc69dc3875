"""The folder of one installation: who uses it, and what work that was cut off left in it."""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from labeler.exceptions import NoRoomError
from labeler.files import TEMPORARY_FILES, is_full
from labeler.storage.errors import BusyError, UnusableError

try:
    import fcntl
except ImportError:  # Windows, where a database that is open can be neither moved nor replaced
    fcntl = None  # type: ignore[assignment]

LOCK_FILE = "in-use.lock"
SIDE_FILES = ("-journal", "-wal", "-shm")
"""What SQLite keeps beside a database; in the wrong company, it damages another."""

_WORK_FOLDER = re.compile(r"(backup-|restore-|tmp)[a-z0-9_]{8}")
_OLD_SECONDS = 24 * 3600
_WORKERS = "workers"


@contextmanager
def told_of_files() -> Iterator[None]:
    """Raise what the user can act on in place of the system's errors about files.

    Raises
    ------
    NoRoomError
        The disk is full.
    UnusableError
        A file or folder may not be read or written.
    """
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise NoRoomError from error
        raise UnusableError(
            f"{error.filename or 'A file'} cannot be used ({error.strerror}); check its owner and "
            "permissions."
        ) from error


def make_instance(instance: Path) -> None:
    """Make the folder, where it is not there yet.

    Raises
    ------
    UnusableError
        It cannot be made.
    NoRoomError
        The disk is full.
    """
    try:
        instance.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if is_full(error):
            raise NoRoomError from error
        reason = "it is a file" if instance.is_file() else error.strerror
        raise UnusableError(
            f"The folder {instance} cannot be made ({reason}); give another in LABELER_INSTANCE."
        ) from error


def share(instance: Path) -> Callable[[], None]:
    """Say that this process uses the folder, until the function that is returned is called.

    Raises
    ------
    BusyError
        A backup is being restored into it.
    """
    try:
        return locked(instance / LOCK_FILE, alone=False)
    except BlockingIOError:
        raise BusyError(f"A backup is being restored into {instance}; wait until it is.") from None


@contextmanager
def alone(instance: Path) -> Iterator[None]:
    """Keep every other process out of the folder.

    Raises
    ------
    BusyError
        Another uses it.
    """
    try:
        leave = locked(instance / LOCK_FILE, alone=True)
    except BlockingIOError:
        raise BusyError(
            f"Labeler is running in {instance}; stop it (`labeler serve`, notebooks), then restore."
        ) from None
    try:
        yield
    finally:
        leave()


@contextmanager
def work_folder(instance: Path, purpose: str) -> Iterator[Path]:
    """A folder for files in the making, gone afterwards; swept later where we are killed."""
    folder, leave = _new_work_folder(instance, purpose)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        leave()


@contextmanager
def presence(instance: Path, name: str) -> Iterator[None]:
    """Let other processes see that the worker of that name lives, while the block lasts."""
    if fcntl is None:
        yield
        return
    path, leave = instance / _WORKERS / name, _nothing
    with suppress(OSError):  # its lease says so, too, only later
        path.parent.mkdir(exist_ok=True)
        leave = locked(path, alone=True)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        leave()


def dead_workers(instance: Path) -> list[str]:
    """Those that ended without a word, as after a kill; each is named once."""
    dead = []
    with suppress(OSError):
        for path in (instance / _WORKERS).iterdir():
            if not is_in_use(path):
                path.unlink()
                dead.append(path.name)
    return dead


def leftovers(instance: Path) -> list[Path]:
    """What work that was cut off left behind; nothing that a living process is writing."""
    if not instance.is_dir():
        return []
    dead = [
        path for path in instance.iterdir() if _WORK_FOLDER.fullmatch(path.name) and _is_dead(path)
    ]
    return sorted([*dead, *_old_files(instance)])


def sweep_leftovers(instance: Path) -> list[Path]:
    """Remove them; gives what was removed."""
    removed = leftovers(instance)
    for path in removed:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return removed


def set_aside(database: Path) -> list[Path]:
    """Rename what SQLite left beside a database that is not there any more; gives the new names."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    moved = []
    for suffix in SIDE_FILES:
        with suppress(FileNotFoundError):
            beside = database.with_name(database.name + suffix)
            moved.append(beside.rename(beside.with_name(f"{beside.name}.set-aside-{moment}")))
    return moved


def _new_work_folder(instance: Path, purpose: str) -> tuple[Path, Callable[[], None]]:
    while True:
        folder = Path(tempfile.mkdtemp(dir=instance, prefix=f"{purpose}-"))
        with suppress(OSError):  # swept by another process before it was locked
            leave = locked(folder, alone=True)
            if folder.is_dir():
                return folder, leave


def is_in_use(path: Path) -> bool:
    """Whether a living process has locked that file or folder for itself."""
    try:
        locked(path, alone=True)()
    except BlockingIOError:
        return True
    return False


def _is_dead(folder: Path) -> bool:
    """Whether nobody works in it; where that cannot be told, a day is enough."""
    if fcntl is None or not folder.is_dir():
        return _is_old(folder)
    try:
        locked(folder, alone=True)()
    except OSError:
        return False
    return True


def _old_files(instance: Path) -> Iterator[Path]:
    for pattern in (TEMPORARY_FILES, "backups/*.partial"):
        for path in instance.rglob(pattern):
            if _is_old(path):
                yield path


def _is_old(path: Path) -> bool:
    try:
        return path.stat().st_mtime < time.time() - _OLD_SECONDS
    except FileNotFoundError:
        return False


def locked(path: Path, *, alone: bool) -> Callable[[], None]:
    """Lock a file (made if need be) or a folder; the system lets go of it when we end.

    Where files cannot be locked, or this one cannot be made, nothing is.

    Raises
    ------
    BlockingIOError
        Another has locked it.
    """
    if fcntl is None:
        return _nothing
    try:
        flags = os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT
        descriptor = os.open(path, flags, 0o666)
    except OSError:
        return _nothing
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    except OSError:
        os.close(descriptor)
        return _nothing
    return _once(descriptor)


def _once(descriptor: int) -> Callable[[], None]:
    """Closes the descriptor when called first; by then its number may be another file's."""
    open_ones = [descriptor]

    def leave() -> None:
        while open_ones:
            os.close(open_ones.pop())

    return leave


def _nothing() -> None:
    """Lets go of no lock."""
