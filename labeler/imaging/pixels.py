"""Arrays of pixels made smaller, made equal, or given colour."""

import numpy as np
from PIL import Image

from labeler.imaging.deep import resize_deep


def fit_pixels(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize one image to ``height`` by ``width``, its aspect kept, borders filled.

    The border has the median colour of the image's own edge, so that it adds no edge to see.

    Parameters
    ----------
    pixels : ndarray of shape (h, w) or (h, w, 3), dtype uint8

    Returns
    -------
    ndarray of shape (height, width) or (height, width, 3), dtype uint8
    """
    if pixels.shape[:2] == (height, width):
        return pixels
    scale = min(height / pixels.shape[0], width / pixels.shape[1])
    inner_h = min(height, max(1, round(pixels.shape[0] * scale)))
    inner_w = min(width, max(1, round(pixels.shape[1] * scale)))
    inner = resize_pixels(pixels, inner_h, inner_w)
    if inner.shape[:2] == (height, width):
        return inner
    fitted = np.empty((height, width, *pixels.shape[2:]), dtype=np.uint8)
    fitted[:] = _edge_colour(inner)
    top, left = (height - inner_h) // 2, (width - inner_w) // 2
    fitted[top : top + inner_h, left : left + inner_w] = inner
    return fitted


def resize_pixels(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize one image to exactly ``height`` by ``width``, whatever its aspect."""
    if pixels.dtype == np.uint16:
        return resize_deep(pixels, height, width)
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0))


def as_square(pixels: np.ndarray, side: int) -> np.ndarray:
    """One image as networks take it: a square of RGB, all of the image in it, squeezed.

    Parameters
    ----------
    pixels : ndarray of shape (h, w) or (h, w, 3), dtype uint8
    side : int

    Returns
    -------
    ndarray of shape (side, side, 3), dtype uint8
    """
    return to_colour(resize_pixels(pixels, side, side))


def unit_squares(images: np.ndarray, side: int) -> np.ndarray:
    """Images as what learns from pixels takes them: squares of one size, from 0 to 1.

    Parameters
    ----------
    images : ndarray of shape (n, height, width[, 3]), dtype uint8
    side : int

    Returns
    -------
    ndarray of shape (n, side, side, n_channels), dtype float32
    """
    if images.shape[1:3] != (side, side):
        images = np.stack([resize_pixels(image, side, side) for image in images])
    squares = images.reshape(len(images), side, side, -1).astype(np.float32)
    squares /= np.float32(255)
    return squares


def limit_pixels(pixels: np.ndarray, at_most: int) -> np.ndarray:
    """Shrink one image whose longer side is more than ``at_most``, its aspect kept."""
    height, width = pixels.shape[:2]
    if max(height, width) <= at_most:
        return pixels
    return resize_pixels(pixels, *fitted_size(height, width, at_most))


def fitted_size(height: int, width: int, at_most: int) -> tuple[int, int]:
    """Size with the same aspect whose longer side is no more than ``at_most``."""
    scale = min(1.0, at_most / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def to_colour(pixels: np.ndarray) -> np.ndarray:
    """The same image with three channels."""
    return pixels if pixels.ndim == 3 else np.repeat(pixels[:, :, np.newaxis], 3, axis=2)


def _edge_colour(pixels: np.ndarray) -> np.ndarray:
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    colour: np.ndarray = np.median(edge, axis=0).astype(np.uint8)
    return colour
