"""Figures that take no more than counting: what clusters hold, how many labels are right.

Pages ask for them too, so that nothing here needs scikit-learn.
"""

import numpy as np

from labeler.records import UNLABELED, Clusters


def contingency(
    clusters: np.ndarray, classes: np.ndarray, n_clusters: int, n_classes: int
) -> np.ndarray:
    """Count the images of each class in each cluster.

    Parameters
    ----------
    clusters : ndarray of shape (n,), dtype int
    classes : ndarray of shape (n,), dtype int
        ``UNLABELED`` where not known: such an image is not counted.
    n_clusters, n_classes : int

    Returns
    -------
    ndarray of shape (n_clusters, n_classes), dtype int64
    """
    known = classes != UNLABELED
    cells = clusters[known].astype(np.int64) * n_classes + classes[known]
    counts: np.ndarray = np.bincount(cells, minlength=n_clusters * n_classes)
    return counts.reshape(n_clusters, n_classes)


def mean_distances(clusters: Clusters) -> np.ndarray:
    """Average the distances of each cluster's images to its centroid.

    Parameters
    ----------
    clusters : Clusters

    Returns
    -------
    ndarray of shape (n_clusters,), dtype float64
    """
    means: np.ndarray = _sums(clusters) / clusters.sizes
    return means


def looseness(clusters: Clusters) -> np.ndarray:
    """Compare the mean distance in each cluster with that of all images.

    Parameters
    ----------
    clusters : Clusters

    Returns
    -------
    ndarray of shape (n_clusters,), dtype float64
        Above 1 for a cluster that is looser than all together; 0 where all images are the same.
    """
    overall = float(_sums(clusters).sum() / len(clusters.labels)) or 1.0
    return mean_distances(clusters) / overall


def _sums(clusters: Clusters) -> np.ndarray:
    return np.bincount(clusters.labels, weights=clusters.distances, minlength=clusters.n_clusters)


def is_known(labels: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Find the labels that can be held against the truth.

    Parameters
    ----------
    labels, truth : ndarray of shape (n,), dtype int
        ``UNLABELED`` where there is none.

    Returns
    -------
    ndarray of shape (n,), dtype bool
    """
    known: np.ndarray = (labels != UNLABELED) & (truth != UNLABELED)
    return known


def label_accuracy(labels: np.ndarray, truth: np.ndarray) -> float:
    """Share of the labels that are right, of those whose truth is known.

    Parameters
    ----------
    labels, truth : ndarray of shape (n,), dtype int
        ``UNLABELED`` where there is none.

    Returns
    -------
    float
        0 to 1; nan where nothing is known.
    """
    known = is_known(labels, truth)
    return float(np.mean(labels[known] == truth[known])) if known.any() else float("nan")


def share_interval(n_right: int, n: int) -> tuple[float, float]:
    """Say between which shares the true one lies, of which some cases were seen.

    Wilson, "Probable inference, the law of succession, and statistical inference" (Journal of the
    American Statistical Association, 1927); at 95 %.

    Parameters
    ----------
    n_right : int
    n : int
        At least one.

    Returns
    -------
    low, high : float
    """
    z = 1.959964
    share, spread = n_right / n, z * z / n
    middle = share + spread / 2
    half = z * np.sqrt(share * (1 - share) / n + spread / (4 * n))
    low, high = (middle - half) / (1 + spread), (middle + half) / (1 + spread)
    return max(0.0, float(low)), min(1.0, float(high))
