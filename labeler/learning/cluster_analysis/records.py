"""What passes between the parts of an exploration, and to those who show it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from labeler.records import Clusters

Path = tuple[int, ...]
"""Where a cluster is in the tree of cuts: ``(3, 1)`` is part 1 of cluster 3."""


def path_name(path: Path) -> str:
    """``(3, 1)`` → ``"3.1"``; the whole pool is ``""``."""
    return ".".join(map(str, path))


@dataclass(frozen=True)
class IndexRow:
    """What the indices say of one k.

    Attributes
    ----------
    k : int
        Clusters asked for.
    inertia : float
        Sum of squared distances to the nearest centroid, over the pool.
    held_out : float or None
        Mean squared distance of a *test* image to its nearest centroid; None without such.
    silhouette, silhouette_sd : float
        Mean over several samples of the pool, and the standard deviation between them.
    calinski_harabasz, davies_bouldin : float
        Over the whole pool.
    stability, stability_sd : float
        Adjusted Rand index between independent runs: mean over all pairs, and their standard
        deviation.
    purity, agreement : float or None
        Share of the pool's images that belong to the class most frequent in their cluster, and
        the adjusted Rand index between clusters and classes; None without ground truth.
    """

    k: int
    inertia: float
    held_out: float | None
    silhouette: float
    silhouette_sd: float
    calinski_harabasz: float
    davies_bouldin: float
    stability: float
    stability_sd: float
    purity: float | None
    agreement: float | None


@dataclass(frozen=True)
class SuggestedK:
    """What one index says about the number of clusters.

    Attributes
    ----------
    index : str
        ``inertia``, ``silhouette``, ``calinski_harabasz``, ``davies_bouldin`` or ``stability``:
        the field of ``IndexRow`` it is read from.
    title : str
        What people call it.
    k : int or None
        None where the index suggests none.
    others : tuple of int
        Further local optima inside the range, the best first; none for the elbow.
    at_edge : bool
        Whether ``k`` is an end of the range looked at, so that the range decided it.
    rule : str
        How ``k`` is read off the curve.
    says, does_not_say : str
        One plain sentence each.
    """

    index: str
    title: str
    k: int | None
    others: tuple[int, ...]
    at_edge: bool
    rule: str
    says: str
    does_not_say: str


@dataclass(frozen=True, eq=False)
class Survey:
    """Every k of a range, measured.

    Attributes
    ----------
    rows : tuple of IndexRow
        One for each k, ascending.
    centers : dict of int to ndarray of shape (k, n_features), dtype float32
        Centroids by k.
    notes : tuple of str
        What the reader of the figures must know.
    """

    rows: tuple[IndexRow, ...]
    centers: Mapping[int, np.ndarray]
    notes: tuple[str, ...] = ()

    @property
    def ks(self) -> tuple[int, ...]:
        """The numbers of clusters measured, ascending."""
        return tuple(row.k for row in self.rows)


@dataclass(frozen=True, eq=False)
class Division:
    """One cut: the whole pool, or one cluster, into parts.

    Attributes
    ----------
    path : tuple of int
        What was cut; ``()`` is the whole pool.
    centers : ndarray of shape (n_parts, n_features), dtype float32
        Centroids; part ``i`` has the path ``(*path, i)``.
    """

    path: Path
    centers: np.ndarray


@dataclass(frozen=True, eq=False)
class Partition:
    """The pool cut into clusters, with the lineage of each.

    Attributes
    ----------
    clusters : Clusters
        The clusters that were not cut again, in the order of their paths.
    paths : tuple of tuple of int
        Where each is in the tree; as long as ``clusters`` has clusters.
    divisions : tuple of Division
        Every cut, a parent before its parts; the first is that of the whole pool.
    """

    clusters: Clusters
    paths: tuple[Path, ...]
    divisions: tuple[Division, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """``"3"``, ``"3.1"``: what people call each cluster."""
        return tuple(map(path_name, self.paths))


@dataclass(frozen=True, eq=False)
class VectorSplit:
    """Some vectors cut into parts.

    Attributes
    ----------
    labels : ndarray of shape (n,), dtype int32
        Part of each vector; the largest part is 0.
    centers : ndarray of shape (n_parts, n_features), dtype float32
    silhouettes : dict of int to float
        Sampled silhouette by number of parts, where that was to be suggested; else empty.
    """

    labels: np.ndarray
    centers: np.ndarray
    silhouettes: Mapping[int, float]

    @property
    def n_parts(self) -> int:
        return len(self.centers)


@dataclass(frozen=True, eq=False)
class ClusterDetails:
    """What is in one cluster.

    Attributes
    ----------
    cluster : int
        Its place in the partition.
    path : tuple of int
    name : str
        ``"3"``, ``"3.1"``.
    size : int
    share : float
        Of the pool.
    spread : float
        Mean distance of its images to its centroid.
    looseness : float
        ``spread`` relative to that of all clusters together; above 1 is looser.
    silhouette : float or None
        Mean over its images in a sample; None where the sample has none of them.
    neighbour : int or None
        The cluster whose centroid is nearest; None where there is no other.
    representative : int
        Place in the pool of the image nearest its centroid.
    nearest, farthest : ndarray of shape (m,), dtype int64
        Places in the pool: from the centroid outwards, and from the rim inwards.
    histogram, test_histogram : ndarray of shape (n_classes,), dtype int64, or None
        Images of each true class, in the pool and among the test images that are nearest to its
        centroid; None without ground truth.
    n_test : int
        Test images assigned to it, whether their class is known or not.
    majority : int or None
        The class most frequent in it; None where no image of it has a known class.
    purity, test_purity : float or None
        Share of its images of known class that are of the class ``majority``.
    """

    cluster: int
    path: Path
    name: str
    size: int
    share: float
    spread: float
    looseness: float
    silhouette: float | None
    neighbour: int | None
    representative: int
    nearest: np.ndarray
    farthest: np.ndarray
    histogram: np.ndarray | None
    test_histogram: np.ndarray | None
    n_test: int
    majority: int | None
    purity: float | None
    test_purity: float | None


@dataclass(frozen=True)
class ConfusedPair:
    """Images of one class that lie in clusters of another.

    Attributes
    ----------
    true, named : int
        Classes: what the images are, and the majority of the clusters they are in.
    n_images : int
    share : float
        Of all images of the class ``true``.
    """

    true: int
    named: int
    n_images: int
    share: float


@dataclass(frozen=True, eq=False)
class PartitionDetails:
    """What is in the clusters of one partition.

    Attributes
    ----------
    clusters : tuple of ClusterDetails
        In the partition's order.
    purity, test_purity : float or None
        Share of images whose class is the majority (in the pool) of their cluster: as good as
        labels become if each cluster is named right and the name is given to all of it.
    confused : tuple of ConfusedPair
        The largest share first; none without ground truth.
    missing : tuple of int
        Classes that are the majority of no cluster: naming clusters never gives them.
    """

    clusters: tuple[ClusterDetails, ...]
    purity: float | None
    test_purity: float | None
    confused: tuple[ConfusedPair, ...]
    missing: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class PoolMap:
    """A sample of the pool in two dimensions.

    Attributes
    ----------
    places : ndarray of shape (m,), dtype int64
        Places in the pool, ascending.
    xy : ndarray of shape (m, 2), dtype float32
        From 0 to 1 along the longer side; the aspect is kept.
    method : str
        ``pca`` or ``umap``.
    explained : float or None
        Share of the variance that the two axes hold; None for UMAP, whose axes mean nothing.
    """

    places: np.ndarray
    xy: np.ndarray
    method: str
    explained: float | None
