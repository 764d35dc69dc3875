"""CSV files: one row an image, as its pixels or as the name of its file.

Two kinds, told apart by the header::

    label,pixel1,…,pixel784     values 0-255; a label may be empty (unknown), its column absent
    file_name,label             image files beside the list (also: filename, path, image)
"""

from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

from labeler.datasets.base import Dataset, Split
from labeler.datasets.classes import index_labels, sorted_classes
from labeler.datasets.csv_listing import is_listing
from labeler.datasets.csv_pixels import parse_pixels, pixel_columns
from labeler.datasets.csv_text import read_header, refuse
from labeler.datasets.files import Files, open_file, printable
from labeler.datasets.folder import FolderFiles
from labeler.datasets.image_files import load_images
from labeler.datasets.image_sets import sort_listed
from labeler.datasets.list_rows import first_cells
from labeler.progress import SILENT, Progress

PART_FILES = {"train": "train.csv", "test": "test.csv"}


def load_csv(
    path: Path,
    image_size: tuple[int, int] | None = None,
    progress: Progress = SILENT,
    *,
    strict: bool = False,
) -> Dataset:
    """Read one CSV file of either kind as a pool without a test part.

    Parameters
    ----------
    path : Path
    image_size : tuple of int, optional
        (height, width) that listed image files are to get.
    progress : Progress
    strict : bool
        Whether one bad image file is an error; else it is left out and listed.

    Raises
    ------
    InputError
        CSV-1 to CSV-7.
    """
    source = printable(str(path))
    with open_file(path) as file:
        is_list = is_listing(first_cells(file))
        file.seek(0)
        if not is_list:
            columns = pixel_columns(read_header(file, source), source)
            size = path.stat().st_size
            images, names = parse_pixels(file, size, columns, source, progress)
            classes = sorted_classes(names)
            train = Split(images, index_labels(names, classes))
            return Dataset(path.stem, classes, train, source=source)
    files = FolderFiles(path.parent, progress)
    return _load_listed(files, path.name, image_size, progress, strict=strict)


def _load_listed(
    files: Files,
    listing_name: str,
    image_size: tuple[int, int] | None = None,
    progress: Progress = SILENT,
    *,
    strict: bool = False,
) -> Dataset:
    """Read only the images that a list of files names.

    Raises
    ------
    InputError
        CSV-1 to CSV-3, CSV-6; CSV-7 where none of its images is there.
    """
    found = sort_listed(files, listing_name)
    if found is None:
        refuse(
            "CSV-7",
            files.describe(listing_name),
            "there is no file of the name in any row",
            "image files beside this list, or in folders there",
            "Put the list where the images are, or correct the names.",
        )
    name = listing_name.rpartition(".")[0]
    return load_images(files, name, found, image_size, progress, strict=strict)


def load_pixel_csvs(
    files: Files,
    name: str,
    classes: tuple[str, ...] | None = None,
    progress: Progress = SILENT,
) -> Dataset:
    """Read ``train.csv`` and ``test.csv`` of one folder or archive; one of them may be missing.

    Parameters
    ----------
    files : Files
    name : str
        What to call the data set.
    classes : tuple of str, optional
        The class names, where they are known: labels are then numbers, and none may lie beyond.
    """
    parts = {}
    for part, file_name in PART_FILES.items():
        if file_name in files.names:
            with files.open(file_name) as file:
                source = files.describe(file_name)
                parts[part] = read_pixel_csv(file, files.size(file_name), source, progress)
            if classes is not None:
                _require_numbers(parts[part][1], len(classes), source)
    _require_same_size(parts, files.source)
    if classes is None:
        known = sorted_classes(label for _, labels in parts.values() for label in labels)
        values = known
    else:
        known, values = classes, tuple(str(number) for number in range(len(classes)))
    splits = {
        part: Split(images, index_labels(labels, values))
        for part, (images, labels) in parts.items()
    }
    train = splits.get("train", splits.get("test"))
    assert train is not None
    test = splits["test"] if len(splits) == 2 else None
    return Dataset(name, known, train, test, files.source, files.notes)


def read_pixel_csv(
    file: BinaryIO, size: int, source: str, progress: Progress = SILENT
) -> tuple[np.ndarray, list[str]]:
    """Read header and rows of one open file.

    Returns
    -------
    images : ndarray of shape (n, height, width), dtype uint8
    labels : list of str
        Empty where the class is not known.
    """
    columns = pixel_columns(read_header(file, source), source)
    return parse_pixels(file, size, columns, source, progress)


def _require_numbers(labels: list[str], n_classes: int, source: str) -> None:
    known = {"", *(str(number) for number in range(n_classes))}
    unknown = set(labels) - known
    if unknown:
        row = min(labels.index(label) for label in unknown)
        found = f"row {row + 2:,}: the label {labels[row]!r} is unknown"
        refuse("CSV-6", source, found, f"a number from 0 to {n_classes - 1}, or nothing")


def _require_same_size(parts: Mapping[str, tuple[np.ndarray, list[str]]], source: str) -> None:
    shapes = {part: images.shape[1:] for part, (images, _) in parts.items()}
    if len(set(shapes.values())) > 1:
        found = " and ".join(f"{h} x {w} in {PART_FILES[p]}" for p, (h, w) in shapes.items())
        refuse("CSV-5", source, f"images of different size: {found}", "one size for both")
