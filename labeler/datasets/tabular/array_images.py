"""Arrays of any shape, type and scale to images of uint8."""

import math
from collections.abc import Mapping

import numpy as np

from labeler.datasets import limits
from labeler.datasets.scales import Scale, choose_scale, measure
from labeler.datasets.tabular.colour_order import order_colours
from labeler.exceptions import refuse

_CHANNELS = (1, 3)
_LEAST_COLOUR = 8
_REMEDY = "Save the arrays again so."


def to_images(
    parts: Mapping[str, np.ndarray], source: str
) -> tuple[list[np.ndarray], Scale, list[str]]:
    """All parts of one shape and on one scale.

    Parameters
    ----------
    parts : mapping of str to ndarray
    source : str
        What to call the file in messages.

    Returns
    -------
    images : list of ndarray of shape (n, height, width) or (n, height, width, 3), dtype uint8
    scale : Scale
        Which values are black and white.
    notes : list of str
        What was done to them.

    Raises
    ------
    InputError
        NPZ-3 for values that are no pixels, NPZ-4 for a shape that does not say what it is.
    """
    arrays = [_arranged(array, part, source) for part, array in parts.items()]
    if len({array.shape[1:] for array in arrays}) > 1:
        shapes = " and ".join(str(array.shape[1:]) for array in arrays)
        refuse("NPZ-4", source, f"images of shapes {shapes}", "one shape for all parts", _REMEDY)
    notes = []
    if all(array.ndim == 2 for array in parts.values()) and arrays[0].ndim == 4:
        arrays, note = order_colours(arrays)
        notes.append(note)
    scale = _scale(arrays, source)
    images = [scale.apply(arrays.pop(0)) for _ in list(arrays)]
    return images, scale, [*notes, *([scale.note] if scale.note else [])]


def _arranged(array: np.ndarray, part: str, source: str) -> np.ndarray:
    """Count first, channels last or none."""
    arranged = count_first(array)
    sides = () if arranged is None else arranged.shape[1:3]
    if not array.size or arranged is None or max(sides) > limits.MAX_SIDE:
        refuse(
            "NPZ-4",
            source,
            f"{part} images of shape {array.shape}: which axis counts images?".strip(),
            "count x height x width, or count x height x width x 3",
            _REMEDY,
        )
    return arranged


def count_first(array: np.ndarray) -> np.ndarray | None:
    """The array with two or three axes behind the count; None where that is not clear."""
    shape = array.shape
    if array.ndim == 2:
        return _from_rows(array)
    if array.ndim == 4 and (shape[1] in _CHANNELS) != (shape[3] in _CHANNELS):
        last = array if shape[3] in _CHANNELS else np.moveaxis(array, 1, 3)
        return last[..., 0] if last.shape[3] == 1 else last
    # Three axes that end in 3 are one colour image rather than grey ones of width 3.
    return array if array.ndim == 3 and shape[2] != 3 else None


def _from_rows(array: np.ndarray) -> np.ndarray | None:
    """Square images from rows of their values; grey where they could be either."""
    n_values = array.shape[1]
    side = math.isqrt(n_values)
    if side * side == n_values:
        return array.reshape(-1, side, side)
    side = math.isqrt(n_values // 3)
    is_colour = 3 * side * side == n_values and side >= _LEAST_COLOUR
    return array.reshape(-1, side, side, 3) if is_colour else None


def _scale(arrays: list[np.ndarray], source: str) -> Scale:
    if any(array.dtype.kind not in "buif" for array in arrays):
        refuse("NPZ-3", source, f"images of type {arrays[0].dtype}", "numbers", _REMEDY)
    measured = measure(arrays)
    if math.isnan(measured.low):
        told = f"{arrays[0].dtype} images with nan or inf"
        refuse("NPZ-3", source, told, "finite values", _REMEDY)
    scale = choose_scale(measured)
    if scale is None:
        told = f"{arrays[0].dtype} images with values from {measured.low:g} to {measured.high:g}"
        refuse("NPZ-3", source, told, "0 to 255, or 0 to 1, or one other scale", _REMEDY)
    return scale
