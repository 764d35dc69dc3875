"""Histograms of oriented gradients: where in an image edges run, and which way."""

import numpy as np

CELLS = 7
"""Cells along each side. Their windows overlap, so that a small shift moves little."""

BINS = 18
"""Directions over the full circle: a bright edge on dark is not a dark edge on bright."""

CLIP = 0.2
_FLOOR = 0.01
"""Keeps blocks without any edge near zero instead of blowing up their noise."""


def gradient_histograms(images: np.ndarray) -> np.ndarray:
    """Histograms of oriented gradients with soft cells, in normalised 2 x 2 blocks.

    After Dalal and Triggs, "Histograms of oriented gradients for human detection" (CVPR 2005).
    Libraries compute them image by image; this one works on whole arrays, which is some twenty
    times faster on small images.

    Parameters
    ----------
    images : ndarray of shape (n, side, side, n_channels), dtype float32
        From 0 to 1. Of several channels the one with the strongest gradient counts.

    Returns
    -------
    ndarray of shape (n, (CELLS - 1)**2 * 4 * BINS), dtype float32
    """
    n, height, width, _ = images.shape
    strengths, directions = _gradients(images)
    place = directions * np.float32(BINS / (2 * np.pi)) - np.float32(0.5)
    lower = np.floor(place)
    share = place - lower
    first = lower.astype(np.intp) % BINS
    votes = np.zeros((n, height * width, BINS), dtype=np.float32)
    for bins, shares in ((first, 1 - share), ((first + 1) % BINS, share)):
        np.put_along_axis(votes, bins[..., None], (strengths * shares)[..., None], axis=2)
    windows = np.kron(_soft_windows(height), _soft_windows(width))
    cells = np.matmul(windows, votes).reshape(n, CELLS, CELLS, BINS)
    corners = (cells[:, :-1, :-1], cells[:, 1:, :-1], cells[:, :-1, 1:], cells[:, 1:, 1:])
    blocks = _normalised(np.concatenate(corners, axis=3))
    return _normalised(np.minimum(blocks, CLIP)).reshape(n, -1)


def _gradients(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Strength and direction (0 to 2 pi) at each pixel: two arrays of shape (n, n_pixels)."""
    n = len(images)
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    across = padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]
    down = padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]
    squares = across * across + down * down
    strongest = squares.argmax(axis=3)[..., None]
    across, down, squares = (
        np.take_along_axis(values, strongest, axis=3).reshape(n, -1)
        for values in (across, down, squares)
    )
    return np.sqrt(squares), np.arctan2(down, across) % np.float32(2 * np.pi)


def _soft_windows(side: int) -> np.ndarray:
    """Overlapping triangles along one side, shape (CELLS, side)."""
    width = side / CELLS
    centers = (np.arange(CELLS) + 0.5) * width - 0.5
    distances = np.abs(np.arange(side) - centers[:, None])
    return np.maximum(0, 1 - distances / width).astype(np.float32)


def _normalised(blocks: np.ndarray) -> np.ndarray:
    lengths = np.sqrt((blocks * blocks).sum(axis=3, keepdims=True) + np.float32(_FLOOR))
    return np.asarray(blocks / lengths)
