"""A few image files, each named by itself: read as those of a data set were."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from labeler.datasets.base import LeftOut, Split
from labeler.datasets.containers.files import escaped
from labeler.datasets.containers.folder import FolderFiles
from labeler.datasets.image_files import read_images
from labeler.datasets.pictures import FilePictures
from labeler.datasets.registry import open_members
from labeler.datasets.resizing import Likeness, in_colours_of
from labeler.exceptions import InputError
from labeler.progress import SILENT, Progress
from labeler.records import UNLABELED


def read_picked(
    folder: Path, names: Sequence[str], like: Likeness, progress: Progress = SILENT
) -> Split:
    """Read image files of one folder, in the order of their names as they are given.

    Parameters
    ----------
    folder : Path
    names : sequence of str
        Right in it; none twice.
    like : Likeness
    progress : Progress

    Raises
    ------
    InputError
        The first file's own that cannot be read; DIR-1 for one that is not there.
    """
    images, _ = _read(folder, names, like, progress, strict=True)
    return images


def read_readable(
    folder: Path, names: Sequence[str], like: Likeness, progress: Progress = SILENT
) -> tuple[Split, Sequence[LeftOut]]:
    """The same, but for those that cannot be read.

    Parameters
    ----------
    folder, names, like, progress
        As of ``read_picked``.

    Returns
    -------
    images : Split
    left_out : sequence of LeftOut
        The others, each with the reason.

    Raises
    ------
    InputError
        The first file's own, if none can be read; DIR-1 for one that is not there.
    """
    return _read(folder, names, like, progress, strict=False)


def _read(
    folder: Path, names: Sequence[str], like: Likeness, progress: Progress, *, strict: bool
) -> tuple[Split, Sequence[LeftOut]]:
    files = FolderFiles(folder, recursive=False)
    for name in names:
        if name not in files.names:
            raise InputError(
                "DIR-1",
                escaped(str(folder / name)),
                found="no such file",
                expected="an image",
                remedy="Give the path of an image file.",
            )
    read = read_images(files, names, progress=progress, strict=strict, like=like)
    originals = read.originals
    pictures = None
    if originals is not None:
        pictures = FilePictures(originals, folder.absolute(), read.scale, open_members)
    images = in_colours_of(read.images, like)
    unknown = np.full(len(images), UNLABELED, dtype=np.int64)
    kept = tuple(read.kept)
    return Split(images, unknown, kept, originals=originals, pictures=pictures), read.left_out
