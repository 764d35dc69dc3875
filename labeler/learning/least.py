"""The least of many numbers in each row, found by the minima of groups."""

import numpy as np

DEPTH = 16
"""Numbers in a group, of which only the least is looked at first."""


def least_of_rows(squares: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the ``n`` least numbers of each row are, and these, ascending.

    They are among the ``n`` groups of columns that have the least minima, and minima are found far
    faster than an order.

    Parameters
    ----------
    squares : ndarray of shape (m, k), dtype float32
        ``k`` is a multiple of ``DEPTH``.
    n : int

    Returns
    -------
    places : ndarray of shape (m, n), dtype int64
    least : ndarray of shape (m, n), dtype float32
    """
    width = squares.shape[1] // DEPTH
    if n < width:
        minima = squares.reshape(-1, DEPTH, width).min(axis=1)
        groups = np.argpartition(minima, n - 1, axis=1)[:, :n]
        places = (groups[:, None] + width * np.arange(DEPTH)[:, None]).reshape(len(squares), -1)
        squares = np.take_along_axis(squares, places, axis=1)
    else:
        places = np.broadcast_to(np.arange(squares.shape[1]), squares.shape)
    nearest = np.argpartition(squares, n - 1, axis=1)[:, :n]
    least = np.take_along_axis(squares, nearest, axis=1)
    order = np.argsort(least, axis=1, kind="stable")
    nearest = np.take_along_axis(places, np.take_along_axis(nearest, order, axis=1), axis=1)
    return nearest, np.take_along_axis(least, order, axis=1)
