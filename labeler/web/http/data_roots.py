"""The folders of this machine that pages may read from: nothing outside, nothing hidden.

Links are resolved before anything is compared, so none leads out. Labeler's own folder is never
read, wherever it lies.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from labeler.datasets.text.file_kinds import READABLE
from labeler.datasets.text.image_names import is_image_name
from labeler.exceptions import InputError
from labeler.web.http.context import web

MOST_SHOWN = 500
"""Folders and files of one folder that are listed."""

MOST_COUNTED = 10_000
"""Entries that are looked at to count the pictures of a folder."""

MOST_COUNTED_IN_ALL = 50_000


@dataclass(frozen=True)
class Entry:
    """A folder, or a file that can be read as a data set.

    Attributes
    ----------
    path : Path
    n_pictures : int or None
        In it and below; None for a file.
    is_more : bool
        Whether there were too many to count them all.
    """

    path: Path
    n_pictures: int | None
    is_more: bool = False


def allowed_path(text: str) -> Path:
    """A path that pages may read, links resolved; never another.

    Raises
    ------
    InputError
        DIR-1, the same whether there is something or not.
    """
    with suppress(OSError, ValueError, RuntimeError):
        path = Path(text).expanduser().resolve(strict=True)
        if text and is_allowed(path):
            return path
    raise InputError(
        "DIR-1",
        text[:200] or "path",
        found="nothing that Labeler may read",
        expected="a folder or file under an allowed data folder",
        remedy="Start Labeler with --data-root FOLDER to allow another one.",
    )


def roots() -> tuple[Path, ...]:
    """The folders that were allowed, links resolved."""
    return tuple(root.resolve() for root in web().settings.data_roots)


def is_allowed(path: Path) -> bool:
    """Whether a resolved path lies in an allowed folder, is not hidden there, and is not ours."""
    if path.is_relative_to(web().workspace.instance.resolve()):
        return False
    below = [path.relative_to(root) for root in roots() if path.is_relative_to(root)]
    return any(not any(map(_is_hidden, inner.parts)) for inner in below)


def entries_of(folder: Path) -> tuple[list[Entry], int]:
    """What lies in an allowed folder: folders first, by name; and how many entries are not shown.

    Raises
    ------
    OSError
        It cannot be listed.
    """
    with os.scandir(folder) as listed:
        found = list(islice(listed, MOST_COUNTED + 1))
    shown = sorted((entry for entry in found if _is_offered(entry)), key=_order)
    left = MOST_COUNTED_IN_ALL
    entries = []
    for entry in shown[:MOST_SHOWN]:
        n_pictures, n_looked_at = _count(Path(entry.path), left) if entry.is_dir() else (None, 0)
        left -= n_looked_at
        is_more = n_pictures is not None and (left <= 0 or n_looked_at >= MOST_COUNTED)
        entries.append(Entry(Path(entry.path), n_pictures, is_more))
    return entries, max(0, len(shown) - MOST_SHOWN)


def pictures_in(folder: Path) -> Entry:
    """A folder with the number of pictures in it and below."""
    n_pictures, n_looked_at = _count(folder, MOST_COUNTED)
    return Entry(folder, n_pictures, n_looked_at >= MOST_COUNTED)


def folders_above(folder: Path) -> Iterator[Path]:
    """The allowed folders on the way to this one, the outermost first, itself last."""
    root = next(root for root in roots() if folder.is_relative_to(root))
    yield from (path for path in (*reversed(folder.parents), folder) if path.is_relative_to(root))


def _count(folder: Path, most: int) -> tuple[int, int]:
    """Pictures in a folder and below, and how many entries were looked at; no link is followed."""
    waiting, n_pictures, n_looked_at = [str(folder)], 0, 0
    most = min(most, MOST_COUNTED)
    while waiting and n_looked_at < most:
        with suppress(OSError), os.scandir(waiting.pop()) as listed:
            for entry in islice(listed, most - n_looked_at):
                n_looked_at += 1
                if _is_hidden(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    n_pictures += is_image_name(entry.name)
    return n_pictures, n_looked_at


def _is_offered(entry: os.DirEntry[str]) -> bool:
    """Folders, and files of a kind that is read whole; pictures are only counted."""
    if _is_hidden(entry.name) or not entry.name.isprintable():
        return False
    with suppress(OSError):
        is_folder = entry.is_dir()
        readable = entry.is_file() and entry.name.lower().endswith(READABLE)
        return (is_folder or readable) and is_allowed(Path(entry.path).resolve())
    return False


def _order(entry: os.DirEntry[str]) -> tuple[bool, str]:
    return not entry.is_dir(), entry.name.casefold()


def _is_hidden(name: str) -> bool:
    return name.startswith(".")
