"""How bright, rich in contrast and sharp pictures are, each by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from labeler.learning.threads import in_threads
from labeler.progress import SILENT, Progress

BLANK_UP_TO = 3.0
"""Levels of 255 by which pixels of a picture of one colour may vary: noise and compression do."""

LEAST_SIDE = 16
"""Pixels; whether a smaller picture is blurred cannot be told."""

_BLOCK = 250
_BRIGHTEST = 99
_NOISE = 0.01
_GREY = np.array([0.299, 0.587, 0.114], dtype=np.float32)

Load = Callable[[slice], np.ndarray | Sequence[np.ndarray]]
"""Some pictures by their places: uint8, one array of all, or one each where sizes differ."""


@dataclass(frozen=True, eq=False)
class PictureMeasures:
    """What can be said of each picture by itself.

    Attributes
    ----------
    brightest : ndarray of shape (n,), dtype float32
        The level, of 255, that one pixel in a hundred exceeds.
    contrast : ndarray of shape (n,), dtype float32
        Standard deviation of the pixels, in levels of 255.
    sharpness : ndarray of shape (n,), dtype float32
        Fine detail beside coarse: variance of the Laplacian of the picture, divided by that of the
        picture at half its size. nan where the picture is blank or too small.
    """

    brightest: np.ndarray
    contrast: np.ndarray
    sharpness: np.ndarray

    @property
    def is_blank(self) -> np.ndarray:
        """Which are of practically one colour; shape (n,), dtype bool."""
        return np.asarray(self.contrast <= BLANK_UP_TO)


def measure_pictures(load: Load, n: int, progress: Progress = SILENT) -> PictureMeasures:
    """Measure pictures a block at a time, on every core.

    Variance of the Laplacian alone says how much there is to see as well as how sharp it is. On
    2,527 photographs of rubbish, of which one in a hundred was blurred (a Gaussian of one pixel),
    its ratio to that of the half-sized picture finds all of these first; alone it finds 24 in 100.

    Parameters
    ----------
    load : callable
        Gives the pictures at some places.
    n : int
        How many there are.
    progress : Progress

    Returns
    -------
    PictureMeasures
    """
    blocks = [slice(start, min(start + _BLOCK, n)) for start in range(0, n, _BLOCK)]
    measured = np.empty((n, 3), dtype=np.float32)
    with progress.task("Measuring the pictures", total=n) as task:
        parts = in_threads(lambda block: _measure(load(block)), blocks)
        for block, part in zip(blocks, parts, strict=True):
            measured[block] = part
            task.advance(block.stop - block.start)
    return PictureMeasures(*(np.ascontiguousarray(column) for column in measured.T))


def grey(pictures: np.ndarray) -> np.ndarray:
    """Pictures of shape (n, height, width) or (n, height, width, 3) as float32 levels of grey."""
    if pictures.ndim == 3:
        return pictures.astype(np.float32)
    return np.asarray(pictures.astype(np.float32) @ _GREY)


def halved(pictures: np.ndarray, by: int = 2) -> np.ndarray:
    """Grey pictures made smaller by a whole number; a rest at the edges is left out."""
    n, height, width = pictures.shape
    height, width = height // by, width // by
    cut = pictures[:, : height * by, : width * by].reshape(n, height, by, width, by)
    return np.asarray(cut.mean(axis=(2, 4), dtype=np.float32))


def _measure(pictures: np.ndarray | Sequence[np.ndarray]) -> np.ndarray:
    if not isinstance(pictures, np.ndarray):
        return np.concatenate([_measure(picture[None]) for picture in pictures])
    levels = grey(pictures)
    flat = levels.reshape(len(levels), -1)
    contrast = flat.std(axis=1)
    sharpness = np.full(len(levels), np.nan, dtype=np.float32)
    if min(levels.shape[1:]) >= LEAST_SIDE:
        ratio = (_detail(levels) + _NOISE) / (_detail(halved(levels)) + _NOISE)
        sharpness = np.where(contrast > BLANK_UP_TO, ratio, np.nan)
    return np.stack([np.percentile(flat, _BRIGHTEST, axis=1), contrast, sharpness], axis=1)


def _detail(levels: np.ndarray) -> np.ndarray:
    """Variance of the Laplacian of each picture; shape (n,)."""
    inner = levels[:, 1:-1, 1:-1]
    across = levels[:, 1:-1, :-2] + levels[:, 1:-1, 2:]
    down = levels[:, :-2, 1:-1] + levels[:, 2:, 1:-1]
    return np.asarray((across + down - 4 * inner).reshape(len(levels), -1).var(axis=1))
