"""Images as PNG: arrays in, bytes out."""

import io

import numpy as np
from PIL import Image

_COLUMNS = 10


def png(image: np.ndarray, largest: int | None = None) -> bytes:
    """One image as a PNG file.

    Parameters
    ----------
    image : ndarray of shape (height, width) or (height, width, 3), dtype uint8
    largest : int, optional
        Longest side wanted; a larger image is shrunk to it, a smaller one stays as it is.

    Raises
    ------
    ValueError
        The array is not such an image.
    """
    picture = _picture(image)
    if largest is not None and max(picture.size) > largest:
        picture.thumbnail((largest, largest), Image.Resampling.BOX)
    return _encoded(picture)


def grid(images: np.ndarray) -> np.ndarray:
    """Images of one size in one, in rows of ten, with a white line between them.

    Parameters
    ----------
    images : ndarray of shape (n, height, width) or (n, height, width, 3), dtype uint8

    Returns
    -------
    ndarray of shape (rows, columns) or (rows, columns, 3), dtype uint8
    """
    n, height, width, *channels = images.shape
    columns = min(n, _COLUMNS)
    rows = -(-n // columns)
    cells = np.full((rows * columns, height + 1, width + 1, *channels), 255, dtype=np.uint8)
    cells[:n, :-1, :-1] = images
    cells = cells.reshape(rows, columns, *cells.shape[1:]).swapaxes(1, 2)
    return cells.reshape(rows * (height + 1), columns * (width + 1), *channels)[:-1, :-1]


def _picture(image: np.ndarray) -> Image.Image:
    is_grey, is_colour = image.ndim == 2, image.ndim == 3 and image.shape[-1] == 3
    if image.dtype != np.uint8 or not (is_grey or is_colour) or 0 in image.shape:
        raise ValueError(
            f"an image must be uint8 of shape (h, w) or (h, w, 3), "
            f"got {image.dtype} of shape {image.shape}"
        )
    return Image.fromarray(np.ascontiguousarray(image))


def _encoded(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, format="PNG", optimize=True)
    return file.getvalue()
