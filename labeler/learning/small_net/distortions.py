"""Images distorted at random, many at once: what a net must not take for a difference of class."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Distortions:
    """How far images are distorted, each in its own way.

    Attributes
    ----------
    shift : float
        Pixels, either way.
    turn : float
        Degrees, either way.
    scale : tuple of float
        Smallest and largest size, as a share of the image's own.
    contrast : float
        Largest share that is added to or taken off the differences from the mean.
    erased : float
        Side of the square that is blanked in every other image, as a share of the image's side.
    is_symmetric : bool
        Whether images are turned by quarters and mirrored, too: where they have no up.
    """

    shift: float
    turn: float
    scale: tuple[float, float]
    contrast: float = 0.0
    erased: float = 0.0
    is_symmetric: bool = False


WEAK = Distortions(shift=2, turn=6, scale=(0.92, 1.08))
STRONG = Distortions(
    shift=3, turn=12, scale=(0.75, 1.25), contrast=0.4, erased=0.3, is_symmetric=True
)


def distorted(images: np.ndarray, how: Distortions, rng: np.random.Generator) -> np.ndarray:
    """Distort each image in its own way.

    Parameters
    ----------
    images : ndarray of shape (n, side, side, n_channels), dtype float32
        0 is the mean: what is blanked becomes 0.
    how : Distortions
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of the same shape and dtype
        Beyond its rim, an image goes on as at its rim.
    """
    n, side = images.shape[:2]
    moved = _sampled(images, *_sources(n, side, how, rng))
    if how.contrast:
        means = moved.mean(axis=(1, 2), keepdims=True)
        factors = 1 + rng.uniform(-how.contrast, how.contrast, (n, 1, 1, 1)).astype(np.float32)
        moved = means + factors * (moved - means)
    if how.erased:
        moved[_blanked(n, side, how.erased, rng)] = 0
    return moved


def _sources(
    n: int, side: int, how: Distortions, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Where each pixel comes from: rows and columns, each of shape (n, side, side)."""
    angles = np.deg2rad(rng.uniform(-how.turn, how.turn, n))
    mirrored = np.ones(n)
    if how.is_symmetric:
        angles += rng.integers(4, size=n) * (np.pi / 2)
        mirrored = rng.choice([-1.0, 1.0], n)
    stretch = 1 / rng.uniform(*how.scale, n)
    cos, sin = stretch * np.cos(angles), stretch * np.sin(angles)
    shifts = rng.uniform(-how.shift, how.shift, (2, n, 1, 1))
    middle = (side - 1) / 2
    rows, columns = np.mgrid[:side, :side] - middle
    columns = columns * mirrored[:, None, None]
    cos, sin = cos[:, None, None], sin[:, None, None]
    return (
        cos * rows - sin * columns + shifts[0] + middle,
        sin * rows + cos * columns + shifts[1] + middle,
    )


def _sampled(images: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The images at places between their pixels, each from the four pixels around it."""
    last = images.shape[1] - 1
    rows, columns = np.clip(rows, 0, last), np.clip(columns, 0, last)
    top, left = rows.astype(np.intp), columns.astype(np.intp)
    bottom, right = np.minimum(top + 1, last), np.minimum(left + 1, last)
    down = (rows - top).astype(np.float32)[..., None]
    across = (columns - left).astype(np.float32)[..., None]
    each = np.arange(len(images))[:, None, None]
    upper = images[each, top, left] * (1 - across) + images[each, top, right] * across
    lower = images[each, bottom, left] * (1 - across) + images[each, bottom, right] * across
    return np.asarray(upper * (1 - down) + lower * down)


def _blanked(n: int, side: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """Mask of shape (n, side, side): a square somewhere in every other image, on average."""
    corners = rng.integers(side, size=(2, n, 1))
    places = np.arange(side)
    within = (places >= corners) & (places < corners + round(share * side))
    rows, columns = within
    chosen = rng.integers(2, size=n).astype(bool)
    return np.asarray(chosen[:, None, None] & rows[:, :, None] & columns[:, None, :])
