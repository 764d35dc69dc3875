"""Sets of IDX files: images with their labels, in parts, under MNIST's names.

EMNIST's images lie on their side, as NIST published them, and are set upright; its mapping file
says which characters its labels are. Of a set that Labeler exported, ``…-index.csv`` says where
each label came from: see ``told_rows``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from labeler.datasets.base import Dataset, Split, joined
from labeler.datasets.classes import numbered_classes
from labeler.datasets.containers.files import Files, escaped, open_file
from labeler.datasets.containers.folder import FolderFiles
from labeler.datasets.tabular import emnist
from labeler.datasets.tabular.array_labels import index_arrays
from labeler.datasets.tabular.idx import MNIST_NAME, idx_roles, parse_idx
from labeler.datasets.tabular.table_sets import IMAGES, LABELS, TableSet, arrange, find_sets
from labeler.datasets.tabular.told_rows import Arrays, names_of, read_index, scored, sort_rows
from labeler.exceptions import refuse
from labeler.progress import SILENT, Progress
from labeler.records import UNLABELED


def read_idx_images(path: Path, progress: Progress = SILENT) -> np.ndarray:
    """Read an IDX file of images.

    Returns
    -------
    ndarray of shape (n, height, width) or (n, height, width, 3), dtype uint8
    """
    with open_file(path) as file:
        return parse_idx(file, path.stat().st_size, escaped(str(path)), "images", progress)


def load_idx_file(path: Path, progress: Progress = SILENT) -> Dataset:
    """Read one IDX file of images, with the labels beside it if MNIST's naming finds them."""
    tables = next(iter(find_sets([path.name])), TableSet("idx", "", ""))
    beside = FolderFiles(path.parent, recursive=False)
    exported = _exported(beside, tables, path.name, progress) if tables.files else None
    if exported is not None:
        return exported
    images = read_idx_images(path, progress)
    labels_path = _labels_beside(path)
    if labels_path is None:
        labels = np.full(len(images), UNLABELED, dtype=np.int64)
    else:
        with open_file(labels_path) as file:
            size = labels_path.stat().st_size
            labels = parse_idx(file, size, escaped(str(labels_path)), "labels", progress)
        _require_same_count(images, labels, escaped(str(labels_path)))
    train = Split(images, labels.astype(np.int64))
    return _assemble(path.name, [train], [], str(path), beside, tables)


def load_idx_set(files: Files, tables: TableSet, name: str, progress: Progress = SILENT) -> Dataset:
    """Read the IDX files that belong together in a folder or archive.

    Parameters
    ----------
    files : Files
    tables : TableSet
        Labels may be missing; a part to test on without them is left out.
    name : str
        What to call the data set.
    progress : Progress

    Raises
    ------
    InputError
        IDX-1 to IDX-9.
    """
    exported = _exported(files, tables, name, progress)
    if exported is not None:
        return exported
    roles = {role: names[0] for role, names in tables.files.items()}
    pool, held, notes = arrange(tables.parts)
    held = [part for part in held if (part, LABELS) in roles]
    train, test = (
        [_read_part(files, roles, part, None, progress) for part in parts] for parts in (pool, held)
    )
    dataset = _assemble(name, train, test, files.source, files, tables)
    return dataset.with_notes(*files.notes, *notes)


def _exported(files: Files, tables: TableSet, name: str, progress: Progress) -> Dataset | None:
    """A set that Labeler wrote, with what it says of its rows; None for any other."""
    names = {
        part: image_name
        for part in sorted(tables.parts)
        for image_name in tables.of(part, IMAGES)
        if _index_name(image_name) in files.names
    }
    if names.keys() != tables.parts:
        return None
    arrays: Arrays = {}
    for part, image_name in names.items():
        images = _read_member(files, image_name, IMAGES, progress)
        told = read_index(files, _index_name(image_name), len(images))
        if not told:
            return None
        arrays |= {(part, IMAGES): images}
        arrays |= {(part, content): array for content, array in told.items()}
    arrays, notes = sort_rows(arrays)
    pool, held, arranged = arrange(part for part, content in arrays if content == IMAGES)
    parts = [*pool, *held]
    labels = [arrays[part, LABELS] for part in parts]
    classes, indices = index_arrays(labels, list(map(len, labels)), files.source)
    splits = [
        Split(arrays[part, IMAGES], index, names_of(arrays, part))
        for part, index in zip(parts, indices, strict=True)
    ]
    _require_one_shape(splits, files.source)
    test, unknown = scored(splits[-1]) if held else (None, [])
    train = joined(splits[: len(pool)])
    all_notes = (*files.notes, *notes, *arranged, *unknown)
    return Dataset(name, classes, train, test, files.source, all_notes)


def _index_name(images: str) -> str:
    """What Labeler calls the table of a file of images: ``train-index.csv``."""
    folder, slash, base = images.rpartition("/")
    return f"{folder}{slash}{base.partition('-images-')[0]}-index.csv"


def load_idx_files(
    files: Files, name: str, classes: tuple[str, ...], progress: Progress = SILENT
) -> Dataset:
    """Read the IDX files of a data set whose classes are known.

    Parameters
    ----------
    files : Files
        With at least the training images under MNIST's naming; labels and test may be missing.
    name : str
        What to call the data set.
    classes : tuple of str
        A label beyond them is refused.
    progress : Progress
    """
    roles = idx_roles(files.names)
    train = _read_part(files, roles, "train", classes, progress)
    has_test = ("test", "images") in roles and ("test", "labels") in roles
    test = _read_part(files, roles, "test", classes, progress) if has_test else None
    return Dataset(name, classes, train, test, files.source, files.notes)


def _assemble(
    name: str,
    train: Sequence[Split],
    test: Sequence[Split],
    source: str,
    beside: Files,
    tables: TableSet,
) -> Dataset:
    splits = [*train, *test]
    _require_one_shape(splits, source)
    classes, labels = numbered_classes([split.labels for split in splits])
    splits = [replace(split, labels=index) for split, index in zip(splits, labels, strict=True)]
    pool = joined(splits[: len(train)])
    held = joined(splits[len(train) :]) if test else None
    return emnist.as_meant(Dataset(name, classes, pool, held, source), beside, tables)


def _require_one_shape(splits: Sequence[Split], source: str) -> None:
    shapes = {split.images.shape[1:] for split in splits}
    if len(shapes) > 1:
        found = " and ".join(" x ".join(map(str, shape)) for shape in sorted(shapes))
        remedy = "Give the files of one data set."
        refuse("IDX-8", source, f"images of {found}", "one size for all parts", remedy)


def _read_part(
    files: Files,
    roles: Mapping[tuple[str, str], str],
    part: str,
    classes: tuple[str, ...] | None,
    progress: Progress,
) -> Split:
    images = _read_member(files, roles[part, "images"], "images", progress)
    labels_name = roles.get((part, "labels"))
    if labels_name is None:
        return Split(images, np.full(len(images), UNLABELED, dtype=np.int64))
    labels = _read_member(files, labels_name, "labels", progress)
    source = files.describe(labels_name)
    _require_same_count(images, labels, source)
    if classes is not None and labels.max() >= len(classes):
        refuse(
            "IDX-8",
            source,
            f"label {labels.max()} of image {int(labels.argmax()):,}",
            f"labels 0 to {len(classes) - 1}",
            "Check that the labels belong to this data set.",
        )
    return Split(images, labels.astype(np.int64))


def _read_member(files: Files, name: str, kind: str, progress: Progress) -> np.ndarray:
    with files.open(name) as file:
        return parse_idx(file, files.size(name), files.describe(name), kind, progress)


def _require_same_count(images: np.ndarray, labels: np.ndarray, source: str) -> None:
    if len(images) != len(labels):
        refuse(
            "IDX-8",
            source,
            f"{len(images):,} images but {len(labels):,} labels",
            "one label for each image",
            "Check that both files belong to the same part of the data set.",
        )


def _labels_beside(path: Path) -> Path | None:
    match = MNIST_NAME.fullmatch(path.name)
    pattern = re.compile("images", re.IGNORECASE)
    if not pattern.search(path.name) or (match and match["kind"].lower() == "labels"):
        return None
    renamed = pattern.sub("labels", path.name).replace("idx3", "idx1").replace("idx4", "idx1")
    plain = renamed.removesuffix(".gz")
    for name in (renamed, plain, f"{plain}.gz"):
        if path.with_name(name).is_file():
            return path.with_name(name)
    return None
