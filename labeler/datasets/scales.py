"""Numbers on any scale to 0-255: one scale for all images of a data set.

=====================================  =======================================================
0 to 255                               as they are
0 to 1                                 times 255
0 to 65,535, nearly all of it used     divided by 257
anything else                          the range that is used, stretched
=====================================  =======================================================

The range that is used leaves out one value in a thousand at either end, so that a few hot pixels
do not darken all others. A scale of which less than an eighth is used counts as another one:
digits of 0 to 16 are not nearly black pictures.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

_BLOCK_VALUES = 1 << 20
_SAMPLE = 4_000_000
_ONE_IN = 1_000
_SIXTEEN_BIT = 65_535
LEAST_USED = 1 / 8
"""Of which less is used counts as another scale."""
_MOST_BELOW, _NEARLY_ALL = 1 / 4, 0.95


@dataclass(frozen=True)
class Range:
    """What the values of all images are.

    Attributes
    ----------
    low, high : float
        The smallest and the largest; nan where one of the values is no finite number.
    used_low, used_high : float
        The same without one value in a thousand at either end.
    is_whole : bool
        Whether they are whole numbers by their type.
    """

    low: float
    high: float
    used_low: float
    used_high: float
    is_whole: bool


@dataclass(frozen=True)
class Scale:
    """Which value becomes 0 and which 255.

    Attributes
    ----------
    low, high : float
    note : str
        For people; empty where values stay as they are.
    """

    low: float = 0.0
    high: float = 255.0
    note: str = ""

    def apply(self, values: np.ndarray) -> np.ndarray:
        """All values as uint8, in an array of the same shape; what lies beyond is cut off."""
        if values.dtype == np.uint8 and not self.note:
            return np.ascontiguousarray(values)
        pixels = np.empty(values.shape, dtype=np.uint8)
        for block, target in zip(_blocks(values), _blocks(pixels), strict=True):
            stretched = (block.astype(np.float64) - self.low) * 255 / (self.high - self.low)
            target[...] = np.rint(stretched).clip(0, 255)
        return pixels


def measure(arrays: Sequence[np.ndarray]) -> Range:
    """The range of all values of all ``arrays`` together; of a sample where they are many."""
    share = min(1.0, _SAMPLE / max(1, sum(array.size for array in arrays)))
    rng = np.random.default_rng(0)
    low, high, samples = math.inf, -math.inf, []
    for block in _all_blocks(arrays):
        if block.dtype.kind == "f" and not np.isfinite(block).all():
            return Range(math.nan, math.nan, math.nan, math.nan, False)
        low, high = min(low, float(block.min())), max(high, float(block.max()))
        samples.append(_sample(block, share, rng))
    sample = np.concatenate(samples)
    n_beyond = len(sample) // _ONE_IN
    ends = (n_beyond, len(sample) - 1 - n_beyond)
    used_low, used_high = map(float, np.partition(sample, ends)[list(ends)])
    if used_high <= used_low:
        used_low, used_high = low, high
    is_whole = all(array.dtype.kind in "bui" for array in arrays)
    return Range(low, high, used_low, used_high, is_whole)


def choose_scale(measured: Range) -> Scale | None:
    """The scale for images with these values.

    Returns
    -------
    Scale or None
        None where a few values lie outside of the 0 to 255 that the others keep to, where there
        is but one value, beyond 0 to 255, or one that is no finite number: these are no pixels.
    """
    if math.isnan(measured.low):
        return None
    if (
        measured.low >= 0
        and measured.high <= 1
        and (measured.high >= LEAST_USED or measured.high == 0)
    ):
        return Scale(0, 1, "values of 0 to 1 scaled to 0-255") if measured.high else Scale()
    if measured.used_low >= 0 and 255 * LEAST_USED <= measured.used_high <= 255:
        within = measured.low >= 0 and measured.high <= 255.5
        return Scale() if within else None
    if measured.low == measured.high:
        return Scale() if 0 <= measured.low <= 255 else None
    if _is_sixteen_bit(measured):
        return Scale(0, _SIXTEEN_BIT, "16-bit values scaled to 0-255")
    return Scale(measured.used_low, measured.used_high, _stretched(measured))


def _is_sixteen_bit(measured: Range) -> bool:
    return (
        measured.is_whole
        and measured.low >= 0
        and measured.used_low < _MOST_BELOW * _SIXTEEN_BIT
        and measured.used_high >= _NEARLY_ALL * _SIXTEEN_BIT
        and measured.high <= _SIXTEEN_BIT
    )


def _stretched(measured: Range) -> str:
    used = f"{_number(measured.used_low)} to {_number(measured.used_high)}"
    return f"values of {used} stretched to 0-255, the same for all images"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:.4g}"


def _sample(block: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    values = block.reshape(-1)
    if share == 1:
        return values.astype(np.float32)
    chosen = rng.integers(0, len(values), math.ceil(share * len(values)))
    return values[chosen].astype(np.float32)


def _all_blocks(arrays: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    for array in arrays:
        yield from _blocks(array)


def _blocks(array: np.ndarray) -> Iterator[np.ndarray]:
    """Pieces along the first axis, of about a million values."""
    step = max(1, _BLOCK_VALUES // max(1, math.prod(array.shape[1:])))
    for start in range(0, len(array), step):
        yield array[start : start + step]
