"""CSV files: one row an image, as its pixels or as the name of its file.

Two kinds, told apart by the header and by what is beside the file::

    label,pixel1,…,pixel784     any numbers; a label may be empty (unknown), its column absent
    file_name,label             image files beside the list, under whatever names of columns

Pixels are read in any of the usual dialects, gzipped or not; see ``csv_dialect`` and
``csv_columns``.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NoReturn

from labeler.datasets.base import Dataset
from labeler.datasets.containers.files import Files, escaped, open_file
from labeler.datasets.containers.folder import FolderFiles
from labeler.datasets.containers.gzipped import unpacked
from labeler.datasets.image_files import load_images
from labeler.datasets.layouts.image_sets import sort_listed
from labeler.datasets.listings.csv_listing import MOST_COLUMNS, is_listing
from labeler.datasets.listings.missed_lists import folder_told, names_images
from labeler.datasets.resizing import Likeness
from labeler.datasets.tabular import emnist
from labeler.datasets.tabular.csv_columns import columns_of_header
from labeler.datasets.tabular.csv_dialect import read_dialect
from labeler.datasets.tabular.csv_pixels import PixelRows, read_head, read_pixels
from labeler.datasets.tabular.pixel_tables import assemble
from labeler.datasets.tabular.table_sets import TableSet, arrange, find_sets, table_stem
from labeler.datasets.text.column_names import SURE_FILE_NAMES
from labeler.datasets.text.csv_text import as_utf8, find_column
from labeler.datasets.text.file_kinds import ANNOTATION_ENDINGS
from labeler.exceptions import InputError, refuse
from labeler.journal import NO_JOURNAL, Journal
from labeler.progress import SILENT, Progress

PART_FILES = {"train": "train.csv", "test": "test.csv"}
_LISTS = (".jsonl", *ANNOTATION_ENDINGS)
_SURE, _LIKELY = 16, 4
"""Numbered columns that outweigh one called ``path``, and one called ``id``: no list of files."""


def load_csv(
    path: Path,
    image_size: tuple[int, int] | None = None,
    progress: Progress = SILENT,
    *,
    strict: bool = False,
    journal: Journal = NO_JOURNAL,
    like: Likeness | None = None,
) -> Dataset:
    """Read one CSV file of either kind as a pool without a test part, or another list of images.

    Parameters
    ----------
    path : Path
    image_size : tuple of int, optional
        (height, width) that listed image files are to get.
    progress : Progress
    strict : bool
        Whether one bad image file is an error; else it is left out and listed.
    journal : Journal
        What is known of image files already; see ``labeler.journal``.
    like : Likeness, optional
        What image files are to be like, in place of a size.

    Raises
    ------
    InputError
        CSV-1 to CSV-7.
    """
    source = escaped(str(path))
    with open_file(path) as packed, unpacked(packed, source) as file:
        head, _ = as_utf8(read_head(file))
    if _may_be_list(path.name, head, source):
        files = FolderFiles(path.parent, progress)
        listed = sort_listed(files, path.name)
        if listed is not None:
            return load_images(
                files,
                path.stem,
                listed,
                image_size,
                progress,
                strict=strict,
                journal=journal,
                like=like,
            )
        if _is_list(path.name, head, source):
            _refuse_list(files, path.name)
    with open_file(path) as packed, unpacked(packed, source) as file:
        rows = read_pixels(file, path.stat().st_size, source, progress)
    dataset = assemble(table_stem(path.name), [rows], [], source)
    tables = next(iter(find_sets([path.name])), None)
    beside = FolderFiles(path.parent, recursive=False)
    return emnist.as_meant(dataset, beside, tables) if tables else dataset


def _may_be_list(name: str, head: bytes, source: str) -> bool:
    """Whether a file may be a list of images: nothing says that its columns are pixels."""
    if name.lower().endswith(_LISTS):
        return True
    header = None
    with suppress(InputError):
        header = read_dialect(head, source).header
    if header is None or len(header) > MOST_COLUMNS:
        return header is not None and is_listing(list(header)) and not _holds_pixels(head, source)
    with suppress(InputError):
        return not (_holds_pixels(head, source) and columns_of_header(header, (), source).pixels)
    return True


def _is_list(name: str, head: bytes, source: str) -> bool:
    """Whether a file that may be a list of images is one for certain."""
    is_named_so = name.lower().endswith(_LISTS) or names_images(head, name)
    return is_named_so or not _holds_pixels(head, source)


def load_csv_set(files: Files, tables: TableSet, name: str, progress: Progress = SILENT) -> Dataset:
    """Read the tables of pixels that belong together in a folder or archive.

    Parameters
    ----------
    files : Files
    tables : TableSet
    name : str
        What to call the data set.
    progress : Progress

    Raises
    ------
    InputError
        CSV-1 to CSV-6.
    """
    pool, held, notes = arrange(tables.parts)
    train, test = (
        [_read_member(files, member, progress) for part in parts for member in tables.of(part)]
        for parts in (pool, held)
    )
    dataset = assemble(name, train, test, files.source)
    dataset = dataset.with_notes(*files.notes, *notes)
    return emnist.as_meant(dataset, files, tables)


def load_pixel_csvs(
    files: Files,
    name: str,
    classes: tuple[str, ...] | None = None,
    progress: Progress = SILENT,
) -> Dataset:
    """Read ``train.csv`` and ``test.csv`` of one folder; one of them may be missing.

    Parameters
    ----------
    files : Files
    name : str
        What to call the data set.
    classes : tuple of str, optional
        The class names, where they are known: labels are then numbers, and none may lie beyond.
    """
    parts = [
        [_read_member(files, member, progress)] if member in files.names else []
        for member in PART_FILES.values()
    ]
    train, test = parts if parts[0] else parts[::-1]
    return assemble(name, train, test, files.source, classes).with_notes(*files.notes)


def is_pixel_csv(files: Files, name: str) -> bool:
    """Whether a file is a table whose rows are images."""
    with suppress(InputError), _open_member(files, name) as file:
        head, source = read_head(file), files.describe(name)
        if _holds_pixels(head, source):
            header = read_dialect(head, source).header
            return header is None or bool(columns_of_header(header, (), source))
    return False


def refuse_list(files: Files, name: str) -> None:
    """Refuse a table that is a list of images, where these are not beside it (CSV-7)."""
    has_pixels = True
    with suppress(InputError), _open_member(files, name) as file:
        has_pixels = _holds_pixels(read_head(file), files.describe(name))
    if not has_pixels:
        _refuse_list(files, name)


def _refuse_list(files: Files, name: str) -> NoReturn:
    folder = folder_told(files, name)
    where = f"into {folder}, beside the images, and give that folder" if folder else ""
    refuse(
        "CSV-7",
        files.describe(name),
        "there is no file of the name in any row",
        "image files beside this list, or in folders there",
        f"Put the list {where or 'where the images are, or correct the names'}.",
    )


@contextmanager
def _open_member(files: Files, name: str) -> Iterator[BinaryIO]:
    with files.open(name) as packed, unpacked(packed, files.describe(name)) as file:
        yield file


def _read_member(files: Files, name: str, progress: Progress) -> PixelRows:
    with _open_member(files, name) as file:
        return read_pixels(file, files.size(name), files.describe(name), progress)


def _holds_pixels(head: bytes, source: str) -> bool:
    """Whether a table begins with pixels rather than with names of files."""
    header = read_dialect(head, source).header
    if header is None or not is_listing(list(header)):
        return True
    at_least = _LIKELY if find_column(list(header), SURE_FILE_NAMES) is None else _SURE
    with suppress(InputError):
        return len(columns_of_header(header, (), source).pixels) >= at_least
    return False
