"""A name or a path to its reader."""

import difflib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from labeler.datasets.array_scale import on_scale_of
from labeler.datasets.base import Dataset, Split
from labeler.datasets.containers.archive import ZipFiles, open_archive
from labeler.datasets.containers.files import Files, escaped, open_file
from labeler.datasets.containers.folder import FolderFiles
from labeler.datasets.containers.gzipped import unpacked
from labeler.datasets.containers.tar import is_tar, open_tar, tar_files
from labeler.datasets.corrections import AS_FOUND, Corrections, correct_classes
from labeler.datasets.known import digits, overhead_mnist
from labeler.datasets.known.base import KnownDataset
from labeler.datasets.known.fashion_mnist import FASHION_MNIST
from labeler.datasets.known.mnist import MNIST
from labeler.datasets.layout import load_files
from labeler.datasets.layouts.image_sets import lone_archive
from labeler.datasets.pictures import FilePictures
from labeler.datasets.provenance import warning_beside
from labeler.datasets.resizing import Likeness, in_colours_of, limit_size
from labeler.datasets.tabular.csv import load_csv
from labeler.datasets.tabular.idx_sets import load_idx_file
from labeler.datasets.tabular.npz import load_arrays
from labeler.datasets.tabular.parquet import load_parquet, parquet_images
from labeler.datasets.tabular.tables import load_named, set_names
from labeler.datasets.text.file_kinds import ARCHIVE_ENDINGS, LIST_ENDINGS, kind_by_ending
from labeler.datasets.unreadable import kind_of_zip, refuse_kind
from labeler.exceptions import DatasetNotFoundError
from labeler.imaging.sniffing import content_kind
from labeler.journal import NO_JOURNAL, Journal
from labeler.progress import SILENT, Progress

KNOWN = (digits.NAME, MNIST.name, FASHION_MNIST.name, overhead_mnist.NAME)
"""Names that ``load_dataset`` knows, smallest first."""

DATA_VARIABLE = "LABELER_DATA"
"""Environment variable: a folder that holds one folder for each data set."""


def load_dataset(
    name_or_path: str,
    data: Path | None = None,
    *,
    progress: Progress = SILENT,
    image_size: tuple[int, int] | None = None,
    strict: bool = False,
    corrections: Corrections = AS_FOUND,
    journal: Journal = NO_JOURNAL,
    like: Likeness | None = None,
) -> Dataset:
    """Load a known data set by name, or the user's own by path.

    A name comes before a path of the same name; write ``./digits`` for the path.

    Parameters
    ----------
    name_or_path : str
        One of ``KNOWN``, or a folder, zip, tar, CSV, NPZ, NPY, IDX or Parquet file. Of an
        archive that holds several sets of tables or arrays, one is named below its path:
        ``gzip.zip/emnist-letters``.
    data : Path, optional
        Folder with the files of a known data set, or a folder that holds it under its name.
        Without it, the folder in the environment's ``LABELER_DATA`` is looked into, then keras'.
    progress : Progress
    image_size : tuple of int, optional
        (height, width) that all images are to get. Without it, images of more than 64 pixels a
        side are shrunk to that, and images of different sizes get their median size.
    strict : bool
        Whether one bad image file is an error; else it is left out and listed.
    corrections : Corrections
        What somebody says of folders and classes that would be read otherwise.
    journal : Journal
        What is known of image files already; see ``labeler.journal``.
    like : Likeness, optional
        What the images are to be like, in size, colour and scale; in place of a size.

    Returns
    -------
    Dataset
        As it was read: without a test part where the source has none (see ``with_test_part``).

    Raises
    ------
    DatasetNotFoundError
        There is no such name or path, or a known data set is not to be had.
    InputError
        The files are not what they should be.
    """
    path = Path(name_or_path).expanduser()
    if name_or_path in KNOWN:
        dataset = correct_classes(_load_known(name_or_path, data, progress), corrections)
    elif not os.path.lexists(path):
        dataset = correct_classes(_load_named(path, name_or_path, progress), corrections)
    else:
        dataset = _load_path(path, image_size, progress, strict, corrections, journal, like)
    dataset = dataset if like is None else on_scale_of(dataset, like.numbers)
    size = image_size if like is None else like.size
    sized = limit_size(dataset, size, progress)
    return _with_pictures(sized if like is None else _in_colours_of(sized, like))


def _in_colours_of(dataset: Dataset, like: Likeness) -> Dataset:
    """All images in grey or in colour, as others are."""
    splits = [
        None if part is None else replace(part, images=in_colours_of(part.images, like))
        for part in (dataset.train, dataset.test)
    ]
    assert splits[0] is not None
    return replace(dataset, train=splits[0], test=splits[1])


def _with_pictures(dataset: Dataset) -> Dataset:
    """Whose files can be looked at once more, where there are any."""
    test = None if dataset.test is None else _seen_again(dataset, dataset.test)
    return replace(dataset, train=_seen_again(dataset, dataset.train), test=test)


def _seen_again(dataset: Dataset, split: Split) -> Split:
    if split.originals is None or dataset.root is None:
        return split
    root = dataset.root.absolute()
    return replace(split, pictures=FilePictures(split.originals, root, dataset.scale, open_members))


def known_datasets(data: Path | None = None) -> list[KnownDataset]:
    """All known data sets, and whether each is here.

    Parameters
    ----------
    data : Path, optional
        As for ``load_dataset``.
    """
    folder = data or _default_data()
    return [
        digits.describe(),
        MNIST.describe(folder),
        FASHION_MNIST.describe(folder),
        overhead_mnist.describe(folder),
    ]


def _default_data() -> Path | None:
    value = os.environ.get(DATA_VARIABLE)
    return Path(value).expanduser() if value else None


def _load_known(name: str, data: Path | None, progress: Progress) -> Dataset:
    if name == digits.NAME:
        return digits.load_digits()
    folder = data or _default_data()
    if name == overhead_mnist.NAME:
        return overhead_mnist.load_overhead_mnist(folder, progress)
    # Somebody who names a folder wants its files, not a download in their place.
    may_download = data is None
    idx_dataset = MNIST if name == MNIST.name else FASHION_MNIST
    return idx_dataset.load(folder, progress, may_download=may_download)


@contextmanager
def open_files(path: Path, progress: Progress = SILENT) -> Iterator[tuple[Files, str] | None]:
    """The files of a folder or archive, and what to call the data set; None for another file.

    Raises
    ------
    InputError
        As ``load_dataset``.
    """
    if path.is_dir():
        files = FolderFiles(path, progress, links_inside=True)
        lone = lone_archive(files.names)
        if lone is None:
            yield files, path.resolve().name
            return
        with _open_archive(path / lone) as inside:
            told = f"read from {escaped(lone)}: nothing else in the folder is to be read"
            inside.notes = (told, *files.notes, *inside.notes)
            yield inside, _stem(path / lone)
    elif _file_kind(path) in ("zip", "tar"):
        with _open_archive(path) as archive:
            yield archive, _stem(path)
    else:
        yield None


@contextmanager
def _open_archive(path: Path) -> Iterator[Files]:
    """The files of a zip or a tar."""
    with open_archive(path) if _file_kind(path) == "zip" else open_tar(path) as files:
        yield files


@contextmanager
def open_members(path: Path) -> Iterator[Files]:
    """The image files in an archive, or in a Parquet file, under the names they were read by.

    Raises
    ------
    FileNotFoundError
        It is something else.
    InputError
        As ``load_dataset``.
    """
    with open_files(path) as opened:
        if opened is not None:
            yield opened[0]
            return
    if _file_kind(path) != "parquet":
        raise FileNotFoundError(path)
    with open_file(path) as file, parquet_images(file, escaped(str(path))) as images:
        yield images


@contextmanager
def open_uploaded(file: BinaryIO) -> Iterator[Files]:
    """The same of an open file that was uploaded: a zip, a tar or a Parquet file."""
    name = Path("upload")
    kind = content_kind(file.read(512))
    file.seek(0)
    if kind == "zip":
        yield ZipFiles(file, name)
    elif kind == "Parquet":
        with parquet_images(file, str(name)) as images:
            yield images
    else:
        with tar_files(file, name) as members:
            yield members


def _load_path(
    path: Path,
    image_size: tuple[int, int] | None,
    progress: Progress,
    strict: bool,
    corrections: Corrections,
    journal: Journal,
    like: Likeness | None,
) -> Dataset:
    with open_files(path, progress) as opened:
        if opened is not None:
            root = opened[0].root
            if root and root.is_file() and (other := kind_of_zip(opened[0].names)):
                refuse_kind(other, opened[0].source)
            return load_files(
                *opened,
                image_size,
                progress,
                strict=strict,
                corrections=corrections,
                journal=journal,
                like=like,
            )
    read = _load_file(path, image_size, progress, strict, journal, like)
    return correct_classes(read, corrections)


def _load_file(
    path: Path,
    image_size: tuple[int, int] | None,
    progress: Progress,
    strict: bool,
    journal: Journal,
    like: Likeness | None,
) -> Dataset:
    """A file that is no archive."""
    kind = _file_kind(path)
    if kind == "csv":
        return load_csv(path, image_size, progress, strict=strict, journal=journal, like=like)
    readers: dict[str, Callable[[Path, Progress], Dataset]] = {
        "npz": load_arrays,
        "npy": load_arrays,
        "idx": load_idx_file,
        "parquet": load_parquet,
    }
    dataset = readers[kind](path, progress)
    doubts = warning_beside(path, dataset.n_labeled)
    return replace(dataset, warnings=(*dataset.warnings, *doubts))


def _load_named(path: Path, asked: str, progress: Progress) -> Dataset:
    """One of the sets of tables or arrays of an archive, or of the folder that it lies in."""
    above = next((folder for folder in path.parents if os.path.lexists(folder)), path)
    name = path.relative_to(above).as_posix()
    found: Dataset | None = None
    names: tuple[str, ...] = ()
    if above.is_file():
        with open_files(above, progress) as opened:
            if opened is not None:
                found, names = load_named(opened[0], name, progress), set_names(opened[0])
    elif above == path.parent and "/" in asked:
        beside = FolderFiles(above, progress, recursive=False)
        found, names = load_named(beside, name, progress), set_names(beside)
    if found is None:
        is_beside = "/" in asked and above == path.parent and above.is_dir()
        raise _unknown(asked, names, above if is_beside and any(above.iterdir()) else None)
    return found


MOST_TOLD = 12
"""Names in a refusal."""

_CONTENTS = {"zip": "zip", "NPY": "npy", "Parquet": "parquet", "text": "csv"}


def _stem(path: Path) -> str:
    endings = (*ARCHIVE_ENDINGS, ".gz")
    ending = next((ending for ending in endings if path.name.lower().endswith(ending)), "")
    return path.name[: len(path.name) - len(ending)]


def _file_kind(path: Path) -> str:
    """The reader for a file: its name decides if it says anything, else its first bytes."""
    if kind := kind_by_ending(path.name):
        return kind
    if path.suffix.lower() in LIST_ENDINGS:
        return "csv"
    with open_file(path) as file:
        if is_tar(file.read(4096)):
            return "tar"
    if "ubyte" in path.name or "idx" in path.name:
        return "idx"
    with open_file(path) as packed, unpacked(packed, escaped(str(path))) as file:
        head = file.read(512)
    if head.startswith(b"\0\0\x08"):
        return "idx"
    kind = content_kind(head)
    if kind not in _CONTENTS:
        refuse_kind(kind, escaped(str(path)))
    return _CONTENTS[kind]


def _unknown(
    name: str, sets: Sequence[str] = (), folder: Path | None = None
) -> DatasetNotFoundError:
    if folder is not None:
        return DatasetNotFoundError(_not_in(folder, name, sets))
    if sets:
        told = ", ".join(map(escaped, sets[:MOST_TOLD]))
        return DatasetNotFoundError(f"{escaped(name)}: there is no such set; there are {told}.")
    close = difflib.get_close_matches(name, KNOWN, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    return DatasetNotFoundError(
        f"{escaped(name)}: neither a known data set ({', '.join(KNOWN)}) nor a file or folder "
        f"that exists.{hint}"
    )


def _not_in(folder: Path, name: str, sets: Sequence[str]) -> str:
    """That a path does not exist, and what there is in the folder where it was looked for."""
    with os.scandir(folder) as entries:
        there = sorted(
            one.name + "/" * one.is_dir() for one in entries if not one.name.startswith(".")
        )
    close = difflib.get_close_matches(Path(name).name, [*there, *sets], n=1)
    more = ", …" if len(there) > MOST_TOLD else ""
    holds = ", ".join(map(escaped, there[:MOST_TOLD])) + more if there else "nothing"
    hint = f" Did you mean {escaped(close[0].rstrip('/'))}?" if close else ""
    where = escaped(str(folder))
    return f"{escaped(name)}: there is no such file or folder. In {where} there is: {holds}.{hint}"
