"""The scales of features, drawn together before a linear classifier sees them."""

import numpy as np

LENGTH = 3.0
"""Root mean square length of the vectors, to which the penalty of the regression is matched."""


def evened_out(X: np.ndarray) -> np.ndarray:
    """Features divided by the fourth root of their spread, all of them by one factor more.

    See ``spread_scale``; the factor makes the root mean square of the vectors' lengths ``LENGTH``.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32

    Returns
    -------
    ndarray of shape (n, n_features), dtype float32
    """
    return np.asarray(X / evening_scale(X))


def evening_scale(X: np.ndarray) -> np.ndarray:
    """What ``evened_out`` divides by: ndarray of shape (n_features,), dtype float32."""
    scale = spread_scale(X)
    squares = X / scale
    squares *= squares
    mean_square = float(np.mean(squares) * X.shape[1])
    return np.asarray(scale * np.float32(max(np.sqrt(mean_square), 1e-12) / LENGTH))


def spread_scale(X: np.ndarray) -> np.ndarray:
    """Fourth root of each feature's spread, relative to the widest; 1 for a constant feature.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32

    Returns
    -------
    ndarray of shape (n_features,), dtype float32
    """
    spread = X.std(axis=0)
    widest = max(float(spread.max()), np.finfo(np.float32).tiny)
    return np.where(spread > 0, (spread / widest) ** 0.25, 1).astype(np.float32)
