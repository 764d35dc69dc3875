"""Files that are either whole or not there: a kill, a full disk or an error leaves the old one."""

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Put ``data`` at ``path`` at once, or leave what was there.

    Parameters
    ----------
    path : Path
        In a folder that exists. A link is followed; a pipe or device (``/dev/stdout``) has
        nothing to be renamed over and is written to directly.
    data : bytes or iterable of bytes
        An iterable is streamed; if it raises, nothing is left behind.

    Raises
    ------
    OSError
        The folder is missing, read-only or full; or ``path`` is a folder.
    """
    chunks = (data,) if isinstance(data, bytes) else data
    if path.exists() and not path.is_file():
        _write(os.open(path, os.O_WRONLY), chunks)
        return
    target = path.resolve()
    temporary = target.with_name(f".labeler-{secrets.token_hex(8)}.tmp")
    try:
        _write(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), chunks, sync=True)
        os.replace(temporary, target)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise
    _sync_folder(target.parent)


def _write(descriptor: int, chunks: Iterable[bytes], *, sync: bool = False) -> None:
    with open(descriptor, "wb") as file:
        file.writelines(chunks)
        file.flush()
        if sync:
            os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system can (Windows cannot open a folder)."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
