"""A folder of the user's own as a set of files. Links are not followed, devices not opened."""

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from labeler.datasets import limits
from labeler.datasets.files import open_file, printable
from labeler.datasets.image_files import is_image_name
from labeler.exceptions import InputError
from labeler.progress import SILENT, Progress

JUNK_FOLDERS = frozenset({"__MACOSX"})
JUNK_FILES = frozenset({"Thumbs.db", "desktop.ini"})
_FINDER_PREFIX = "._"
"""Of what macOS keeps about a file, under the file's own ending."""

_SHOWN_FOLDERS = 3


def is_junk(name: str) -> bool:
    """Whether an operating system left this file behind, or it is hidden: never data."""
    *folders, file = name.split("/")
    hidden = any(part.startswith(".") for part in (*folders, file))
    return hidden or file in JUNK_FILES or not JUNK_FOLDERS.isdisjoint(folders)


def hidden_images(names: Iterable[str]) -> tuple[str, ...]:
    """Notes on the images among ``names`` that are taken for junk: somebody may miss them.

    Parameters
    ----------
    names : iterable of str
        Of any files, relative to the root.
    """
    folders: Counter[str] = Counter()
    for name in names:
        *above, file = name.split("/")
        if is_image_name(file) and not file.startswith(_FINDER_PREFIX) and is_junk(name):
            folders[next((one for one in above if is_junk(one + "/")), "")] += 1
    n_files = folders.pop("", 0)
    notes = [f"{_images(n_files)} with a hidden name left out"] if n_files else []
    if folders:
        shown = [printable(one) for one, _ in folders.most_common(_SHOWN_FOLDERS)]
        more = ", …" if len(folders) > _SHOWN_FOLDERS else ""
        total = _images(folders.total())
        notes.append(f"{total} in hidden folders ({', '.join(shown)}{more}) left out")
    return tuple(notes)


class FolderFiles:
    """The regular files below a folder.

    Parameters
    ----------
    root : Path
    progress : Progress
        Told while the folder is walked.
    recursive : bool
        Whether the folders inside count too.
    follow_links : bool
        Whether links to files are read as files: only in a folder set up for Labeler.

    Attributes
    ----------
    source, names, notes, root
        See ``Files``.
    """

    def __init__(
        self,
        root: Path,
        progress: Progress = SILENT,
        *,
        recursive: bool = True,
        follow_links: bool = False,
    ) -> None:
        self.source = printable(str(root))
        self.root = root
        self._recursive = recursive
        self._follow_links = follow_links
        self._sizes: dict[str, int] = {}
        self._n_links = 0
        self._n_special = 0
        self._junk: list[str] = []
        with progress.task(f"Looking through {self.source}") as task:
            for name, size in self._walk():
                self._sizes[name] = size
                task.advance()
        self.names = tuple(sorted(self._sizes))
        self.notes = (*_skipped(self._n_links, self._n_special), *hidden_images(self._junk))

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open one file; it has to stay what it was."""
        return open_file(self.root / name, follow_links=self._follow_links)

    def size(self, name: str) -> int:
        """Bytes of one file when the folder was walked."""
        return self._sizes[name]

    def path(self, name: str) -> str:
        """The name itself."""
        return name

    def describe(self, name: str) -> str:
        """Path of one file, safe to be shown."""
        return printable(str(self.root / name))

    def _walk(self) -> Iterator[tuple[str, int]]:
        """Names relative to the root, in no order, with sizes; links and devices only counted."""
        waiting = [""]
        count = 0
        while waiting:
            prefix = waiting.pop()
            for entry in _list(self.root / prefix):
                name = prefix + entry.name
                if is_junk(name) or is_junk(name + "/"):
                    self._junk.extend(self._below(name) if _is_folder(entry) else [name])
                    continue
                status = _status(entry, self._follow_links)
                if stat.S_ISREG(status.st_mode):
                    count += 1
                    _check_count(count, self.source)
                    yield name, status.st_size
                elif stat.S_ISDIR(status.st_mode):
                    waiting.extend([name + "/"] if self._recursive else [])
                elif stat.S_ISLNK(status.st_mode):
                    self._n_links += 1
                else:
                    self._n_special += 1

    def _below(self, name: str) -> Iterator[str]:
        """Images in a folder that is not read, as far as they can be seen; links are not."""
        if not self._recursive:
            return
        found = (
            os.path.join(folder, file)
            for folder, _, files in os.walk(self.root / name)
            for file in files
        )
        for path in islice(found, limits.MAX_ENTRIES):
            if is_image_name(path) and not os.path.islink(path):
                yield Path(path).relative_to(self.root).as_posix()


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _list(folder: Path) -> list[os.DirEntry[str]]:
    source = printable(str(folder))
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError as error:
        raise _refused("DIR-1", source, "there is nothing under this name") from error
    except NotADirectoryError as error:
        raise _refused("DIR-1", source, "this is a file, not a folder") from error
    except OSError as error:
        found = f"the folder cannot be read ({error.strerror or error})"
        raise _refused("DIR-1", source, found) from error


def _status(entry: os.DirEntry[str], follow_links: bool) -> os.stat_result:
    try:
        return entry.stat(follow_symlinks=follow_links)
    except OSError as error:
        found = f"cannot be looked at ({error.strerror or error})"
        raise _refused("DIR-3", printable(entry.path), found) from error


def _check_count(count: int, source: str) -> None:
    if count > limits.MAX_ENTRIES:
        raise InputError(
            "DIR-4",
            source,
            found=f"more than {limits.MAX_ENTRIES:,} files",
            expected=f"at most {limits.MAX_ENTRIES:,}",
            remedy="Give a folder that holds only a part of them.",
        )


def _skipped(n_links: int, n_special: int) -> tuple[str, ...]:
    notes = []
    if n_links:
        notes.append(f"skipped {n_links:,} link{'s' if n_links > 1 else ''}")
    if n_special:
        notes.append(f"skipped {n_special:,} pipe, socket or device file{'s' * (n_special > 1)}")
    return tuple(notes)


def _images(count: int) -> str:
    return f"{count:,} image{'' if count == 1 else 's'}"


def _refused(code: str, source: str, found: str) -> InputError:
    return InputError(
        code,
        source,
        found=found,
        expected="a readable folder of images",
        remedy="Check the path and its permissions.",
    )
