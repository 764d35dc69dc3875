"""Numbers of an array on the scale of those that a model learned from, or a line why they are not.

Values of 0 to 255, 0 to 1 or 0 to 65,535 say themselves what is black and what is white. Any other
range was stretched by what is in the array: of other images on the same scale it is another, and
the same value would be another grey. It is set right afterwards, to within one of 255 greys.
"""

import math
from dataclasses import replace

import numpy as np

from labeler.datasets.base import Dataset, Split
from labeler.datasets.scales import LEAST_USED, Scale, choose_scale, measure
from labeler.exceptions import refuse

PIXELS = (0.0, 255.0)
_TELL_THEMSELVES = (PIXELS, (0.0, 1.0), (0.0, 65_535.0))
_SLACK = 0.1


def on_scale_of(dataset: Dataset, before: tuple[float, float] | None) -> Dataset:
    """The same images, their values read on the scale of others.

    Parameters
    ----------
    dataset : Dataset
        As it was read by itself.
    before : tuple of float or None
        Which values of the others were black and white; None where that is not known.

    Raises
    ------
    InputError
        SCALE-1: the values reach beyond that scale, and are on none that tells itself.
    """
    own = dataset.numbers
    if own is None or before is None or own == before:
        return dataset
    if own in _TELL_THEMSELVES:
        note = f"values of {_range(own)}, where the model learned from {_range(before)}"
        return dataset.with_notes(f"{note}: either is brought to 0-255 as a whole")
    slack = _SLACK * (before[1] - before[0])
    if own[0] < before[0] - slack or own[1] > before[1] + slack:
        refuse(
            "SCALE-1",
            dataset.source,
            f"values of {_range(own)}",
            f"values of {_range(before)}, as the model learned from",
            "Bring them to that scale, or to 0 to 255.",
        )
    note = (
        f"values of {_range(own)} read on the scale of {_range(before)} that the model learned from"
    )
    test = None if dataset.test is None else _read_on(dataset.test, own, before)
    read = replace(dataset, train=_read_on(dataset.train, own, before), test=test, numbers=before)
    stretched = tuple(said for said in read.notes if "stretched to 0-255" not in said)
    return replace(read, notes=(*stretched, note))


def pixels_on(values: np.ndarray, before: tuple[float, float] | None) -> np.ndarray:
    """Numbers of any array as uint8, on the scale of others; 0 to 1 and 0 to 255 tell themselves.

    Parameters
    ----------
    values : ndarray
        Not empty.
    before : tuple of float or None
        Which values of the others were black and white; None where that is not known.

    Returns
    -------
    ndarray of the shape of ``values``, dtype uint8

    Raises
    ------
    ValueError
        They are no finite numbers, or reach beyond that scale and are on none that tells itself.
    """
    if values.dtype.kind not in "buif":
        raise ValueError(f"images of type {values.dtype}; they must be numbers")
    measured = measure([values])
    if math.isnan(measured.low):
        raise ValueError("images with nan or inf; they must be finite numbers")
    if before is not None:
        span = before[1] - before[0]
        within = measured.used_low >= before[0] - _SLACK * span
        within = within and measured.used_high <= before[1] + _SLACK * span
        if within and measured.high - before[0] >= LEAST_USED * span:
            return Scale(*before, note="known").apply(values)
    own = choose_scale(measured)
    if own is not None and (own.low, own.high) in _TELL_THEMSELVES:
        return own.apply(values)
    if before is not None and within:
        return Scale(*before, note="known").apply(values)
    expected = "0 to 255, or 0 to 1"
    if before is not None and before not in _TELL_THEMSELVES:
        expected = f"{_range(before)}, as those learned from, {expected}"
    raise ValueError(
        f"images with values from {measured.low:g} to {measured.high:g}; they must be {expected}"
    )


def _read_on(split: Split, own: tuple[float, float], before: tuple[float, float]) -> Split:
    values = own[0] + np.arange(256) * (own[1] - own[0]) / 255
    greys = np.rint((values - before[0]) * 255 / (before[1] - before[0])).clip(0, 255)
    return replace(split, images=greys.astype(np.uint8)[split.images])


def _range(scale: tuple[float, float]) -> str:
    return f"{scale[0]:,.6g} to {scale[1]:,.6g}"
