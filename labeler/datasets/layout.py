"""How image files, tables and IDX files lie in a folder or archive, and what that says of them.

In this order, below one wrapping folder if there is one::

    train-images-idx3-ubyte …     the four IDX files
    train.csv, mnist_test.csv …   pixels
    labels.csv                    file_name,label beside the images
    train/…  test/…               two parts, each as below
    cat/…  dog/…                  a folder for each class
    …                             images without ground truth
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import BinaryIO, NoReturn

from labeler.datasets.base import Dataset
from labeler.datasets.csv import read_listing
from labeler.datasets.csv_listing import Listing
from labeler.datasets.files import Files
from labeler.datasets.image_files import SortedImages, is_image_name, load_images
from labeler.datasets.tables import load_tables
from labeler.exceptions import InputError
from labeler.progress import SILENT, Progress

LISTING_FILE = "labels.csv"


class _Below:
    """Files of one sub-folder, under names relative to it."""

    def __init__(self, files: Files, prefix: str) -> None:
        self._files = files
        self._prefix = prefix
        self.source = files.source
        self.notes = files.notes
        self.names = tuple(name.removeprefix(prefix) for name in files.names)

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        return self._files.open(self._prefix + name)

    def size(self, name: str) -> int:
        return self._files.size(self._prefix + name)

    def describe(self, name: str) -> str:
        return self._files.describe(self._prefix + name)


def load_files(
    files: Files,
    name: str,
    image_size: tuple[int, int] | None = None,
    progress: Progress = SILENT,
) -> Dataset:
    """Read a folder or archive of any layout.

    Parameters
    ----------
    files : Files
    name : str
        What to call the data set.
    image_size : tuple of int, optional
        (height, width) that image files are to get.

    Raises
    ------
    InputError
        The files' own codes; DIR-1 or ZIP-6 where there is nothing to read.
    """
    files = unwrap(files)
    tables = load_tables(files, name, progress)
    if tables is not None:
        return tables
    if LISTING_FILE in files.names:
        listing = read_listing(files, LISTING_FILE)
        return load_images(files, name, _sort_listed(files, listing), image_size, progress)
    return load_images(files, name, _sort_folders(files), image_size, progress)


def unwrap(files: Files) -> Files:
    """The same files without a folder that wraps them all."""
    tops = {name.partition("/")[0] for name in files.names}
    if len(tops) != 1 or not all("/" in name for name in files.names):
        return files
    return _Below(files, f"{tops.pop()}/")


def _sort_listed(files: Files, listing: Listing) -> SortedImages:
    """Listed images with their labels, then the others without."""
    classes = dict(zip(listing.names, listing.labels, strict=True))
    others = tuple(name for name in files.names if is_image_name(name) and name not in classes)
    note = f"{len(others):,} images are not in {LISTING_FILE}: class unknown"
    return SortedImages((*listing.names, *others), (), classes, (note,) if others else ())


def _sort_folders(files: Files) -> SortedImages:
    images = [name for name in files.names if is_image_name(name)]
    if not images:
        _refuse_empty(files)
    parts = {name.partition("/")[0] for name in images if "/" in name}
    ignored = len(files.names) - len(images)
    if not {"train", "test"} <= parts:
        classes = {name: _first_folder(name) for name in images}
        return SortedImages(tuple(images), (), classes, _folder_notes(classes.values(), ignored))
    train = tuple(name for name in images if name.startswith("train/"))
    test = tuple(name for name in images if name.startswith("test/"))
    classes = {name: _first_folder(name.partition("/")[2]) for name in (*train, *test)}
    ignored += len(images) - len(train) - len(test)
    notes = _folder_notes([classes[name] for name in train], ignored)
    return SortedImages(train, test, classes, notes)


def _first_folder(name: str) -> str:
    folder, slash, _ = name.partition("/")
    return folder if slash else ""


def _folder_notes(classes: Iterable[str], n_ignored: int) -> tuple[str, ...]:
    notes = []
    known = [bool(name) for name in classes]
    if any(known) and not all(known):
        outside = len(known) - sum(known)
        notes.append(f"{outside:,} images outside the class folders: class unknown")
    if n_ignored:
        notes.append(f"{n_ignored:,} other files ignored")
    return tuple(notes)


def _refuse_empty(files: Files) -> NoReturn:
    others = "; ".join([f"{len(files.names):,} other files ignored", *files.notes])
    is_archive = files.source.lower().endswith(".zip")
    raise InputError(
        "ZIP-6" if is_archive else "DIR-1",
        files.source,
        found=f"no images found ({others})",
        expected="PNG, JPEG, BMP, GIF, TIFF or WebP images, IDX files, or train.csv",
        remedy="Give a folder or archive with images in it, or in one folder for each class.",
    )
