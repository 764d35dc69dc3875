"""Propagation over the graph of nearest neighbours, as probabilities."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from labeler.learning.propagation.base import Evidence, Propagation, unlabeled, write_answers
from labeler.learning.propagation.rejected import RejectedClasses
from labeler.learning.scaling import evened_out
from labeler.learning.softmax_regression import MARGIN_FLOOR, SoftmaxRegression, margins
from labeler.learning.threads import in_blocks, one_thread, workers
from labeler.progress import SILENT, Progress
from labeler.records import IN_REVIEW, Answer, LabelSet, Rejection, Source

if TYPE_CHECKING:
    from scipy.sparse import csr_array

NAME = "graph"
TITLE = "over the graph of nearest neighbours"
SHORT = "over the graph"
NEEDS_GRAPH = True
ROUGH = {"n_refinements": 0}
HEADING = "Over the graph"
EXPLANATION = "Each answer spreads over the graph, from image to image by likeness."
CONFIDENCE = "less the nearer another class came"

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

REVIEWED = 0.8
"""Weight of a label that somebody let stand, beside one that somebody gave: it was suggested, and
is easily let pass. Between 0.5 and 1 makes no difference of 0.1 points on Fashion-MNIST, with one
miss in ten or none."""

BLOCK = 8_192
"""Images that are spread to, or whose nearest answers are looked for, together, on each core."""

REFINEMENTS = 2
REFINING_DAMPING = 0.5
REFINING_STEPS = 8
REFINED_ON = 20_000
"""Images the regression between two spreadings is trained on."""


class GraphPropagation(Propagation):
    """Answers spread from neighbour to neighbour, as probabilities.

    Parameters
    ----------
    n_refinements : int, optional
        How often a regression that learned from the spread labels is asked, too; None:
        ``REFINEMENTS`` times.
    """

    def __init__(self, n_refinements: int | None = None) -> None:
        self.n_refinements = n_refinements

    def propagate(self, evidence: Evidence, progress: Progress = SILENT) -> LabelSet:
        """As ``propagate_over_graph``.

        Raises
        ------
        ValueError
            There is no graph.
        """
        if evidence.graph is None:
            raise ValueError("answers cannot spread over a graph that is not there")
        return propagate_over_graph(
            evidence.answers,
            evidence.graph,
            evidence.X,
            evidence.n_classes,
            n_refinements=self.n_refinements,
            rejections=evidence.rejections,
        )


Opinion = Callable[[np.ndarray], np.ndarray]
"""What something that learned from soft labels says of every image; both of (n, n_classes)."""


@one_thread()
def propagate_over_graph(
    answers: Sequence[Answer],
    graph: "csr_array",
    X: np.ndarray,
    n_classes: int,
    *,
    n_refinements: int | None = None,
    further: Sequence[Opinion] = (),
    rejections: Sequence[Rejection] = (),
) -> LabelSet:
    """Spread the answers from neighbour to neighbour, as probabilities.

    Label spreading (Zhou et al., "Learning with local and global consistency", NeurIPS 2004),
    with answers weighted by the images nearest to them and the classes balanced towards the shares
    that the answers tell. What was said in a review stands for its image alone, and tells nothing
    of how frequent classes are: the images were chosen for their doubt. Refining asks a logistic
    regression that is trained on the spread labels what it would say, multiplies both opinions,
    and spreads again: what lies between two answers is then also decided by what their classes
    look like elsewhere.

    Parameters
    ----------
    answers : sequence of Answer
        Skips say nothing.
    graph : csr_array of shape (n, n), dtype float32
        From ``graph.neighbour_graph``.
    X : ndarray of shape (n, n_features), dtype float32
        The vectors that the graph joins.
    n_classes : int
        Classes that there are, named or not.
    n_refinements : int, optional
        How often that is done; None: ``REFINEMENTS`` times.
    further : sequence of callable
        What else is asked after that, each once and in the same way: given soft labels of shape
        (n, n_classes), it says its own.
    rejections : sequence of Rejection
        In each step, what an image is known not to be gives its mass to the image's other classes.

    Returns
    -------
    LabelSet
        Every image has a label if there is any answer. The confidence of a spread label, the
        largest of its soft labels, orders images and is higher than the share that is right; the
        label comes from no single answer.
    """
    named = [answer for answer in answers if answer.label is not None]
    if not named:
        return unlabeled(len(X))
    images = np.array([answer.question.image for answer in named])
    labels = np.array([answer.label for answer in named])
    one_hot = np.eye(n_classes, dtype=np.float32)[labels]
    asked = were_asked(named)
    nearest = _nearest_answers(X, X[images[asked]])
    represented = np.maximum(np.bincount(nearest, minlength=int(asked.sum())), 1)
    shares = _class_shares(one_hot[asked], represented)
    seeds = np.zeros((len(X), n_classes), dtype=np.float32)
    seeds[images] = one_hot * _weights(named, asked, represented)[:, None]
    rejected = RejectedClasses(rejections, n_classes)
    spread = _spread(seeds, graph, DAMPING, STEPS, rejected)
    unreached = spread.sum(axis=1) <= 0
    spread[unreached] = one_hot[asked][nearest[unreached]]
    rejected.take_from(spread)
    probabilities = _balanced(spread, shares)
    times = REFINEMENTS if n_refinements is None else n_refinements
    for opinion in (*_regressions(X, times), *further):
        both = probabilities * opinion(probabilities)
        both /= np.maximum(both.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
        both[images] = one_hot
        spread = _spread(both, graph, REFINING_DAMPING, REFINING_STEPS, rejected)
        probabilities = _balanced(spread, shares)
    label_set = LabelSet(
        labels=probabilities.argmax(axis=1).astype(np.int64),
        sources=np.full(len(X), Source.PROPAGATED, dtype=np.int8),
        confidences=probabilities.max(axis=1),
        origins=np.full(len(X), -1, dtype=np.int64),
        probabilities=probabilities,
    )
    write_answers(label_set, named)
    probabilities[images] = one_hot
    return label_set


def were_asked(answers: Sequence[Answer]) -> np.ndarray:
    """Which answers were asked for: they stand for images around them; shape (n,), dtype bool.

    All of them, where nothing but a review said anything.
    """
    asked = np.array([answer.source not in IN_REVIEW for answer in answers])
    return asked if asked.any() else np.ones(len(answers), dtype=bool)


def _weights(answers: Sequence[Answer], asked: np.ndarray, represented: np.ndarray) -> np.ndarray:
    """What each answer counts, by the images that it stands for; shape (n,).

    One given in a review stands for one image. As heavy as an answer that was asked for, two
    thousand of them drown a hundred: labels on Fashion-MNIST are then worse than before a review.
    """
    stands_for = np.ones(len(answers))
    stands_for[asked] = represented
    was_let_stand = np.array([answer.source == Source.REVIEWED for answer in answers])
    trust = np.where(was_let_stand & ~asked, REVIEWED, 1)
    return np.asarray(trust * (stands_for / represented.mean()) ** REPRESENTED)


def _class_shares(one_hot: np.ndarray, represented: np.ndarray) -> np.ndarray:
    """How frequent each class is by the images that its answers stand for; shape (n_classes,)."""
    weighted = represented @ one_hot / represented.sum()
    return np.asarray((1 - EVENNESS) * weighted + EVENNESS / one_hot.shape[1], dtype=np.float32)


def _regressions(X: np.ndarray, times: int) -> list[Opinion]:
    """The same regression, as often as it is to be asked: it goes on from what it found before."""
    if not times:
        return []
    vectors = evened_out(X)
    taught_by = np.random.default_rng(0).permutation(len(X))[:REFINED_ON]
    regression = SoftmaxRegression(max_iter=25)

    def said(probabilities: np.ndarray) -> np.ndarray:
        soft = probabilities[taught_by]
        regression.fit(vectors[taught_by], soft, margins(soft) + MARGIN_FLOOR)
        return regression.predict_proba(vectors)

    return [said] * times


def _spread(
    seeds: np.ndarray,
    graph: "csr_array",
    damping: float,
    steps: int,
    rejected: RejectedClasses,
) -> np.ndarray:
    spread, kept = seeds, np.float32(1 - damping) * seeds
    starts = range(0, len(seeds), BLOCK)
    blocks = [(kept[start : start + BLOCK], graph[start : start + BLOCK]) for start in starts]

    def taken(block: tuple[np.ndarray, "csr_array"]) -> np.ndarray:
        own, edges = block
        soft = edges @ spread
        soft *= np.float32(damping)
        soft += own
        return np.asarray(soft)

    with workers(len(blocks)) as in_order:
        for _ in range(steps):
            spread = np.concatenate(list(in_order(taken, blocks)))
            rejected.take_from(spread)
    return spread


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

    def nearest(block: np.ndarray) -> np.ndarray:
        return np.asarray(index.kneighbors(block, return_distance=False)[:, 0])

    return np.concatenate(list(in_blocks(nearest, X, BLOCK)))
