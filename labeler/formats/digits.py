"""Figures with the digits that they are worth."""

import numpy as np


def six_digits(values: np.ndarray) -> list[float]:
    """Six significant digits: what a float32 holds, without the noise behind."""
    exact = np.asarray(values, dtype=np.float64)
    sizes = np.abs(exact)
    magnitudes = np.floor(np.log10(np.where(sizes > 0, sizes, 1)))
    # Powers of ten up to 22 are exact, and so the quotient is the nearest to the decimal number.
    up = 10.0 ** np.clip(5 - magnitudes, 0, 22)
    down = 10.0 ** np.clip(magnitudes - 5, 0, 22)
    rounded: list[float] = (np.round(exact / down * up) / up * down).tolist()
    return rounded
