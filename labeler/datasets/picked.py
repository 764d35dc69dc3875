"""A few image files, each named by itself: read as those of a data set were."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from labeler.datasets.base import Split
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
    folder: Path,
    names: Sequence[str],
    like: Likeness,
    progress: Progress = SILENT,
    *,
    strict: bool = True,
) -> Split:
    """Read image files of one folder, in the order of their names as they are given.

    Parameters
    ----------
    folder : Path
    names : sequence of str
        Right in it; none twice.
    like : Likeness
    progress : Progress
    strict : bool
        Whether one that cannot be read is an error; else it is warned of and left out.

    Raises
    ------
    InputError
        The first file's own that cannot be read, if ``strict`` or if none can; DIR-1 for one that
        is not there.
    """
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
    for file in read.left_out:
        warnings.warn(f"{escaped(str(folder))}/{file.file}: {file.reason}", stacklevel=2)
    originals = read.originals
    pictures = None
    if originals is not None:
        pictures = FilePictures(originals, folder.absolute(), read.scale, open_members)
    images = in_colours_of(read.images, like)
    unknown = np.full(len(images), UNLABELED, dtype=np.int64)
    return Split(images, unknown, tuple(read.kept), originals=originals, pictures=pictures)
