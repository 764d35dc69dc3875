"""Baskets: pictures that come one by one from a browser, until they are read as one folder.

A file that was acknowledged is on the disk, whole and under its own name, so that an upload which
was cut off goes on with those that are missing. What is imported is an archive of the basket, made
by then, which is kept as every uploaded archive is.
"""

import os
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import NoReturn

from labeler.datasets.containers.entry_names import EntryNames
from labeler.datasets.containers.folder import is_junk
from labeler.datasets.layouts.folder_tree import MAX_DEPTH
from labeler.datasets.limits import MAX_ENTRIES
from labeler.datasets.text.file_kinds import LIST_ENDINGS
from labeler.exceptions import refuse
from labeler.files import new_file, sync_folder
from labeler.progress import SILENT, Progress, track
from labeler.storage.errors import NotFoundError
from labeler.storage.folder.uploads import (
    PREFIX,
    basket_folders,
    changed,
    remove_upload,
    sweep_baskets,
)
from labeler.words import is_storable, printable
from labeler.workflow.workspace import Workspace

UPLOAD, BASKET = "upload", "basket"
WAITING = (UPLOAD, BASKET)
"""Kinds of what waits among the uploads."""

MOST_BASKETS = 20
_ID = re.compile(r"[0-9a-f]{16}")
_LONGEST_PATH = 1000


@dataclass(frozen=True)
class Basket:
    """A basket as it is now.

    Attributes
    ----------
    id : str
    sizes : dict of str to int
        Bytes of each file by its name, with forward slashes.
    """

    id: str
    sizes: dict[str, int]

    @property
    def n_bytes(self) -> int:
        """Of all files."""
        return sum(self.sizes.values())

    @property
    def n_pictures(self) -> int:
        """Files that are no list of names or labels."""
        return sum(not name.lower().endswith(LIST_ENDINGS) for name in self.sizes)

    @property
    def name(self) -> str:
        """The folder that all files lie in; ``pictures`` without one."""
        tops = {name.partition("/")[0] for name in self.sizes}
        is_folder = len(tops) == 1 and all("/" in name for name in self.sizes)
        return tops.pop() if is_folder else "pictures"


class _Filling:
    """What one process knows of a basket: walked once, then kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = Lock()
        self.sizes = {
            path.relative_to(folder).as_posix(): path.stat().st_size
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not is_junk(path.name)
        }
        self.n_bytes = sum(self.sizes.values())
        self.folded = {_folded(name): name for name in self.sizes}

    def note(self, name: str, size: int) -> None:
        self.sizes[name] = size
        self.folded[_folded(name)] = name
        self.n_bytes += size


def new_basket(ws: Workspace) -> Basket:
    """An empty one; those that nobody filled for a week are removed.

    Raises
    ------
    InputError
        UP-4: there are very many already.
    """
    sweep_baskets(ws.instance)
    if len(basket_folders(ws.instance)) >= MOST_BASKETS:
        refuse("UP-4", "uploads", f"{MOST_BASKETS} wait already", "fewer", "Remove one of them.")
    basket_id = token_hex(8)
    (ws.uploads / f"{PREFIX}{basket_id}").mkdir(parents=True)
    return Basket(basket_id, {})


def list_baskets(ws: Workspace) -> list[Basket]:
    """Those with files in them, the one filled last first."""
    folders = sorted(basket_folders(ws.instance), key=changed, reverse=True)
    baskets = [get_basket(ws, folder.name.removeprefix(PREFIX)) for folder in folders]
    return [basket for basket in baskets if basket.sizes]


def get_basket(ws: Workspace, basket_id: str) -> Basket:
    """The basket of that id.

    Raises
    ------
    NotFoundError
    """
    filling = _filling(basket_folder(ws, basket_id))
    with filling.lock:
        return Basket(basket_id, dict(filling.sizes))


def basket_folder(ws: Workspace, basket_id: str) -> Path:
    """Where the files of a basket lie.

    Raises
    ------
    NotFoundError
        There is no such basket.
    """
    folder = ws.uploads / f"{PREFIX}{basket_id}"
    if not _ID.fullmatch(basket_id) or not folder.is_dir():
        raise NotFoundError("There is no such upload; begin it anew.")
    return folder


def put_file(
    ws: Workspace, basket_id: str, name: str, size: int, chunks: Iterable[bytes], most_bytes: int
) -> bool:
    """Keep a file; when this returns, it is on the disk.

    Parameters
    ----------
    ws : Workspace
    basket_id, name : str
        The name with its folders, as the browser has it.
    size : int
        Bytes.
    chunks : iterable of bytes
        Its content.
    most_bytes : int
        That all files of the basket may have together.

    Returns
    -------
    bool
        False if it was there already, with the same size: then it is not read.

    Raises
    ------
    InputError
        UP-4: too many files, or too large; UP-3: a name that is not taken, or that of another
        file.
    NotFoundError
        There is no such basket.
    """
    folder = basket_folder(ws, basket_id)
    name, filling = _checked_name(name), _filling(folder)
    with filling.lock:
        _check_room(filling, name, size, most_bytes)
        if filling.sizes.get(name) == size:
            return False
    _write(folder, name, size, chunks)
    with filling.lock:
        if name not in filling.sizes:
            filling.note(name, size)
    with suppress(OSError):
        os.utime(folder)
    return True


def is_left_by_a_system(name: str) -> bool:
    """Whether a file is hidden, or was left behind by an operating system: no picture."""
    return is_junk(name)


def remove_basket(ws: Workspace, basket_id: str) -> None:
    """Remove a basket with its files.

    Raises
    ------
    NotFoundError
    """
    remove_upload(basket_folder(ws, basket_id))


@contextmanager
def as_upload(ws: Workspace, waiting: Path, progress: Progress = SILENT) -> Iterator[Path]:
    """An uploaded file as it is; a basket as an archive, for as long as the block lasts."""
    if not waiting.is_dir():
        yield waiting
        return
    packed = ws.uploads / f"{token_hex(12)}.zip"
    try:
        _pack(waiting, packed, progress)
        yield packed
    finally:
        packed.unlink(missing_ok=True)


def _pack(folder: Path, target: Path, progress: Progress) -> None:
    """All files in one archive, as they are."""
    names = sorted(_Filling(folder).sizes)
    with zipfile.ZipFile(target, "w", strict_timestamps=False) as archive:
        for name in track(names, progress, "Packing the pictures", len(names)):
            archive.write(folder / name, name)


def _write(folder: Path, name: str, size: int, chunks: Iterable[bytes]) -> None:
    target = folder / name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with new_file(target) as file:
            file.writelines(chunks)
            if file.tell() != size:
                _refuse_name(name, f"{file.tell():,} bytes of {size:,} came", "the whole file")
        sync_folder(folder)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        _refuse_name(name, "a file and a folder of one name", "one name for each")


def _check_room(filling: _Filling, name: str, size: int, most_bytes: int) -> None:
    other = filling.folded.get(_folded(name))
    if other is not None:
        if other != name or filling.sizes[name] != size:
            _refuse_name(name, "another file of that name was there before", "each name once")
        return
    if len(filling.sizes) >= MAX_ENTRIES:
        refuse("UP-4", name, f"more than {MAX_ENTRIES:,} files", "fewer at once", _BY_PATH)
    if filling.n_bytes + size > most_bytes:
        found = f"more than {most_bytes:,} bytes together"
        refuse("UP-4", name, found, f"at most {most_bytes:,}", _BY_PATH)


_BY_PATH = "Put them into a folder on this machine, and choose that."


def _checked_name(name: str) -> str:
    """The name as entries of archives may have it.

    Raises
    ------
    InputError
        UP-3
    """
    clean = EntryNames("UP", printable(name)[:200]).clean(name, 1)
    is_long = len(name.encode("utf-8", "replace")) > _LONGEST_PATH
    if not clean or clean.endswith("/") or is_long or clean.count("/") > MAX_DEPTH:
        _refuse_name(name, "a name that not every system can store", "a shorter or plainer name")
    if is_junk(clean):
        _refuse_name(name, "a hidden file, or one that a system left", "pictures")
    if not (clean.isprintable() and is_storable(clean)):
        _refuse_name(name, "a name with control characters", "a name of letters and signs")
    return clean


def _refuse_name(name: str, found: str, expected: str) -> NoReturn:
    remedy = "Rename the file; the others are kept."
    refuse("UP-3", printable(name)[:200], found, expected, remedy)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


@lru_cache(maxsize=MOST_BASKETS)
def _filling(folder: Path) -> _Filling:
    return _Filling(folder)
