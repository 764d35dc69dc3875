"""The k-means runs of a survey, and what one k may owe to another.

Sound to share: the sample that the runs are tried on, and the centroids of a smaller k. These,
with one more image as a centroid, are one more start for the next k, which competes with the
independent ones for the lowest inertia; so inertia never rises with k.

Not sound to share: anything between the runs that stability compares. Two runs that begin at the
same centroids agree because of that, and not because of the data. The warm start is therefore
left out of the comparison.

The runs are tried on a sample; only the best of each k is carried on with the whole pool.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np

from labeler.learning.clustering import FEWER_CLUSTERS
from labeler.learning.threads import in_threads, one_thread
from labeler.progress import SILENT, Progress, track

N_STARTS = 5
"""Independent runs for each k: ten pairs to compare."""

SAMPLE = 10_000
PER_CLUSTER = 50
"""Images that the runs are tried on, in all or for each cluster, whichever are more."""

MAX_ITER = 100
TOLERANCE = 1e-3
"""Movement of the centroids, relative to the variance, at which the run on the whole pool ends;
going on to scikit-learn's 1e-4 lowers inertia by a hundred-thousandth."""

N_CANDIDATES = 10
"""Images among which the next centroid of a warm start is chosen."""


@dataclass(frozen=True, eq=False)
class KMeansRun:
    """One k-means run, finished.

    Attributes
    ----------
    centers : ndarray of shape (k, n_features), dtype float32
    labels : ndarray of shape (n,), dtype int32
    inertia : float
    """

    centers: np.ndarray
    labels: np.ndarray
    inertia: float


def independent_runs(
    X: np.ndarray,
    ks: Sequence[int],
    rng: np.random.Generator,
    n_starts: int = N_STARTS,
    progress: Progress = SILENT,
) -> dict[int, list[KMeansRun]]:
    """k-means++ and Lloyd's iterations from several seeds for each k.

    The runs of one k are the same whatever other ks are asked for.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
        The sample.
    ks : sequence of int
    rng : numpy.random.Generator
        Only one number is drawn from it.
    n_starts : int
    progress : Progress
    """
    base = int(rng.integers(2**31))

    def run(which: tuple[int, int]) -> KMeansRun:
        k, start = which
        seed = np.random.SeedSequence([base, k, start]).generate_state(1)[0]
        return fit(X, k, random_state=int(seed))

    jobs = list(product(ks, range(n_starts)))
    runs: dict[int, list[KMeansRun]] = {k: [] for k in ks}
    with _fewer_clusters_are_expected():
        done = track(in_threads(run, jobs), progress, "Trying numbers of clusters", len(jobs))
        for (k, _), result in zip(jobs, done, strict=True):
            runs[k].append(result)
    return runs


@one_thread()
def best_runs(
    X: np.ndarray, runs: Mapping[int, Sequence[KMeansRun]], rng: np.random.Generator
) -> dict[int, KMeansRun]:
    """The run of lowest inertia for each k: an independent one, or one begun at the k before."""
    best: dict[int, KMeansRun] = {}
    previous: KMeansRun | None = None
    with _fewer_clusters_are_expected():
        for k in sorted(runs):
            candidates = list(runs[k])
            if previous is not None:
                candidates.append(run_from(X, extend(X, previous.centers, k, rng)))
            previous = best[k] = min(candidates, key=lambda run: run.inertia)
    return best


@one_thread()
def carry_on(
    X: np.ndarray,
    begun: Mapping[int, KMeansRun],
    rng: np.random.Generator,
    progress: Progress = SILENT,
) -> dict[int, KMeansRun]:
    """The runs that were begun on a sample, finished on the whole pool.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
    begun : mapping of int to KMeansRun
        By k.
    rng : numpy.random.Generator
    progress : Progress
    """
    ks = sorted(begun)
    with _fewer_clusters_are_expected():
        finished = in_threads(lambda k: run_from(X, begun[k].centers), ks)
        steps = track(finished, progress, "Clustering all images", len(ks))
        runs = dict(zip(ks, steps, strict=True))
        for smaller, k in pairwise(ks):
            if runs[k].inertia > runs[smaller].inertia:
                # What was best on the sample need not be on the pool; this start cannot be worse.
                runs[k] = run_from(X, extend(X, runs[smaller].centers, k, rng))
    return runs


def run_from(X: np.ndarray, centers: np.ndarray) -> KMeansRun:
    """Lloyd's iterations from given centroids."""
    return fit(X, len(centers), init=centers, tol=TOLERANCE)


def fit(X: np.ndarray, n_clusters: int, **settings: Any) -> KMeansRun:
    """Run k-means once, and number the clusters by size, the largest first.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
    n_clusters : int
    **settings
        As of ``sklearn.cluster.KMeans``.
    """
    from sklearn.cluster import KMeans  # a second that no page waits for

    kmeans = KMeans(n_clusters, n_init=1, max_iter=MAX_ITER, **settings).fit(X)
    sizes = np.bincount(kmeans.labels_, minlength=len(kmeans.cluster_centers_))
    order = np.argsort(-sizes, kind="stable")[: np.count_nonzero(sizes)]
    numbers = np.empty(len(sizes), dtype=np.int32)
    numbers[order] = np.arange(len(order), dtype=np.int32)
    return KMeansRun(
        kmeans.cluster_centers_[order].astype(np.float32),
        numbers[kmeans.labels_],
        float(kmeans.inertia_),
    )


def extend(
    X: np.ndarray, centers: np.ndarray, n_clusters: int, rng: np.random.Generator
) -> np.ndarray:
    """More centroids beside those given, drawn as k-means++ draws them.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
    centers : ndarray of shape (k, n_features), dtype float32
    n_clusters : int
        How many there shall be.
    rng : numpy.random.Generator
    """
    from sklearn.metrics.pairwise import euclidean_distances, pairwise_distances_argmin_min

    _, nearest = pairwise_distances_argmin_min(X, centers, metric="sqeuclidean")
    for _ in range(n_clusters - len(centers)):
        total = float(nearest.sum(dtype=np.float64))
        if total == 0:  # every image is a centroid already
            break
        drawn = rng.choice(len(X), min(N_CANDIDATES, len(X)), p=nearest / total)
        left = np.minimum(nearest[:, None], euclidean_distances(X, X[drawn], squared=True))
        chosen = int(left.sum(axis=0, dtype=np.float64).argmin())
        nearest = left[:, chosen]
        centers = np.vstack([centers, X[drawn[chosen]]])
    return centers


@contextmanager
def _fewer_clusters_are_expected() -> Iterator[None]:
    """Where few images differ, the callers count what was found.

    Around all threads: what warnings are shown is one setting for all of them.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", FEWER_CLUSTERS)
        yield
