"""A folder of the user's own as a set of files. Devices are not opened.

Links are followed where that is asked for: those to files inside the folder, and never out of it.
"""

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from labeler.datasets import limits
from labeler.datasets.containers.files import FileState, escaped, open_file, state_of
from labeler.datasets.text.image_names import is_image_name
from labeler.exceptions import InputError
from labeler.progress import SILENT, Progress
from labeler.words import counted

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


def _is_junk_part(name: str) -> bool:
    """``is_junk`` for the last part of a name whose folders are known to be none."""
    return name.startswith(".") or name in JUNK_FILES or name in JUNK_FOLDERS


def junk_notes(names: Iterable[str]) -> tuple[str, ...]:
    """Notes on the junk among ``names`` that somebody may miss: images, and what macOS packs.

    Parameters
    ----------
    names : iterable of str
        Of any files, relative to the root.
    """
    folders: Counter[str] = Counter()
    n_left_behind = 0
    for name in names:
        *above, file = name.split("/")
        if is_image_name(file) and not file.startswith(_FINDER_PREFIX) and is_junk(name):
            folders[next((folder for folder in above if is_junk(folder + "/")), "")] += 1
        elif not JUNK_FOLDERS.isdisjoint(above):
            n_left_behind += 1
    n_files = folders.pop("", 0)
    notes = [f"{counted(n_files, 'image')} with a hidden name left out"] if n_files else []
    if folders:
        shown = [escaped(folder) for folder, _ in folders.most_common(_SHOWN_FOLDERS)]
        more = ", …" if len(folders) > _SHOWN_FOLDERS else ""
        total = counted(folders.total(), "image")
        notes.append(f"{total} in hidden folders ({', '.join(shown)}{more}) left out")
    if n_left_behind:
        macos = ", ".join(JUNK_FOLDERS)
        notes.append(f"{counted(n_left_behind, 'file')} in {macos} ignored")
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
    links_inside : bool
        Whether links to files inside the folder are read as files, in place of these.

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
        links_inside: bool = False,
    ) -> None:
        self.source = escaped(str(root))
        self.root: Path | None = root
        self._root = root
        self._recursive = recursive
        self._follow_links = follow_links
        self._real_root = os.path.realpath(root) if links_inside else ""
        self._followed: dict[str, str] = {}
        self._sizes: dict[str, int] = {}
        self._n_links = 0
        self._n_special = 0
        self._junk: list[str] = []
        with progress.task(f"Looking through {self.source}") as task:
            for name, size in self._walk():
                self._sizes[name] = size
                task.advance()
        self._drop_targets()
        self.names = tuple(sorted(self._sizes))
        self.notes = (
            *_followed(len(self._followed)),
            *_skipped(self._n_links, self._n_special),
            *junk_notes(self._junk),
        )

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open one file; it has to stay what it was."""
        return open_file(self._real(name), follow_links=self._follow_links)

    def size(self, name: str) -> int:
        """Bytes of one file when the folder was walked."""
        return self._sizes[name]

    def path(self, name: str) -> str:
        """The name itself."""
        return name

    def describe(self, name: str) -> str:
        """Path of one file, safe to be shown."""
        return escaped(os.path.join(self._root, name))

    def state(self, name: str) -> FileState | None:
        """Path, size and time."""
        return state_of(self._real(name))

    def _real(self, name: str) -> str:
        return self._followed.get(name) or os.path.join(self._root, name)

    def _walk(self) -> Iterator[tuple[str, int]]:
        """Names relative to the root, in no order, with sizes; links and devices only counted."""
        waiting = [""]
        count = 0
        while waiting:
            prefix = waiting.pop()
            for entry in _list(self._root / prefix):
                name = prefix + entry.name
                if _is_junk_part(entry.name):
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
                    size = self._follow(entry, name)
                    if size is None:
                        self._n_links += 1
                    else:
                        count += 1
                        _check_count(count, self.source)
                        yield name, size
                else:
                    self._n_special += 1

    def _follow(self, entry: os.DirEntry[str], name: str) -> int | None:
        """The size of the file that a link leads to; None for a link that is not followed."""
        if not self._real_root:
            return None
        try:
            target = os.path.realpath(entry.path, strict=True)
            status = os.stat(target, follow_symlinks=False)
        except OSError:
            return None
        is_inside = target.startswith(self._real_root.rstrip(os.sep) + os.sep)
        if not is_inside or not stat.S_ISREG(status.st_mode):
            return None
        self._followed[name] = target
        return status.st_size

    def _drop_targets(self) -> None:
        """A file and the links to it are one image, under the name of the links."""
        for target in self._followed.values():
            name = os.path.relpath(target, self._real_root).replace(os.sep, "/")
            if name not in self._followed:
                self._sizes.pop(name, None)

    def _below(self, name: str) -> Iterator[str]:
        """What is told of a folder that is not read: images, macOS' files; no links."""
        if not self._recursive:
            return
        paths = (
            os.path.join(folder, file)
            for folder, _, files in os.walk(self._root / name)
            for file in files
        )
        for path in islice(paths, limits.MAX_ENTRIES):
            inside = Path(path).relative_to(self._root)
            is_told = is_image_name(path) or not JUNK_FOLDERS.isdisjoint(inside.parts)
            if is_told and not os.path.islink(path):
                yield inside.as_posix()


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _list(folder: Path) -> Iterator[os.DirEntry[str]]:
    source = escaped(str(folder))
    try:
        with os.scandir(folder) as entries:
            yield from entries
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
        raise _refused("DIR-3", escaped(entry.path), found) from error


def _check_count(count: int, source: str) -> None:
    if count > limits.MAX_FILES:
        raise InputError(
            "DIR-4",
            source,
            found=f"more than {limits.MAX_FILES:,} files",
            expected=f"at most {limits.MAX_FILES:,}",
            remedy="Give a folder that holds only a part of them.",
        )


def _followed(n_links: int) -> tuple[str, ...]:
    return (f"{counted(n_links, 'link')} inside the folder followed",) if n_links else ()


def _skipped(n_links: int, n_special: int) -> tuple[str, ...]:
    notes = [f"skipped {counted(n_links, 'link')}"] if n_links else []
    if n_special:
        notes.append(f"skipped {counted(n_special, 'pipe, socket or device file')}")
    return tuple(notes)


def _refused(code: str, source: str, found: str) -> InputError:
    return InputError(
        code,
        source,
        found=found,
        expected="a readable folder of images",
        remedy="Check the path and its permissions.",
    )
