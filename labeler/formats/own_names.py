"""What the images of a set are called: as the user's own files are, wherever that can be.

Where two of one folder would have the same name on a system that does not tell case apart, the
folders that they lie in come before it, as few as tell them apart; where none do, the number of
the image comes behind. No name depends on the order of the rows.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from labeler.datasets.listings.name_index import without_ending
from labeler.formats.names import folded, numbered_names, safe_file_name
from labeler.formats.rows import LabelRows, Originals

Key = tuple[str, str]


def image_names(rows: LabelRows, folders: Sequence[str] | None = None) -> list[str]:
    """A name for the file of each row.

    Parameters
    ----------
    rows : LabelRows
    folders : sequence of str, or None
        In the set, of each row's image. None: all lie side by side.
    """
    originals = rows.held_originals
    if originals is None:
        return numbered_names(rows)
    return _OwnNames(rows, originals, folders or [""] * len(rows), folded).names()


def stem_names(rows: LabelRows) -> list[str]:
    """The same side by side, and different even without their endings."""
    originals = rows.held_originals
    if originals is None:
        return numbered_names(rows)
    return _OwnNames(rows, originals, [""] * len(rows), _bare).names()


class _OwnNames:
    """The names of all images of a set, by the paths of their originals.

    Parameters
    ----------
    rows : LabelRows
    originals : Originals
    folders : sequence of str
        In the set, of each row's image.
    compared : callable
        What has to differ in two names of one folder.
    """

    def __init__(
        self,
        rows: LabelRows,
        originals: Originals,
        folders: Sequence[str],
        compared: Callable[[str], str],
    ) -> None:
        self._paths = [_parts(originals.path(place)) for place in rows.places.tolist()]
        self._numbers: list[int] = rows.indices.tolist()
        self._folders = folders
        self._compared = compared

    def names(self) -> list[str]:
        """One for each row, with no more of its path than it needs."""
        depths = [1] * len(self._paths)
        names = [_flat(path, 1) for path in self._paths]
        while deeper := [r for r in self._alike(names) if depths[r] < len(self._paths[r])]:
            for row in deeper:
                depths[row] += 1
                names[row] = _flat(self._paths[row], depths[row])
        return self._numbered(names)

    def _key(self, row: int, name: str) -> Key:
        return self._folders[row], self._compared(name)

    def _alike(self, names: Sequence[str]) -> list[int]:
        """The rows whose name is that of another one, too."""
        keys = [self._key(row, name) for row, name in enumerate(names)]
        counts = Counter(keys)
        return [row for row, key in enumerate(keys) if counts[key] > 1]

    def _numbered(self, names: list[str]) -> list[str]:
        """The names, with their own and the image's number for those that no folder tells apart."""
        alike = sorted(self._alike(names), key=lambda row: (self._numbers[row], self._paths[row]))
        left = set(alike)
        taken = {self._key(row, name) for row, name in enumerate(names) if row not in left}
        for row in alike:
            own = PurePosixPath(_flat(self._paths[row], 1))
            stem = candidate = f"{own.stem}-{self._numbers[row]:06d}"
            n_tries = 1
            while self._key(row, candidate + own.suffix) in taken:
                n_tries += 1
                candidate = f"{stem}_{n_tries}"
            names[row] = candidate + own.suffix
            taken.add(self._key(row, names[row]))
        return names


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.replace("\\", "/").split("/") if part not in ("", "."))


def _flat(path: Sequence[str], depth: int) -> str:
    """The last parts of a path as one name, which ends as the file does."""
    *folders, file = path[-depth:]
    own = PurePosixPath(file)
    return safe_file_name("-".join((*folders, own.stem)), own.suffix)


def _bare(name: str) -> str:
    """A name without its ending, nor any other that is an image's, in small letters."""
    name = folded(PurePosixPath(name).stem)
    while (shorter := without_ending(name)) != name:
        name = shorter
    return name
