"""What lies in a folder or archive, and which reader it is for.

In this order, below one wrapping folder if there is one::

    tables and arrays             IDX, CSV of pixels, NPZ …: see ``tables``
    images                        in any layout: see ``image_sets``
"""

from typing import NoReturn

from labeler.datasets.base import Dataset
from labeler.datasets.containers.files import Below, Files, escaped
from labeler.datasets.corrections import AS_FOUND, Corrections, correct_classes
from labeler.datasets.image_files import SortedImages, load_images, unreadable_images
from labeler.datasets.layouts.image_sets import inner_archives, sort_images
from labeler.datasets.listings.missed_lists import folder_told
from labeler.datasets.resizing import Likeness
from labeler.datasets.tabular.parquet import with_parquet_lists
from labeler.datasets.tabular.tables import find_tables, load_tables
from labeler.datasets.text.file_kinds import LIST_ENDINGS, TAR_ENDINGS
from labeler.exceptions import InputError
from labeler.imaging.images import HEIC_REMEDY
from labeler.journal import NO_JOURNAL, Journal
from labeler.progress import SILENT, Progress
from labeler.words import counted

_MOST_LISTS = 10
_TELLING = (*LIST_ENDINGS, ".parquet")
"""Of files that may say what the images beside them are."""


def load_files(
    files: Files,
    name: str,
    image_size: tuple[int, int] | None = None,
    progress: Progress = SILENT,
    *,
    strict: bool = False,
    corrections: Corrections = AS_FOUND,
    journal: Journal = NO_JOURNAL,
    like: Likeness | None = None,
) -> Dataset:
    """Read a folder or archive of any layout.

    Parameters
    ----------
    files : Files
    name : str
        What to call the data set.
    image_size : tuple of int, optional
        (height, width) that image files are to get.
    progress : Progress
    strict : bool
        Whether one bad image file is an error; else it is left out and listed.
    corrections : Corrections
    journal : Journal
        What is known of image files already; see ``labeler.journal``.
    like : Likeness, optional
        What image files are to be like, in place of a size.

    Raises
    ------
    InputError
        The files' own codes; DIR-1 or ZIP-6 where there is nothing to read.
    """
    tables = load_tables(unwrap(files), name, progress)
    if tables is not None:
        return correct_classes(tables, corrections)
    files, found = sort_images(with_parquet_lists(_unwrap_images(files)), corrections)
    if not (found.train or found.test):
        _refuse_empty(files)
    return load_images(
        files, name, found, image_size, progress, strict=strict, journal=journal, like=like
    )


def plan_images(
    files: Files, corrections: Corrections = AS_FOUND
) -> tuple[Files, SortedImages] | None:
    """What ``load_files`` would read, without reading it; None where that is no set of images.

    Raises
    ------
    InputError
        As ``load_files``.
    """
    if find_tables(unwrap(files)) is not None:
        return None
    files, found = sort_images(with_parquet_lists(_unwrap_images(files)), corrections)
    return (files, found) if found.train else None


def unwrap(files: Files) -> Files:
    """The same files without a folder that wraps them all."""
    tops = {name.partition("/")[0] for name in files.names}
    if len(tops) != 1 or not all("/" in name for name in files.names):
        return files
    return Below(files, f"{tops.pop()}/")


def _unwrap_images(files: Files) -> Files:
    """``unwrap``, but for a folder of nothing but images: its name may be meant as their class."""
    inner = unwrap(files)
    tops = {name.partition("/")[0] for name in files.names}
    is_pile = all("/" not in name and not name.lower().endswith(_TELLING) for name in inner.names)
    is_own_name = files.root is not None and tops == {files.root.stem}
    return files if is_pile and not is_own_name else inner


def _refuse_empty(files: Files) -> NoReturn:
    unreadable = unreadable_images(files.names)
    told = list(inner_archives(files.names))
    told += [f"{counted(len(unreadable), 'HEIC image')}. {HEIC_REMEDY}"] if unreadable else []
    others = "; ".join([f"{counted(len(files.names), 'other file')} ignored", *told, *files.notes])
    raise InputError(
        _empty_code(files.source.lower()),
        files.source,
        found=f"no images found ({others})",
        expected="PNG, JPEG, BMP, GIF, TIFF, WebP or AVIF images, IDX files, or train.csv",
        remedy=_where_images_lie(files)
        or "Give a folder or archive with images in it, or in one folder for each class.",
    )


def _where_images_lie(files: Files) -> str:
    """What to do with a list of images that lie elsewhere; empty where there is none."""
    lists = [name for name in files.names if name.lower().endswith((".csv", ".jsonl"))]
    for name in lists[:_MOST_LISTS]:
        if folder := folder_told(files, name):
            return f"Put {escaped(name)} into {folder}, beside the images, and give that folder."
    return ""


def _empty_code(source: str) -> str:
    if source.endswith(TAR_ENDINGS):
        return "TAR-6"
    return "ZIP-6" if source.endswith(".zip") else "DIR-1"
