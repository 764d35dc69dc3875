"""Features, graphs and clusters, kept in a folder under all that they depend on.

A key holds what went in and the code that worked on it; a file is written whole or not at all.
What cannot be read or written only costs time: it is computed again.
"""

import hashlib
import os
import secrets
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import chain
from pathlib import Path

import numpy as np

from labeler.files import write_atomically
from labeler.npy import read_npy

MOST_BYTES = 4 << 30
"""What the folder may hold; beyond it, what was not used for longest goes."""


class FeatureCache:
    """Named arrays by key.

    Parameters
    ----------
    folder : Path
        Made when the first array is saved.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def once(
        self,
        key: str,
        names: Collection[str],
        compute: Callable[[], Mapping[str, np.ndarray]],
    ) -> dict[str, np.ndarray]:
        """The arrays of those names, computed and kept where one is missing or damaged."""
        kept = self.load(key, names)
        if kept is None:
            kept = dict(compute())
            self.save(key, kept)
        return kept

    def load(self, key: str, names: Collection[str]) -> dict[str, np.ndarray] | None:
        """All arrays of those names, or None where one is missing or damaged."""
        try:
            return {name: self._load(key, name) for name in names}
        except (OSError, ValueError, EOFError):
            return None

    def save(self, key: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep arrays of numbers; a full disk is no reason to fail."""
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            for name, array in arrays.items():
                write_atomically(self._path(key, name), _npy(array))
            make_room(self.folder)

    def share(self, key: str, files: Mapping[str, Path]) -> None:
        """Have arrays that are kept elsewhere, too, by hard link, so that they take room once.

        Parameters
        ----------
        key : str
        files : mapping of str to Path
            The ``.npy`` file of each array, by its name. Nothing may ever be written into them.
        """
        for name, file in files.items():
            with suppress(OSError):  # another disk, or one without links: it stays a copy
                _link(file, self._path(key, name))

    def _load(self, key: str, name: str) -> np.ndarray:
        path = self._path(key, name)
        array = read_npy(path)
        path.touch()
        return array

    def _path(self, key: str, name: str) -> Path:
        return self.folder / f"{key}.{name}.npy"


def make_room(folder: Path) -> None:
    """Remove what was not used for longest from a folder of arrays that holds too much.

    Raises
    ------
    OSError
    """
    kept = sorted(
        ((path.stat(), path) for path in folder.glob("*.npy")),
        key=lambda entry: entry[0].st_mtime,
        reverse=True,
    )
    total = 0
    for status, path in kept:
        total += status.st_size
        if total > MOST_BYTES:
            path.unlink(missing_ok=True)


@cache
def code_signature() -> str:
    """What tells this code from any other: features must not outlive the way they were made."""
    digest = hashlib.sha256()
    package = files("labeler.learning")
    steps = (package.joinpath(name) for name in ("clustering.py", "graph.py"))
    rooms = (package.joinpath(name).iterdir() for name in ("features", "networks"))
    sources = [*chain.from_iterable(rooms), *steps]
    for source in sorted(sources, key=lambda file: file.name):
        if source.name.endswith(".py"):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _link(file: Path, path: Path) -> None:
    """Make ``path`` another name of ``file``, in place of what is there."""
    if not path.exists() or path.samefile(file):
        return
    aside = path.with_name(f".labeler-{secrets.token_hex(8)}.tmp")
    try:
        os.link(file, aside)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _npy(array: np.ndarray) -> bytes:
    buffer = BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
