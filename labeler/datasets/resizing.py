"""Images of arrays to one size that is not too large, and images that are to be like others."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from labeler.datasets.base import Dataset, Split
from labeler.datasets.spool import joined, looked_through
from labeler.imaging.pixels import fit_pixels, fitted_size, to_colour
from labeler.progress import SILENT, Progress, Task
from labeler.words import by_sides

LONGEST_SIDE = 64
"""Larger images are shrunk to this, unless a size is asked for."""


@dataclass(frozen=True)
class Likeness:
    """What images are to be like: those of a data set that was read before.

    Attributes
    ----------
    image_shape : tuple of int
        (height, width), or (height, width, 3) of colour images.
    scale : tuple of float or None
        Which values of images of 16 bits are black and white, where there were any.
    numbers : tuple of float or None
        Which values of arrays are; None where that is not known.
    from_files : bool
        Whether each was read from a file of its own, which networks looked at as it is.
    """

    image_shape: tuple[int, ...]
    scale: tuple[float, float] | None = None
    numbers: tuple[float, float] | None = None
    from_files: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Height and width, in pixels."""
        return self.image_shape[0], self.image_shape[1]


def in_colours_of(images: np.ndarray, like: Likeness) -> np.ndarray:
    """Images in grey or in colour, as others are.

    Parameters
    ----------
    images : ndarray of shape (n, height, width[, 3]), dtype uint8
    like : Likeness
    """
    if images.ndim - 1 == len(like.image_shape):
        return images
    if images.ndim == 3:
        return _each(images, to_colour, (*images.shape, 3))
    return _each(images, _as_grey, images.shape[:3])


def limit_size(
    dataset: Dataset, image_size: tuple[int, int] | None, progress: Progress = SILENT
) -> Dataset:
    """Give a data set read from arrays the size asked for, or shrink it to the longest side.

    Parameters
    ----------
    dataset : Dataset
    image_size : tuple of int or None
        (height, width)
    progress : Progress
    """
    height, width = dataset.image_shape[:2]
    size = image_size or fitted_size(height, width, LONGEST_SIDE)
    if size == (height, width):
        return dataset
    parts = [part for part in (dataset.train, dataset.test) if part is not None]
    with progress.task("Resizing images", sum(map(len, parts))) as task:
        splits = [
            Split(_fit_all(part.images, size, task), part.labels, part.names) for part in parts
        ]
    test = splits[1] if len(splits) == 2 else None
    note = f"images of {by_sides((height, width))} resized to {by_sides(size)}"
    return replace(dataset.with_notes(note), train=splits[0], test=test)


def _fit_all(images: np.ndarray, size: tuple[int, int], task: Task) -> np.ndarray:
    def fitted(image: np.ndarray) -> np.ndarray:
        task.advance()
        return fit_pixels(image, *size)

    return _each(images, fitted, (len(images), *size, *images.shape[3:]))


def _as_grey(image: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(image).convert("L"))


def _each(
    images: np.ndarray, make: Callable[[np.ndarray], np.ndarray], shape: tuple[int, ...]
) -> np.ndarray:
    """What is made of each image, in an array of uint8 that stays on disk where it is large."""
    made = (
        make(image).astype(np.uint8, copy=False).tobytes()
        for block in looked_through(images)
        for image in block
    )
    return joined(made, math.prod(shape)).reshape(shape)
