"""The pool in two dimensions, to be looked at: principal components, or UMAP where installed."""

import warnings
from importlib.util import find_spec

import numpy as np

from labeler.exceptions import ConfigError
from labeler.learning.cluster_analysis.records import PoolMap
from labeler.learning.threads import one_thread
from labeler.progress import SILENT, Progress
from labeler.words import installing

METHODS = ("pca", "umap")
SAMPLE = 2_000
"""Images on the map: more would hide each other."""

EXACT_UP_TO = 1_000
"""Features up to which the principal components are exact."""

N_NEIGHBORS = 15
NO_UMAP = f"UMAP is not installed: {installing('umap')}, or let the map be drawn by pca."


def has_umap() -> bool:
    """Whether UMAP is installed."""
    return find_spec("umap") is not None


@one_thread()
def map_pool(
    X: np.ndarray,
    rng: np.random.Generator,
    *,
    method: str = "pca",
    n_images: int = SAMPLE,
    progress: Progress = SILENT,
) -> PoolMap:
    """Lay out a sample of the pool.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
        The pool.
    rng : numpy.random.Generator
        Draws the sample.
    method : str
        One of ``METHODS``.
    n_images : int
        At most so many are drawn.
    progress : Progress
        Told of each step.

    Returns
    -------
    PoolMap
        Where each image of the sample lies.

    Raises
    ------
    ConfigError
        UMAP is asked for and not installed, or the method is not known.
    """
    if method not in METHODS:
        raise ConfigError(f"A map by {method!r} is not known; it can be {' or '.join(METHODS)}.")
    places = np.arange(len(X))
    if len(X) > n_images:
        places = np.sort(rng.choice(len(X), n_images, replace=False))
    sample = np.asarray(X[places])
    with progress.task(f"Drawing the map ({method.upper()})"):
        xy, explained = (
            _by_umap(sample, int(rng.integers(2**31))) if method == "umap" else _by_pca(sample)
        )
    return PoolMap(places, _fitted(xy), method, explained)


def _by_pca(X: np.ndarray) -> tuple[np.ndarray, float | None]:
    if len(X) < 2:
        return np.zeros((len(X), 2)), 0.0
    from sklearn.decomposition import PCA  # a second that no page waits for

    n_components = min(2, *X.shape)
    # Neither solver's cost grows with the square of the images.
    solver = "covariance_eigh" if X.shape[1] <= EXACT_UP_TO else "randomized"
    pca = PCA(n_components, svd_solver=solver, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all images alike: no variance
        xy = pca.fit_transform(X)
    xy = np.pad(xy, ((0, 0), (0, 2 - n_components)))
    explained = float(np.nan_to_num(pca.explained_variance_ratio_).sum())
    return xy, explained


def _by_umap(X: np.ndarray, random_state: int) -> tuple[np.ndarray, float | None]:
    if not has_umap():
        raise ConfigError(NO_UMAP)
    with warnings.catch_warnings():
        # It says that a seed makes it use one thread: so it shall.
        warnings.simplefilter("ignore")
        from umap import UMAP

        n_neighbors = max(2, min(N_NEIGHBORS, len(X) - 1))
        init = "spectral" if len(X) > N_NEIGHBORS else "random"
        reducer = UMAP(n_neighbors=n_neighbors, random_state=random_state, init=init)
        return np.asarray(reducer.fit_transform(X)), None


def _fitted(xy: np.ndarray) -> np.ndarray:
    """Moved and scaled into the unit square, its aspect kept."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    side = float((high - low).max()) or 1.0
    fitted: np.ndarray = (0.5 + (xy - (low + high) / 2) / side).astype(np.float32)
    return fitted
