"""What a data set is, whatever it was read from."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from labeler.datasets.originals import ArrayPictures, Originals, Pictures
from labeler.records import UNLABELED


@dataclass(frozen=True, eq=False)
class Split:
    """Images that belong together, with what is known about each.

    Attributes
    ----------
    images : ndarray of shape (n, height, width) or (n, height, width, 3), dtype uint8
    labels : ndarray of shape (n,), dtype int64
        Index into the data set's classes; ``UNLABELED`` where the class is not known.
    names : tuple of str, or None
        The images' file names as they are, line breaks and half characters included, in the same
        order; to be shown, they are made ``printable``. None where images only have a number.
    positions : ndarray of shape (n,), dtype int64
        Where each image stood in the part it was read from: what ``take`` leaves behind. Counts
        from 0 unless given.
    originals : Originals or None
        The files that they were read from. None where they were not read from one file each.
    pictures : Pictures, ArrayPictures or None
        The same to be looked at once more; or larger arrays that they were made of. None where
        there are none.
    """

    images: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...] | None = None
    positions: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    originals: Originals | None = None
    pictures: Pictures | ArrayPictures | None = None

    def __post_init__(self) -> None:
        if not len(self.positions):
            object.__setattr__(self, "positions", np.arange(len(self.images)))
        if self.images.dtype != np.uint8 or self.images.ndim not in (3, 4):
            raise ValueError(
                f"images must be uint8 with 3 or 4 axes, got {self.images.dtype} "
                f"with shape {self.images.shape}"
            )
        if self.labels.shape != (len(self.images),):
            raise ValueError(f"{len(self.images)} images but labels of shape {self.labels.shape}")
        if self.names is not None and len(self.names) != len(self.images):
            raise ValueError(f"{len(self.images)} images but {len(self.names)} names")
        if self.originals is not None and len(self.originals.paths) != len(self.images):
            raise ValueError(f"{len(self.images)} images but {len(self.originals.paths)} originals")

    def __len__(self) -> int:
        return len(self.images)

    @property
    def is_labeled(self) -> np.ndarray:
        """Mask of shape (n,): True where the true class is known."""
        return np.asarray(self.labels != UNLABELED)

    def between(self, start: int, end: int) -> "Split":
        """The images from ``start`` up to ``end``, with all that is known about them: no copies."""
        part = slice(start, end)
        names = None if self.names is None else self.names[part]
        originals = None if self.originals is None else self.originals.between(start, end)
        places = np.arange(start, min(end, len(self)))
        pictures = None if self.pictures is None else self.pictures.take(places)
        images, labels = self.images[part], self.labels[part]
        return Split(images, labels, names, self.positions[part], originals, pictures)

    def take(self, indices: np.ndarray) -> "Split":
        """The images at ``indices``, in that order, with all that is known about them."""
        names = None if self.names is None else tuple(self.names[i] for i in indices)
        originals = None if self.originals is None else self.originals.take(indices)
        pictures = None if self.pictures is None else self.pictures.take(indices)
        images, labels = self.images[indices], self.labels[indices]
        return Split(images, labels, names, self.positions[indices], originals, pictures)


def joined(splits: Sequence[Split]) -> Split:
    """The images of several parts of one shape, one after the other, numbered anew."""
    if len(splits) == 1:
        return splits[0]
    images = np.concatenate([split.images for split in splits])
    labels = np.concatenate([split.labels for split in splits])
    named = [split.names for split in splits if split.names is not None]
    names = tuple(name for part in named for name in part) if len(named) == len(splits) else None
    return Split(images, labels, names)


@dataclass(frozen=True)
class LeftOut:
    """A file or folder that was not read, though somebody may miss it.

    Attributes
    ----------
    file : str
        Relative to the data set, safe to be shown.
    reason : str
    """

    file: str
    reason: str


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images to label (the pool) and, if there is one, the part kept aside to test on.

    Attributes
    ----------
    name : str
    classes : tuple of str
        Class names; a label is an index into it. Empty where there is no ground truth.
    train : Split
        The pool: what is clustered, asked about and trained on.
    test : Split or None
        Only ever used to score.
    source : str
        Where it was read from, for people.
    notes : tuple of str
        What reading changed or left out ("3 links skipped", "12 colour images made grey").
    left_out : tuple of LeftOut
        What was not read, and why.
    warnings : tuple of str
        Signs that the files may be meant otherwise than they were read.
    root : Path or None
        The folder or archive that the originals lie in.
    scale : tuple of float or None
        Which values of originals of 16 bits are black and white; None where there are none.
    numbers : tuple of float or None
        Which values of arrays are black and white; None of what was read from no such numbers.
    """

    name: str
    classes: tuple[str, ...]
    train: Split
    test: Split | None = None
    source: str = ""
    notes: tuple[str, ...] = field(default=())
    left_out: tuple[LeftOut, ...] = ()
    warnings: tuple[str, ...] = ()
    root: Path | None = None
    scale: tuple[float, float] | None = None
    numbers: tuple[float, float] | None = None

    @property
    def image_shape(self) -> tuple[int, ...]:
        """(height, width) of grey images, (height, width, 3) of colour ones."""
        return self.train.images.shape[1:]

    @property
    def has_ground_truth(self) -> bool:
        """Whether any image of the pool comes with its true class."""
        return bool(self.train.is_labeled.any())

    @property
    def n_labeled(self) -> int:
        """Images of either part whose class is known."""
        parts = [part for part in (self.train, self.test) if part is not None]
        return sum(int(np.count_nonzero(part.is_labeled)) for part in parts)

    def with_notes(self, *notes: str) -> "Dataset":
        """The same data set with ``notes`` added."""
        return replace(self, notes=self.notes + notes)
