"""Images of arrays to one size that is not too large."""

from dataclasses import replace

import numpy as np

from labeler.datasets.base import Dataset, Split
from labeler.imaging.pixels import fit_pixels, fitted_size
from labeler.progress import SILENT, Progress, Task
from labeler.words import by_sides

LONGEST_SIDE = 64
"""Larger images are shrunk to this, unless a size is asked for."""


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
    fitted = np.empty((len(images), *size, *images.shape[3:]), dtype=np.uint8)
    for index, image in enumerate(images):
        fitted[index] = fit_pixels(image, *size)
        task.advance()
    return fitted
