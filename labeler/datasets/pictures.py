"""The pictures behind images, as they were before they were made small: what networks look at.

They stay in their files until somebody asks for them. A file that is gone, or that holds something
else by now, is as good as none: what is said of a picture must be true of the one that was read.
"""

import hashlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np

from labeler.datasets.containers.files import Files, open_file
from labeler.datasets.originals import Originals
from labeler.exceptions import InputError
from labeler.imaging.images import MAX_IMAGE_BYTES

GONE = (InputError, OSError, KeyError)
"""What is raised where a file is not where it was, or cannot be read."""

ReadFile = Callable[[str], bytes]


@dataclass(frozen=True, eq=False)
class FilePictures:
    """Picture files in the folder or archive that they were read from.

    Attributes
    ----------
    originals : Originals
    root : Path
        The folder or archive.
    on_scale : tuple of float or None
    open_root : callable
        Opens an archive.
    """

    originals: Originals
    root: Path
    on_scale: tuple[float, float] | None
    open_root: Callable[[Path], AbstractContextManager[Files]]

    @property
    def hashes(self) -> np.ndarray:
        """See ``Pictures`` of ``labeler.datasets.originals``."""
        return self.originals.hashes

    def take(self, indices: np.ndarray) -> Self:
        """See ``Pictures`` of ``labeler.datasets.originals``."""
        return replace(self, originals=self.originals.take(indices))

    def rendition(self, place: int) -> bytes:
        """See ``Pictures`` of ``labeler.datasets.originals``."""
        return self.originals.renditions[place]

    def contents(self, places: Sequence[int]) -> Generator[bytes | None, None, None]:
        """See ``Pictures`` of ``labeler.datasets.originals``."""
        with suppress(InputError), ExitStack() as stack:  # an archive that changed meanwhile
            try:
                read = stack.enter_context(self._reading())
            except GONE:
                read = _gone
            for place in places:
                yield unchanged(read, self.originals.paths[place], self.hashes[place])

    @contextmanager
    def _reading(self) -> Iterator[ReadFile]:
        if self.root.is_dir():
            yield partial(read_below, self.root)
            return
        with self.open_root(self.root) as files:
            yield partial(_read_member, files)


def unchanged(read: ReadFile, path: str, digest: np.ndarray) -> bytes | None:
    """The content of a file; None where it is gone, or not what it was.

    Parameters
    ----------
    read : callable
    path : str
    digest : ndarray of shape (32,), dtype uint8
        SHA-256 of what it was.
    """
    try:
        data = read(path)
    except GONE:
        return None
    return data if hashlib.sha256(data).digest() == digest.tobytes() else None


def read_below(root: Path, path: str) -> bytes:
    """A file in a folder that was read there once; a link put in its place may not lead elsewhere.

    Raises
    ------
    OSError, InputError
        There is no such file any more, or it cannot be read.
    """
    resolved = (root / path).resolve()
    if not resolved.is_relative_to(root.resolve()):
        raise FileNotFoundError(path)
    with open_file(resolved) as file:
        return file.read(MAX_IMAGE_BYTES)


def _read_member(files: Files, path: str) -> bytes:
    with files.open(path) as file:
        return file.read(MAX_IMAGE_BYTES)


def _gone(path: str) -> bytes:
    raise FileNotFoundError(path)
