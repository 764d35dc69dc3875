"""What lies in a folder or archive, and which reader it is for.

In this order, below one wrapping folder if there is one::

    train-images-idx3-ubyte …     the four IDX files
    train.csv, test.csv           pixels
    images                        in any layout: see ``image_sets``
"""

from typing import NoReturn

from labeler.datasets import tar
from labeler.datasets.base import Dataset
from labeler.datasets.csv import PART_FILES, load_pixel_csvs
from labeler.datasets.files import Below, Files
from labeler.datasets.idx import idx_roles, load_idx_files
from labeler.datasets.image_files import SortedImages, is_image_name, load_images, unreadable_images
from labeler.datasets.image_sets import inner_archives, sort_images
from labeler.datasets.lists import names_images
from labeler.datasets.name_index import NameIndex
from labeler.exceptions import InputError
from labeler.imaging.images import HEIC_REMEDY
from labeler.progress import SILENT, Progress
from labeler.words import counted


def load_files(
    files: Files,
    name: str,
    image_size: tuple[int, int] | None = None,
    progress: Progress = SILENT,
    *,
    strict: bool = False,
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

    Raises
    ------
    InputError
        The files' own codes; DIR-1 or ZIP-6 where there is nothing to read.
    """
    files = unwrap(files)
    if ("train", "images") in idx_roles(files.names):
        return load_idx_files(files, name, progress=progress)
    if _has_pixel_csvs(files):
        return load_pixel_csvs(files, name, progress=progress)
    files, found = sort_images(files)
    if not (found.train or found.test):
        _refuse_empty(files)
    return load_images(files, name, found, image_size, progress, strict=strict)


def plan_images(files: Files) -> tuple[Files, SortedImages] | None:
    """What ``load_files`` would read, without reading it; None where that is no set of images.

    Raises
    ------
    InputError
        As ``load_files``.
    """
    files = unwrap(files)
    if ("train", "images") in idx_roles(files.names) or _has_pixel_csvs(files):
        return None
    files, found = sort_images(files)
    return (files, found) if found.train else None


def _has_pixel_csvs(files: Files) -> bool:
    """Whether ``train.csv`` or ``test.csv`` holds pixels, rather than a list of images."""
    there = [name for name in PART_FILES.values() if name in files.names]
    index = NameIndex([name for name in files.names if is_image_name(name)])
    return any(not names_images(files, name, index) for name in there)


def unwrap(files: Files) -> Files:
    """The same files without a folder that wraps them all."""
    tops = {name.partition("/")[0] for name in files.names}
    if len(tops) != 1 or not all("/" in name for name in files.names):
        return files
    return Below(files, f"{tops.pop()}/")


def _refuse_empty(files: Files) -> NoReturn:
    unreadable = unreadable_images(files.names)
    told = list(inner_archives(files.names))
    told += [f"{counted(len(unreadable), 'HEIC image')}. {HEIC_REMEDY}"] if unreadable else []
    others = "; ".join([f"{len(files.names):,} other files ignored", *told, *files.notes])
    raise InputError(
        _empty_code(files.source.lower()),
        files.source,
        found=f"no images found ({others})",
        expected="PNG, JPEG, BMP, GIF, TIFF, WebP or AVIF images, IDX files, or train.csv",
        remedy="Give a folder or archive with images in it, or in one folder for each class.",
    )


def _empty_code(source: str) -> str:
    if source.endswith(tar.ENDINGS):
        return "TAR-6"
    return "ZIP-6" if source.endswith(".zip") else "DIR-1"
