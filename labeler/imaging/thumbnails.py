"""Images as PNG: arrays in, bytes out."""

import io

import numpy as np
from PIL import Image


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
