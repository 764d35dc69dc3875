"""Image files that a data set does not have yet: found without being decoded, then read.

A file is known by its place, size and time; else by its content, wherever it lies. Of files with
the same content, one is new.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from labeler.datasets.base import LeftOut
from labeler.datasets.classes import check_class_names
from labeler.datasets.containers.files import Files, escaped
from labeler.datasets.corrections import AS_FOUND, Corrections
from labeler.datasets.image_files import read_images
from labeler.datasets.layout import plan_images
from labeler.datasets.originals import NO_STAMP, Originals
from labeler.datasets.registry import open_files
from labeler.datasets.resizing import Likeness, in_colours_of
from labeler.exceptions import InputError
from labeler.imaging.images import check_file_size
from labeler.journal import NO_JOURNAL, Journal
from labeler.progress import SILENT, Progress, track
from labeler.words import counted

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class KnownFile:
    """An image file that was read before.

    Attributes
    ----------
    sha256 : bytes
        Of its content.
    place : str or None
        Its path, from the root of the disk on; None where it cannot be found again.
    stamp : tuple of int
        (bytes, nanoseconds) when it was read, or ``NO_STAMP``.
    """

    sha256: bytes
    place: str | None
    stamp: tuple[int, int] = NO_STAMP


@dataclass(frozen=True)
class ReadBefore:
    """A data set that images are added to: these are read as its own were.

    Attributes
    ----------
    known : tuple of KnownFile
        The files of all its images.
    like : Likeness
        What new images are to be like.
    corrections : Corrections
        Of folders and classes; what of them is not there now is passed over.
    """

    known: tuple[KnownFile, ...]
    like: Likeness
    corrections: Corrections = AS_FOUND


@dataclass(frozen=True, eq=False)
class NewImages:
    """Images that are new, made equal to those that were there.

    Attributes
    ----------
    images : ndarray of shape (n, height, width) or (n, height, width, 3), dtype uint8
    names : tuple of str
        Of their files, as in a ``Split``.
    class_names : tuple of str
        The true class of each; empty where it is not known.
    is_test : ndarray of shape (n,), dtype bool
        Whether its folder or a list says that it is to test on.
    originals : Originals
    root : Path or None
        The folder or archive that they lie in.
    n_known : int
        Files that were known and were not read.
    left_out : tuple of LeftOut
    notes : tuple of str
        What was converted and left out, what changed or is gone.
    scale : tuple of float or None
        Of images of 16 bits, those of before included.
    """

    images: np.ndarray
    names: tuple[str, ...]
    class_names: tuple[str, ...]
    is_test: np.ndarray
    originals: Originals
    root: Path | None
    n_known: int
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]
    scale: tuple[float, float] | None

    def __len__(self) -> int:
        return len(self.names)


def read_new_images(
    path: Path,
    before: ReadBefore,
    progress: Progress = SILENT,
    *,
    strict: bool = False,
    journal: Journal = NO_JOURNAL,
) -> NewImages:
    """Read those images of a folder or archive that are not known.

    Parameters
    ----------
    path : Path
    before : ReadBefore
    progress : Progress
    strict : bool
        Whether one new file that cannot be read is an error; else it is left out and listed.
    journal : Journal
        What is known of files already; see ``labeler.journal``.

    Raises
    ------
    InputError
        As ``load_dataset``; ADD-1 where the path holds no set of image files.
    """
    corrections = before.corrections and replace(before.corrections, is_lenient=True)
    with open_files(path, progress) as opened:
        planned = None if opened is None else plan_images(opened[0], corrections)
        if opened is None or planned is None:
            raise _no_images(path)
        files, found = planned
        check_class_names(found.classes.values(), files.source)
        search = _Search(files, before.known)
        wanted = [*found.train, *(name for name in found.test if found.classes.get(name))]
        names = search.new_among(wanted, progress)
        read = read_images(
            files,
            names,
            progress=progress,
            strict=strict,
            journal=journal,
            added_to=len(before.known),
            like=before.like,
        )
        if read.originals is None:
            raise _no_images(path)
        everything = {opened[0].path(name) for name in opened[0].names}
        notes = (*files.notes, *read.notes, *search.notes(everything))
    kept, held = tuple(read.kept), frozenset(found.test)
    return NewImages(
        images=in_colours_of(read.images, before.like),
        names=kept,
        class_names=tuple(escaped(found.classes.get(name, "")) for name in kept),
        is_test=np.array([name in held for name in kept], dtype=bool),
        originals=read.originals,
        root=files.root,
        n_known=len(wanted) - len(names),
        left_out=(*found.left_out, *read.left_out),
        notes=notes,
        scale=read.scale,
    )


class _Search:
    """What is new among the files of a folder or archive."""

    def __init__(self, files: Files, known: tuple[KnownFile, ...]) -> None:
        self._files = files
        self._root = "" if files.root is None else str(files.root.absolute())
        self._hashes = {file.sha256 for file in known}
        self._stamps = {file.place: file.stamp for file in known if file.place}
        self._n_changed = 0

    def new_among(self, names: list[str], progress: Progress) -> list[str]:
        """Those of the names that are not known, in their order."""
        title = f"Looking for new images in {self._files.source}"
        return [name for name in track(names, progress, title, len(names)) if self._is_new(name)]

    def notes(self, everything: set[str]) -> Iterator[str]:
        """What became of files that were read before, by the paths of all files of now."""
        if self._n_changed:
            yield (
                f"{counted(self._n_changed, 'file')} changed since the last reading: each is a "
                "new image, and the one of before stays"
            )
        below = self._root + os.sep
        paths = (place.removeprefix(below) for place in self._stamps if place.startswith(below))
        n_gone = sum(path.replace(os.sep, "/") not in everything for path in paths)
        if n_gone:
            are = "is" if n_gone == 1 else "are"
            yield (
                f"{counted(n_gone, 'file')} read before {are} not there any more: labels and "
                "small pictures stay"
            )

    def _is_new(self, name: str) -> bool:
        place = os.path.join(self._root, self._files.path(name))
        state = self._files.state(name)
        if state is not None and self._stamps.get(place) == (state.n_bytes, state.modified):
            return False
        digest = self._hash(name)
        if digest in self._hashes:
            return False
        if digest is not None:
            self._hashes.add(digest)
            self._n_changed += place in self._stamps
        return True

    def _hash(self, name: str) -> bytes | None:
        """SHA-256 of one file; None for one that cannot be read, which is told later."""
        digest = hashlib.sha256()
        try:
            check_file_size(self._files.size(name), self._files.describe(name))
            with self._files.open(name) as file:
                while chunk := file.read(_CHUNK_BYTES):
                    digest.update(chunk)
        except InputError as error:
            if error.code == "DIR-3":  # somebody is at work there
                raise
            return None
        return digest.digest()


def _no_images(path: Path) -> InputError:
    return InputError(
        "ADD-1",
        escaped(str(path)),
        found="no set of image files",
        expected="a folder, a zip or a tar of PNG, JPEG, BMP, GIF, TIFF, WebP or AVIF images",
        remedy="Give the folder that the pictures are in.",
    )
