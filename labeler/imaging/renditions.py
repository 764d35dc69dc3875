"""Renditions: what people see where the image is shown small, made once, when its file is read.

At most 256 pixels along the longer side, in the image's own aspect, as WebP: a photograph takes
1 to 5 kB. Images of up to 64 pixels are kept as they are, without loss.
"""

from io import BytesIO

import numpy as np
from PIL import Image

LONGEST_SIDE = 256
MEDIA_TYPE = "image/webp"

DECODE_SIDE = LONGEST_SIDE * 3 // 2
"""A file may leave out detail beyond this many pixels while it is decoded."""

_LOSSLESS_UP_TO = 64
_QUALITY = 48
"""Of a photograph made small: at twice its size, side by side with a quality of 80, the difference
is hard to see, and it takes three fifths of the bytes."""

_QUALITY_OF_SMALL = 80
"""Of an image that has no more pixels than this."""

_EFFORT = 4


def encode(pixels: np.ndarray) -> bytes:
    """One image as a file.

    Parameters
    ----------
    pixels : ndarray of shape (height, width) or (height, width, 3), dtype uint8

    Returns
    -------
    bytes
        A WebP file.
    """
    file = BytesIO()
    longest = max(pixels.shape[:2])
    lossless = longest <= _LOSSLESS_UP_TO
    quality = _QUALITY if longest >= LONGEST_SIDE else _QUALITY_OF_SMALL
    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.save(file, "WEBP", lossless=lossless, quality=quality, method=_EFFORT)
    return file.getvalue()


def decode(rendition: bytes) -> Image.Image:
    """The image in such a file, of 8 bits a channel in RGB."""
    return Image.open(BytesIO(rendition), formats=("WEBP",)).convert("RGB")
