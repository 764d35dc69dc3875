"""File names of a data set, found as lists and other programs write them.

A name is looked for as it is; then as the end of a path, or as a path that ends with one of ours;
then both without the ending of an image file. Another folder before the same path is the same image
elsewhere; another path is not. What is found by none of these is looked for in any letter case, and
what was uploaded to Label Studio by its own name, with or without what was put before it there.
"""

import posixpath
import re
import unicodedata
from collections.abc import Iterable, Sequence, Set
from typing import Protocol

from labeler.datasets.listings.studio_tasks import names_of_upload
from labeler.datasets.text.image_names import IMAGE_ENDINGS
from labeler.words import whole_number

_MOST_PARTS = 12
"""Of a name that our paths may end with: each number of them costs a table of all names."""

_NUMBER = re.compile(r"([0-9]{6,18})[-.]")

_DEEPEST = 32
"""Last parts of a name that one of our paths may be."""


def last_part(name: str) -> str:
    """The file name in a path, whichever way its slashes lean."""
    return _plain(name).rpartition("/")[2]


def without_ending(name: str) -> str:
    """A name without the ending of an image file."""
    lowered = name.lower()
    ending = next((ending for ending in IMAGE_ENDINGS if lowered.endswith(ending)), "")
    return name[: len(name) - len(ending)]


def differs_in_case(name: str, path: str) -> bool:
    """Whether a name means the image at ``path`` in other letter case."""
    ends = [without_ending(last_part(text)) for text in (name, path)]
    return ends[0] != ends[1] and ends[0].casefold() == ends[1].casefold()


class Index(Protocol):
    """What a name may mean.

    Attributes
    ----------
    names : sequence of str
    """

    names: Sequence[str]

    def find(self, name: str, folder: str = "") -> Sequence[int]:
        """The images, by number; see ``NameIndex``."""


class NameIndex:
    """The images of a data set by name.

    Parameters
    ----------
    names : sequence of str
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self._found_paths: _Paths | None = None
        self._stems: _Paths | None = None
        self._any_case: NameIndex | None = None

    def find(self, name: str, folder: str = "") -> Sequence[int]:
        """The images that a name may mean: one where it is clear, none where there is no such.

        Parameters
        ----------
        name : str
        folder : str
            That of the list which the name is in, with a slash at its end.
        """
        numbers = self._find(name, folder) or self._in_any_case(name.casefold(), folder.casefold())
        if not numbers:
            uploads = (self.find(upload, folder) for upload in names_of_upload(name))
            numbers = next(filter(None, uploads), ())
        return numbers

    def exact(self, name: str) -> Sequence[int]:
        """The images of exactly that path."""
        return self._paths.exact(_plain(name))

    def _find(self, name: str, folder: str) -> Sequence[int]:
        plain = _plain(name)
        paths = self._paths
        numbers = paths.exact(posixpath.normpath(folder + plain)) or paths.alike(plain, folder)
        return numbers or self._without_ending(plain, folder)

    def _in_any_case(self, name: str, folder: str) -> Sequence[int]:
        if self._any_case is None:
            self._any_case = NameIndex([name.casefold() for name in self.names])
        return self._any_case._find(name, folder)

    @property
    def _paths(self) -> "_Paths":
        if self._found_paths is None:
            self._found_paths = _Paths([_plain(name) for name in self.names])
        return self._found_paths

    def _without_ending(self, name: str, folder: str) -> Sequence[int]:
        if self._stems is None:
            self._stems = _Paths([without_ending(name) for name in self._paths.names])
        stems = self._stems
        for stem in (name, without_ending(name)):  # a file may be called "x.jpg.png"
            numbers = stems.exact(posixpath.normpath(folder + stem)) or stems.alike(stem, folder)
            if numbers:
                return numbers
        return ()


class ExportedNames:
    """Images that Labeler wrote: by path, or by the number in front of ``000042-cat.png``.

    One that is not where it was written may have been moved to another class: it is looked for by
    its name among those of which no row says that they were written where they lie.

    Parameters
    ----------
    names : sequence of str
    folder : str
        In which they lie, with a slash at its end.
    written : iterable of str
        What the set says of every image that it was written as.
    """

    def __init__(self, names: Sequence[str], folder: str, written: Iterable[str]) -> None:
        self.names = names
        self._numbers: dict[int, list[int]] = {}
        self._paths: dict[str, list[int]] = {}
        self._moved: dict[str, list[int]] = {}
        claimed = {unicodedata.normalize("NFC", path) for path in written}
        for place, name in enumerate(names):
            if name.startswith(folder):
                self._add(place, unicodedata.normalize("NFC", name[len(folder) :]), claimed)

    def _add(self, place: int, path: str, claimed: Set[str]) -> None:
        last = last_part(path)
        match = _NUMBER.match(last)
        if match:
            self._numbers.setdefault(int(match[1]), []).append(place)
        self._paths.setdefault(path, []).append(place)
        if path not in claimed:
            self._moved.setdefault(last, []).append(place)

    def find(self, name: str, folder: str = "") -> Sequence[int]:
        """The images of that path, or of that number, which is given as text."""
        number = whole_number(name, 18)
        if number is not None:
            return self._numbers.get(number, ())
        path = unicodedata.normalize("NFC", name)
        return self._paths.get(path, ()) or self._moved.get(last_part(path), ())


def shared_folder(names: Sequence[str]) -> str:
    """The folder that all names begin with, with a slash at its end."""
    folders = {name.replace("\\", "/").rpartition("/")[0] for name in names}
    if not folders or "" in folders:
        return ""
    first, last = min(folders).split("/"), max(folders).split("/")
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    return "".join(f"{part}/" for part in first[:same])


class _Paths:
    """Numbers by path and by the ends of paths."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self._ends: dict[int, dict[str, list[int]]] = {}
        self._exact: dict[str, list[int]] = {}
        for number, name in enumerate(names):
            self._exact.setdefault(name, []).append(number)

    def exact(self, path: str) -> Sequence[int]:
        return self._exact.get(path, ())

    def alike(self, path: str, folder: str) -> Sequence[int]:
        """Those whose path ends with ``path``; else the longest that ``path`` ends with.

        The latter may be relative to ``folder``.
        """
        path = path.lstrip("/")
        parts = path.split("/")
        if len(parts) <= _MOST_PARTS and (numbers := self._ending_in(len(parts)).get(path)):
            return numbers
        for start in range(max(1, len(parts) - _DEEPEST), len(parts)):
            end = "/".join(parts[start:])
            if numbers := self._exact.get(end) or self._exact.get(folder + end):
                return numbers
        return ()

    def _ending_in(self, n_parts: int) -> dict[str, list[int]]:
        if n_parts not in self._ends:
            ends: dict[str, list[int]] = {}
            for number, name in enumerate(self.names):
                end = "/".join(name.rsplit("/", n_parts)[-n_parts:])
                ends.setdefault(end.lstrip("/"), []).append(number)
            self._ends[n_parts] = ends
        return self._ends[n_parts]


def _plain(name: str) -> str:
    return name.replace("\\", "/")
