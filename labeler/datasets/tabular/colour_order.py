"""In which order the values of colour images lie where nothing says so: found by looking."""

from collections.abc import Sequence

import numpy as np

from labeler.words import by_sides

_JUDGED = 1_000
"""Images that are looked at."""


def order_colours(parts: Sequence[np.ndarray]) -> tuple[list[np.ndarray], str]:
    """Colour images from rows of values: pixel after pixel, or one colour after the other.

    In the right order neighbours are alike, so that the values change less from pixel to pixel;
    without a difference it is one colour after the other, CIFAR-10's order.

    Parameters
    ----------
    parts : sequence of ndarray of shape (n, height, width, 3)
        Read as if pixel after pixel; all of one shape. The first part decides.

    Returns
    -------
    images : list of ndarray of shape (n, height, width, 3)
    note : str
        Which order it is, for people.
    """
    first = parts[0][:_JUDGED].astype(np.float32)
    by_plane = _change(_from_planes(first)) <= _change(first)
    _, height, width, _ = first.shape
    order = "one colour after the other, as in CIFAR-10" if by_plane else "pixel after pixel"
    note = f"{first[0].size:,} values an image read as {by_sides((height, width))} RGB, {order}"
    return [_from_planes(part) if by_plane else part for part in parts], note


def _from_planes(images: np.ndarray) -> np.ndarray:
    count, height, width, _ = images.shape
    planes = images.reshape(count, 3, height, width)
    return np.ascontiguousarray(np.moveaxis(planes, 1, 3))


def _change(images: np.ndarray) -> float:
    """How much values differ from one pixel to the next, in the mean."""
    return float(sum(np.abs(np.diff(images, axis=axis)).mean() for axis in (1, 2)))
