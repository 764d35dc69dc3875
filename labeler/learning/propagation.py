"""A few answers in, many labels out. An answer itself is never changed by propagation."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from labeler.learning.scaling import evened_out
from labeler.learning.softmax_regression import MARGIN_FLOOR, SoftmaxRegression, margins
from labeler.learning.threads import one_thread
from labeler.records import UNLABELED, Answer, Clusters, LabelSet, Source

if TYPE_CHECKING:
    from scipy.sparse import csr_array

ROUNDING = 1e-9
"""Keeps 0.2 of 15 images at 3, although 0.2 * 15 is a little more than 3 in floating point."""


def answers_only(answers: Sequence[Answer], n_images: int) -> LabelSet:
    """The answers as a label set: nothing spread.

    Parameters
    ----------
    answers : sequence of Answer
        Skips leave their image without a label.
    n_images : int
        Size of the pool.

    Returns
    -------
    LabelSet
    """
    label_set = _unlabeled(n_images)
    _write_answers(label_set, answers)
    return label_set


def propagate_to_clusters(
    answers: Sequence[Answer], clusters: Clusters, fraction: float
) -> LabelSet:
    """Give each answer to the nearest ``fraction`` of the cluster it stands for.

    The confidence of a spread label falls with its rank in the cluster, from 1 at the centroid
    to ``1 / size`` at the rim: it orders images, it is not a probability.

    Parameters
    ----------
    answers : sequence of Answer
        Skipped clusters, and answers that stand for no cluster, are not spread.
    clusters : Clusters
    fraction : float
        Share of each cluster, nearest to the centroid first, rounded up; above 0, at most 1.

    Returns
    -------
    LabelSet

    Raises
    ------
    ValueError
        ``fraction`` is out of range.
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction is {fraction}; it must be above 0 and at most 1")
    answer_of_cluster = np.full(clusters.n_clusters, UNLABELED, dtype=np.int64)
    image_of_cluster = np.full(clusters.n_clusters, -1, dtype=np.int64)
    for answer in answers:
        if answer.label is not None and answer.question.cluster is not None:
            answer_of_cluster[answer.question.cluster] = answer.label
            image_of_cluster[answer.question.cluster] = answer.question.image

    reach = np.array([math.ceil(fraction * size - ROUNDING) for size in clusters.sizes])
    reached = clusters.ranks < reach[clusters.labels]
    labels = np.where(reached, answer_of_cluster[clusters.labels], UNLABELED)
    spread = labels != UNLABELED
    certainty = 1 - clusters.ranks / clusters.sizes[clusters.labels]
    label_set = LabelSet(
        labels=labels,
        sources=np.where(spread, Source.PROPAGATED, Source.NONE).astype(np.int8),
        confidences=np.where(spread, certainty, 0).astype(np.float32),
        origins=np.where(spread, image_of_cluster[clusters.labels], -1),
    )
    _write_answers(label_set, answers)
    return label_set


DAMPING = 0.9
"""Share of its probabilities that an image takes from its neighbours, in each step."""
STEPS = 30

REPRESENTED = 0.5
"""Power of the number of images that an answer stands for, in its weight. The full number lets a
few answers in dense places drown the others; none at all makes a rare kind as heavy as a common
one."""

EVENNESS = 0.5
"""How far the shares of the classes, as the answers tell them, are drawn to equal ones: a hundred
answers tell a class's share to within a few points only."""

REFINEMENTS = 2
REFINING_DAMPING = 0.5
REFINING_STEPS = 8
REFINED_ON = 20_000
"""Images the regression between two spreadings is trained on."""


@one_thread()
def propagate_over_graph(
    answers: Sequence[Answer],
    graph: "csr_array",
    X: np.ndarray,
    n_classes: int,
    *,
    n_refinements: int | None = None,
) -> LabelSet:
    """Spread the answers from neighbour to neighbour, as probabilities.

    Label spreading (Zhou et al., "Learning with local and global consistency", NeurIPS 2004),
    with answers weighted by the images nearest to them and the classes balanced towards the shares
    that the answers tell. Refining asks a logistic regression that is trained on the spread
    labels what it would say, multiplies both opinions, and spreads again: what lies between two
    answers is then also decided by what their classes look like elsewhere.

    Parameters
    ----------
    answers : sequence of Answer
        Skips say nothing.
    graph : csr_array of shape (n, n), dtype float32
        From ``graph.neighbour_graph``.
    X : ndarray of shape (n, n_features), dtype float32
        The vectors that the graph joins.
    n_classes : int
    n_refinements : int, optional
        How often that is done; None: ``REFINEMENTS`` times.

    Returns
    -------
    LabelSet
        Every image has a label if there is any answer. The confidence of a spread label, the
        largest of its soft labels, orders images and is higher than the share that is right; the
        label comes from no single answer.
    """
    named = [answer for answer in answers if answer.label is not None]
    if not named:
        return _unlabeled(len(X))
    images = np.array([answer.question.image for answer in named])
    labels = np.array([answer.label for answer in named])
    said = np.eye(n_classes, dtype=np.float32)[labels]
    nearest = _nearest_answers(X, X[images])
    represented = np.maximum(np.bincount(nearest, minlength=len(images)), 1)
    shares = _class_shares(said, represented)
    weights = (represented / represented.mean()) ** REPRESENTED
    given = np.zeros((len(X), n_classes), dtype=np.float32)
    given[images] = said * weights[:, None]
    spread = _spread(given, graph, DAMPING, STEPS)
    unreached = spread.sum(axis=1) <= 0
    spread[unreached] = said[nearest[unreached]]
    probabilities = _balanced(spread, shares)
    times = REFINEMENTS if n_refinements is None else n_refinements
    probabilities = _refined(probabilities, times, images, said, shares, graph, X)
    label_set = LabelSet(
        labels=probabilities.argmax(axis=1).astype(np.int64),
        sources=np.full(len(X), Source.PROPAGATED, dtype=np.int8),
        confidences=probabilities.max(axis=1),
        origins=np.full(len(X), -1, dtype=np.int64),
        probabilities=probabilities,
    )
    _write_answers(label_set, named)
    probabilities[images] = said
    return label_set


def _class_shares(said: np.ndarray, represented: np.ndarray) -> np.ndarray:
    """How frequent each class is by the images that its answers stand for; shape (n_classes,)."""
    told = represented @ said / represented.sum()
    return np.asarray((1 - EVENNESS) * told + EVENNESS / said.shape[1], dtype=np.float32)


def _refined(
    probabilities: np.ndarray,
    times: int,
    images: np.ndarray,
    said: np.ndarray,
    shares: np.ndarray,
    graph: "csr_array",
    X: np.ndarray,
) -> np.ndarray:
    vectors = evened_out(X)
    taught_by = np.random.default_rng(0).permutation(len(X))[:REFINED_ON]
    regression = SoftmaxRegression(max_iter=25)
    for _ in range(times):
        soft = probabilities[taught_by]
        regression.fit(vectors[taught_by], soft, margins(soft) + MARGIN_FLOOR)
        both = probabilities * regression.predict_proba(vectors)
        both /= np.maximum(both.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
        both[images] = said
        probabilities = _balanced(_spread(both, graph, REFINING_DAMPING, REFINING_STEPS), shares)
    return probabilities


def _spread(given: np.ndarray, graph: "csr_array", damping: float, steps: int) -> np.ndarray:
    spread = given
    for _ in range(steps):
        spread = np.float32(damping) * (graph @ spread) + np.float32(1 - damping) * given
    return np.asarray(spread)


def _balanced(spread: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Rows as probabilities, with each class scaled towards its share."""
    tiny = np.finfo(np.float32).tiny
    rows = spread / np.maximum(spread.sum(axis=1, keepdims=True), tiny)
    rows *= shares / np.maximum(rows.mean(axis=0), 1e-6)
    return np.asarray(rows / np.maximum(rows.sum(axis=1, keepdims=True), tiny), dtype=np.float32)


def _nearest_answers(X: np.ndarray, answered: np.ndarray) -> np.ndarray:
    """Which answered image is nearest to each image."""
    from sklearn.neighbors import NearestNeighbors  # a second that no page waits for

    index = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(answered)
    return np.asarray(index.kneighbors(X, return_distance=False)[:, 0])


def _unlabeled(n_images: int) -> LabelSet:
    return LabelSet(
        labels=np.full(n_images, UNLABELED, dtype=np.int64),
        sources=np.full(n_images, Source.NONE, dtype=np.int8),
        confidences=np.zeros(n_images, dtype=np.float32),
        origins=np.full(n_images, -1, dtype=np.int64),
    )


def _write_answers(label_set: LabelSet, answers: Sequence[Answer]) -> None:
    for answer in answers:
        if answer.label is not None:
            image = answer.question.image
            label_set.labels[image] = answer.label
            label_set.sources[image] = answer.source
            label_set.confidences[image] = 1
            label_set.origins[image] = image
