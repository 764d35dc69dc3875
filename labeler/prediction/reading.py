"""New pictures, prepared as those were that a model learned from."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from labeler.datasets.base import Dataset, Split
from labeler.datasets.containers.files import escaped
from labeler.datasets.corrections import AS_FOUND, Corrections
from labeler.datasets.picked import read_picked, read_readable
from labeler.datasets.registry import load_dataset
from labeler.datasets.resizing import Likeness
from labeler.datasets.text.image_names import is_image_name
from labeler.exceptions import ConfigError, InputError
from labeler.prediction.held_out import with_held_out
from labeler.prediction.model import Model
from labeler.progress import SILENT, Progress
from labeler.records import UNLABELED

ALL, POOL, TEST = "all", "pool", "test"
PARTS = (ALL, POOL, TEST)
"""Which images of a data set: those to label are its pool."""


@dataclass(frozen=True, eq=False)
class NewPictures:
    """Pictures that a model is to name.

    Attributes
    ----------
    dataset : Dataset
        Where they are from.
    parts : tuple of (int, Split)
        One or both of its parts, each with what is added to the positions of its images to have
        their numbers.
    classes : ndarray of shape (n_classes + 1,), dtype int64
        The model's class for each of the data set's; the last is for what is not known.
    """

    dataset: Dataset
    parts: tuple[tuple[int, Split], ...]
    classes: np.ndarray

    def __len__(self) -> int:
        return sum(len(part) for _, part in self.parts)

    @property
    def indices(self) -> np.ndarray:
        """The number of each image in the data set: those to label first, then those to test on.

        Those that were held out keep the numbers that they had.
        """
        numbers = [first + part.positions for first, part in self.parts]
        return np.concatenate(numbers).astype(np.int64)

    @property
    def names(self) -> list[str] | None:
        """File names; None where images only have a number."""
        named = [part.names for _, part in self.parts]
        if any(names is None for names in named):
            return None
        return [name for names in named for name in names or ()]

    @property
    def true_labels(self) -> np.ndarray:
        """The model's class that each image is known to be of; ``UNLABELED`` for all others."""
        return np.concatenate([self.classes[part.labels] for _, part in self.parts])


def read_pictures(
    source: str,
    model: Model,
    part: str = ALL,
    *,
    data: Path | None = None,
    strict: bool = False,
    corrections: Corrections = AS_FOUND,
    progress: Progress = SILENT,
) -> NewPictures:
    """Read a data set, its images prepared as a model wants them.

    Parameters
    ----------
    source : str
        A known name or a path, as of ``load_dataset``; or the path of one picture.
    model : Model
    part : str
        One of ``PARTS``.
    data, strict, corrections, progress
        As of ``load_dataset``.

    Raises
    ------
    ConfigError
        There is no such part, and the model was not tested on images held out of this data set.
    DatasetNotFoundError, InputError
        As ``load_dataset``.
    """
    path = Path(source).expanduser()
    if _is_picture(path):
        dataset = Dataset(path.name, (), read_picked(path.parent, [path.name], model.like))
    else:
        dataset = load_dataset(
            source,
            data,
            progress=progress,
            strict=strict,
            corrections=corrections,
            like=model.like,
        )
    parted = dataset if part == ALL else with_held_out(dataset, model.about.held_out)
    is_held_out = parted is not dataset
    parts = tuple(_parts(parted, part, 0 if is_held_out else len(dataset.train)))
    if not is_held_out:
        parts = tuple((first, _numbered(images)) for first, images in parts)
    if not sum(len(images) for _, images in parts):
        raise ConfigError(
            f"{dataset.name} has no images in its part {part!r}, and is not, as it is, what "
            "the run of the model held some out of; leave out --part for all of them."
        )
    labels = [model.label_named(name) for name in dataset.classes]
    return NewPictures(parted, parts, np.array([*labels, UNLABELED], dtype=np.int64))


def read_picture_files(
    paths: Sequence[Path], model: Model, progress: Progress = SILENT
) -> Iterator[tuple[np.ndarray, Split]]:
    """Read image files, folder by folder; those that cannot be read are warned of and left out.

    Yields
    ------
    places : ndarray of int
        Where the files of one folder stand among ``paths``.
    images : Split

    Raises
    ------
    InputError
        The first file's own, if none can be read; DIR-1 for one that is not there.
    """
    folders: dict[Path, dict[str, list[int]]] = {}
    for place, path in enumerate(paths):
        folders.setdefault(path.parent, {}).setdefault(path.name, []).append(place)
    errors: list[InputError] = []
    for folder, names in folders.items():
        try:
            split, left_out = read_readable(folder, list(names), model.like, progress)
        except InputError as error:
            if error.code == _MISSING:
                raise
            errors.append(error)
            continue
        for file in left_out:
            warnings.warn(f"{escaped(str(folder))}/{file.file}: {file.reason}", stacklevel=2)
        kept = [names[name] for name in split.names or ()]
        rows = [(place, row) for row, places in enumerate(kept) for place in places]
        picked = np.array([row for _, row in rows])
        is_all = np.array_equal(picked, np.arange(len(split)))
        yield np.array([place for place, _ in rows]), split if is_all else split.take(picked)
    if errors and len(errors) == len(folders):
        raise errors[0]
    for unread in errors:
        warnings.warn(str(unread), stacklevel=2)


_MISSING = "DIR-1"


def _is_picture(path: Path) -> bool:
    """Whether a path is that of a picture, by its name."""
    return path.is_file() and is_image_name(path.name)


def _numbered(images: Split) -> Split:
    """Numbered by their places, whatever was left out before."""
    return replace(images, positions=np.arange(len(images)))


def _parts(dataset: Dataset, part: str, first_of_test: int) -> Iterator[tuple[int, Split]]:
    if part in (ALL, POOL):
        yield 0, dataset.train
    if part in (ALL, TEST) and dataset.test is not None:
        yield first_of_test, dataset.test


def read_or_refuse(
    folder: Path, names: Sequence[str], like: Likeness
) -> Iterator[Split | dict[str, str]]:
    """Read image files of one folder: all that can be read at once, then why others cannot.

    Parameters
    ----------
    folder : Path
    names : sequence of str
    like : Likeness

    Yields
    ------
    Split or dict of str to str
        Images, named; or what is wrong with a file, by its name.
    """
    unread = names
    try:
        images, left_out = read_readable(folder, names, like)
    except InputError:
        pass  # none of them: each has its own reason
    else:
        yield images
        unread = [file.file for file in left_out]
    for name in unread:
        try:
            yield read_picked(folder, [name], like)
        except InputError as error:
            yield {name: f"{error.found}; expected {error.expected}."}
