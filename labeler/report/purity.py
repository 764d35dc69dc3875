"""What is really inside each cluster: the sample run held against the true classes."""

from dataclasses import dataclass

import numpy as np

from labeler.datasets.base import Split
from labeler.learning.figures import contingency
from labeler.records import LabelingRun

_SMALLEST = 3
"""A cluster of fewer known images is not called mixed: one odd image would decide it."""


@dataclass(frozen=True, eq=False)
class Purity:
    """The true classes of each cluster.

    Attributes
    ----------
    histogram : ndarray of shape (n_clusters, n_classes), dtype int64
        Images of each true class; images of unknown class are not counted.
    given : ndarray of shape (n_clusters,), dtype int64
        The name the cluster got: the answer for its representative, -1 without one.
    sizes : ndarray of shape (n_clusters,), dtype int64
        All its images.
    """

    histogram: np.ndarray
    given: np.ndarray
    sizes: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """Images of known class in each cluster."""
        known: np.ndarray = self.histogram.sum(axis=1)
        return known

    @property
    def shares(self) -> np.ndarray:
        """Share of the most frequent true class in each cluster; nan where none is known."""
        shares = np.full(len(self.sizes), np.nan)
        np.divide(self.histogram.max(axis=1), self.known, out=shares, where=self.known > 0)
        return shares

    @property
    def majority(self) -> np.ndarray:
        """The most frequent true class of each cluster."""
        majority: np.ndarray = self.histogram.argmax(axis=1)
        return majority

    @property
    def is_misnamed(self) -> np.ndarray:
        """Clusters named after a class that is not the most frequent one in them."""
        most = self.histogram.max(axis=1)
        own = self.histogram[np.arange(len(self.given)), np.maximum(self.given, 0)]
        misnamed: np.ndarray = (self.given >= 0) & (self.known > 0) & (own < most)
        return misnamed

    @property
    def overall(self) -> float:
        """Share of all known images that belong to the most frequent class of their cluster."""
        return float(self.histogram.max(axis=1).sum() / self.known.sum())

    def most_mixed(self, n: int) -> list[int]:
        """The ``n`` clusters of lowest purity, the larger first among equals."""
        order = np.lexsort((-self.sizes, self.shares))
        return [int(i) for i in order if self.known[i] >= _SMALLEST and self.shares[i] < 1][:n]


def purity(run: LabelingRun, pool: Split, n_classes: int) -> Purity | None:
    """Count the true classes in each cluster of ``run``; None without any ground truth."""
    if not pool.is_labeled.any():
        return None
    clusters, n_clusters = run.clusters, run.clusters.n_clusters
    histogram = contingency(clusters.labels, pool.labels, n_clusters, n_classes)
    return Purity(histogram, _given(run, n_clusters), clusters.sizes)


def _given(run: LabelingRun, n_clusters: int) -> np.ndarray:
    labels = np.full(n_clusters, -1, dtype=np.int64)
    for answer in run.answers:
        if answer.question.cluster is not None and answer.label is not None:
            labels[answer.question.cluster] = answer.label
    return labels
