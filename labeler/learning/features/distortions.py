"""Small distortions of images: what may change about an image without changing its class."""

import numpy as np
from scipy.ndimage import affine_transform

SHIFT = 1.5
"""Pixels, either way."""
ROTATION = 5.0
"""Degrees, either way."""
SCALE = 0.05
"""Natural logarithm of the stretch along each side, either way."""


def distort(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shift, turn and stretch each image a little, each in its own way.

    Parameters
    ----------
    images : ndarray of shape (n, side, side, n_channels), dtype float32
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of the same shape and dtype
    """
    n, height, width, n_channels = images.shape
    middle = (np.array([height, width]) - 1) / 2
    angles = np.deg2rad(rng.uniform(-ROTATION, ROTATION, n))
    stretches = np.exp(rng.uniform(-SCALE, SCALE, (n, 2)))
    shifts = rng.uniform(-SHIFT, SHIFT, (n, 2))
    distorted = np.empty_like(images)
    for i in range(n):
        cos, sin = np.cos(angles[i]), np.sin(angles[i])
        turn = np.array([[cos, -sin], [sin, cos]]) * stretches[i][:, None]
        offset = middle - turn @ middle + shifts[i]
        for channel in range(n_channels):
            distorted[i, ..., channel] = affine_transform(
                images[i, ..., channel], turn, offset, order=1, mode="nearest"
            )
    return distorted
