"""Images by number, as PNG files made here: nothing that a user sent is ever passed on."""

from collections.abc import Sequence

import numpy as np

from labeler.imaging.thumbnails import png
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import Dataset
from labeler.workflow.array_names import Array
from labeler.workflow.workspace import Workspace

MAX_SCALE = 16


def image_png(ws: Workspace, dataset: Dataset, index: int, scale: int = 1) -> bytes:
    """One image as a PNG file.

    Parameters
    ----------
    ws : Workspace
    dataset : storage.rows.Dataset
    index : int
        Images of the pool come first, then those of the test part.
    scale : int, default 1
        How many times each pixel is repeated, without smoothing.

    Raises
    ------
    NotFoundError
        There is no such image.
    """
    return png(_enlarged(image_array(ws, dataset, index), scale))


def image_strip_png(
    ws: Workspace, dataset: Dataset, indices: Sequence[int], columns: int | None = None
) -> bytes:
    """Many images in one PNG file, row by row without gaps: a sprite sheet.

    Parameters
    ----------
    ws : Workspace
    dataset : storage.rows.Dataset
    indices : sequence of int
        At least one.
    columns : int, optional
        Images in a row; by default all of them.

    Raises
    ------
    NotFoundError
        There is no such image, or none was asked for.
    """
    if not indices:
        raise NotFoundError("No image was asked for.")
    images = np.stack([image_array(ws, dataset, index) for index in indices])
    return png(_sheet(images, columns or len(images)))


def image_array(ws: Workspace, dataset: Dataset, index: int) -> np.ndarray:
    """The pixels of one image, uint8 of shape (height, width) or (height, width, 3).

    Raises
    ------
    NotFoundError
    """
    place = index
    for part in (Array.POOL_IMAGES, Array.TEST_IMAGES):
        if part not in dataset.artefacts:
            continue
        images = ws.array(dataset.artefacts[part])
        if 0 <= place < len(images):
            return np.asarray(images[place])
        place -= len(images)
    raise NotFoundError(f"The data set has no image {index}.")


def _enlarged(image: np.ndarray, scale: int) -> np.ndarray:
    if not 1 <= scale <= MAX_SCALE:
        raise NotFoundError(f"The scale is {scale}; it must be 1 to {MAX_SCALE}.")
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


def _sheet(images: np.ndarray, columns: int) -> np.ndarray:
    n_rows = -(-len(images) // columns)
    height, width, *channels = images.shape[1:]
    cells = np.zeros((n_rows * columns, height, width, *channels), dtype=np.uint8)
    cells[: len(images)] = images
    grid = cells.reshape(n_rows, columns, height, width, *channels).swapaxes(1, 2)
    return grid.reshape(n_rows * height, columns * width, *channels)
