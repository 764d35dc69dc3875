"""What a path would be read as, with a few pictures of each class and what its folders mean.

Only these few are decoded, in the process that all foreign pictures are decoded in: of a folder of
any size, it takes as long as to list it and to look at the first bytes of its files.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labeler.datasets.base import Dataset, LeftOut, Split
from labeler.datasets.classes import sorted_classes
from labeler.datasets.containers.files import Files, escaped
from labeler.datasets.corrections import AS_FOUND, Corrections
from labeler.datasets.image_files import ReadImages, SortedImages
from labeler.datasets.inspecting import look_at
from labeler.datasets.inspection import Inspection, inspection_of
from labeler.datasets.layout import plan_images
from labeler.datasets.layouts.folder_tree import Folder, folder_of, grow_tree
from labeler.datasets.registry import KNOWN, load_dataset, open_files
from labeler.imaging import renditions
from labeler.progress import SILENT, Progress

MOST_CLASSES = 60
"""Classes of which pictures are shown; the others are only counted."""

MOST_FOLDERS = 60
_DEPTH = 2
_PER_CLASS = 6
_AT_LEAST = 48
"""Pictures looked at where there are few classes: a few of them may be bad."""


@dataclass(frozen=True)
class Sample:
    """One picture, small.

    Attributes
    ----------
    class_name : str
        Empty where it is not known.
    file : str
        Safe to be shown; empty where images only have a number.
    picture : bytes
        A WebP file; see ``labeler.imaging.renditions``.
    """

    class_name: str
    file: str
    picture: bytes


@dataclass(frozen=True)
class FolderRead:
    """A folder, and what it is read as.

    Attributes
    ----------
    path : str
        From the top, with a slash before it and none at its end.
    n_images : int
        In it and below.
    meaning : str
        ``class``, ``train``, ``test``, ``classes`` (its folders are), ``inside`` (part of a class),
        ``images`` (without a class) or ``left out``.
    class_name : str
        That it is inside of.
    """

    path: str
    n_images: int
    meaning: str
    class_name: str = ""


@dataclass(frozen=True)
class Preview:
    """What would be read.

    Attributes
    ----------
    inspection : Inspection
    folders : tuple of FolderRead
        The upper ones, at most ``MOST_FOLDERS``; empty for tables and arrays.
    samples : tuple of Sample
        A few of each class, in the order of the classes.
    """

    inspection: Inspection
    folders: tuple[FolderRead, ...]
    samples: tuple[Sample, ...]


def preview_dataset(
    name_or_path: str,
    data: Path | None = None,
    *,
    corrections: Corrections = AS_FOUND,
    progress: Progress = SILENT,
) -> Preview:
    """Look at what a known name or a path would be read as.

    Parameters
    ----------
    name_or_path, data, corrections, progress
        As for ``load_dataset``.

    Raises
    ------
    DatasetNotFoundError, InputError
        As ``load_dataset``.
    """
    path = Path(name_or_path).expanduser()
    if name_or_path not in KNOWN and path.exists():
        with open_files(path, progress) as opened:
            planned = None if opened is None else plan_images(opened[0], corrections)
            if opened is not None and planned is not None:
                return _of_images(*planned, opened[1], progress)
    dataset = load_dataset(name_or_path, data, progress=progress, corrections=corrections)
    return Preview(inspection_of(dataset), (), tuple(_samples_of_arrays(dataset)))


def _of_images(files: Files, found: SortedImages, name: str, progress: Progress) -> Preview:
    def choose(names: Sequence[str]) -> list[str]:
        return _a_few(names, [found.classes.get(image, "") for image in names])

    inspection, read = look_at(files, found, name, choose, progress=progress)
    folders = tuple(_folders(found, inspection.left_out))
    return Preview(inspection, folders, tuple(_samples(read, found)))


def _a_few(names: Sequence[str], classes: Sequence[str]) -> list[str]:
    """Some of each class, spread evenly over it; more of each where there are few classes."""
    by_class: dict[str, list[int]] = {}
    for place, class_name in enumerate(classes):
        by_class.setdefault(class_name, []).append(place)
    shown = (*sorted_classes(by_class), *([""] if "" in by_class else []))[:MOST_CLASSES]
    each = max(_PER_CLASS, -(-_AT_LEAST // len(shown)))
    chosen = [by_class[name][place] for name in shown for place in _even(len(by_class[name]), each)]
    return [names[place] for place in sorted(chosen)]


def _even(n: int, n_wanted: int) -> list[int]:
    """At most so many places out of ``n``, spread evenly."""
    return [int(place) for place in np.unique(np.linspace(0, n - 1, min(n, n_wanted)).astype(int))]


def _samples(read: ReadImages, found: SortedImages) -> Iterator[Sample]:
    names = list(read.kept)
    by_class: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        by_class.setdefault(found.classes.get(name, ""), []).append(place)
    for class_name in (*sorted_classes(by_class), *([""] if "" in by_class else [])):
        places = by_class[class_name]
        for place in (places[nth] for nth in _even(len(places), _PER_CLASS)):
            kept = b"" if read.originals is None else read.originals.renditions[place]
            picture = kept or renditions.encode(read.images[place])
            yield Sample(escaped(class_name), escaped(names[place]), picture)


def _samples_of_arrays(dataset: Dataset) -> Iterator[Sample]:
    split = dataset.train
    known = [(name, split.labels == label) for label, name in enumerate(dataset.classes)]
    for name, is_of_class in [*known, ("", ~split.is_labeled)][:MOST_CLASSES]:
        places = np.flatnonzero(is_of_class)
        for place in (places[nth] for nth in _even(len(places), _PER_CLASS) if len(places)):
            yield Sample(name, _name_of(split, place), renditions.encode(split.images[place]))


def _name_of(split: Split, place: int) -> str:
    return "" if split.names is None else escaped(split.names[place])


def _folders(found: SortedImages, left_out: Sequence[LeftOut]) -> Iterator[FolderRead]:
    """The folders of what is read, the outermost first, then those that are not."""
    tests, not_read = set(found.test), {left.file for left in left_out}
    names = [name for name in (*found.train, *found.test) if escaped(name) not in not_read]
    read_as: dict[str, Counter[tuple[str, bool]]] = {}
    for name in names:
        in_folder = read_as.setdefault(folder_of(found.top + name), Counter())
        in_folder[found.classes.get(name, ""), name in tests] += 1
    tree = grow_tree(found.top + name for name in names)
    seen = [folder for folder in _upper(tree) if _can_be_named(folder.path)][:MOST_FOLDERS]
    for folder in sorted(seen, key=_path):
        below: Counter[tuple[str, bool]] = Counter()
        for inner in folder.walk():
            below.update(read_as.get(inner.path, {}))
        meaning = _meaning(folder, below, found)
        inside = escaped(next(iter(below))[0]) if meaning == "inside" else ""
        yield FolderRead(f"/{folder.path[:-1]}", folder.n_images, meaning, inside)
    for left in left_out[:MOST_FOLDERS]:
        if left.file.endswith("/"):
            yield FolderRead(f"/{left.file[:-1]}", 0, "left out")


def _can_be_named(path: str) -> bool:
    """Whether a folder's path is a text that can be sent to a page and back."""
    return bool(path) and escaped(path) == path


def _upper(tree: Folder) -> Iterator[Folder]:
    """The folders down to the second below where they branch, a level at a time."""
    level = [tree]
    while len(level) == 1 and len(level[0].children) == 1:
        yield level[0]
        level = list(level[0].children.values())
    yield from level
    for _ in range(_DEPTH):
        level = [child for folder in level for child in folder.children.values()]
        yield from level


def _path(folder: Folder) -> str:
    return folder.path


def _meaning(folder: Folder, below: Counter[tuple[str, bool]], found: SortedImages) -> str:
    classes = {class_name for class_name, _ in below}
    if classes == {folder.name}:
        return "class"
    if len(classes) == 1 and classes != {""}:
        return "inside"
    is_test = {in_test for _, in_test in below}
    if found.test and len(is_test) == 1:
        return "test" if is_test == {True} else "train"
    return "images" if classes == {""} else "classes"
