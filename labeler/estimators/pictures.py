"""Arrays as people have them, on any scale and with any axes, as images of uint8."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from labeler.datasets.array_scale import pixels_on
from labeler.datasets.base import Split
from labeler.datasets.scales import Scale, choose_scale, measure
from labeler.datasets.tabular.array_images import count_first
from labeler.records import UNLABELED

_REMEDY = "pixels of images of one size; files of any size are for labeler.create_run"


class Reading(NamedTuple):
    """How arrays are read as images, found out once and kept for those that come later.

    Attributes
    ----------
    shape : tuple of int
        (height, width) or (height, width, 3).
    scale : Scale
        Which values are black and white.
    """

    shape: tuple[int, ...]
    scale: Scale

    def read(self, images: ArrayLike) -> np.ndarray:
        """Images of shape (n, *shape), dtype uint8.

        Raises
        ------
        ValueError
            They are of another shape, no finite numbers, or on another scale.
        """
        arranged = _arranged(images)
        if arranged.shape[1:] != self.shape:
            raise ValueError(
                f"images of shape {arranged.shape[1:]}, but those learned from are of {self.shape}"
            )
        if arranged.dtype == np.uint8 and not self.scale.note:
            return self.scale.apply(arranged)
        return pixels_on(arranged, (self.scale.low, self.scale.high))

    def split(self, images: ArrayLike) -> Split:
        """The same as the steps take them, with no class known."""
        read = self.read(images)
        return Split(read, np.full(len(read), UNLABELED, dtype=np.int64))


def reading_of(images: ArrayLike) -> Reading:
    """How these arrays are read, and others like them.

    Parameters
    ----------
    images : array-like of shape (n, height, width), (n, height, width, 3) or (n, n_pixels)
        Rows of pixels are read as square images. Values are 0 to 255, 0 to 1, or on one other
        scale.

    Returns
    -------
    Reading

    Raises
    ------
    ValueError
        They are no images.
    """
    arranged = _arranged(images)
    if arranged.dtype == np.uint8:
        return Reading(arranged.shape[1:], Scale())
    if arranged.dtype.kind not in "buif":
        raise ValueError(f"images of type {arranged.dtype}; they must be numbers")
    scale = choose_scale(measure([arranged]))
    if scale is None:
        raise ValueError(
            f"images with values from {arranged.min():g} to {arranged.max():g}; they must be "
            "0 to 255, 0 to 1, or on one other scale, and finite"
        )
    return Reading(arranged.shape[1:], scale)


def plain_array(images: ArrayLike) -> np.ndarray:
    """Images as an array.

    Raises
    ------
    ValueError
        It is a sparse one, a single number, or of images of several sizes, or names of files.
    """
    if hasattr(images, "toarray"):
        raise ValueError("sparse images; give them as a plain array: images.toarray()")
    try:
        array = np.asarray(images)
    except ValueError as error:
        raise ValueError(f"images of several sizes; {_REMEDY}") from error
    if array.dtype.kind in "USO":
        raise ValueError(f"images of type {array.dtype}; they must be numbers: {_REMEDY}")
    if not array.ndim:
        raise ValueError(f"these are no images: {type(images).__name__}")
    return array


def _arranged(images: ArrayLike) -> np.ndarray:
    array = plain_array(images)
    if not len(array):
        raise ValueError(f"there are no images: an array of shape {array.shape}")
    arranged = count_first(array) if array.size else None
    if arranged is None:
        raise ValueError(
            f"images of shape {array.shape}; they must be n x height x width, "
            "n x height x width x 3, or rows of the pixels of square images"
        )
    return arranged
