"""The contract of a way of propagation; an answer itself is never changed by it.

A file beside this one declares ``NAME`` and ``TITLE`` (where answers spread, within a sentence).
The other constants are for ways that differ from most::

    NEEDS_GRAPH       True: it looks at neighbours
    NEEDS_IMAGES      True: it looks at the images themselves
    SETTINGS          names of settings of a run that it takes as parameters
    CHOSEN_BY         "threshold", unless given: labels of less confidence are left out afterwards;
                      or "fraction": how large a part of each cluster is labeled, nearest first
    ROUGH             parameters for estimates, which repeat it with some of the answers left out
    WITHOUT_NET       the same for estimates whose confidences have to be as sure as the others
    TAKES             how long it takes, unless "a few seconds"
    SHORT             the title where there is little room
    HEADING           what a button or a row of a table calls it
    EXPLANATION       a sentence on how answers spread
    BESIDE            what a classifier is combined with, unless "neighbours"
    CONFIDENCE        when a label has less confidence than an answer: "less the ..."
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labeler.learning.estimators import LightEstimator
from labeler.progress import SILENT, Progress
from labeler.records import UNLABELED, Answer, Clusters, LabelSet, Rejection, Source

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, eq=False)
class Evidence:
    """What answers may be spread by.

    Attributes
    ----------
    answers : sequence of Answer
        Skips say nothing. Those given in a review stand for their image alone.
    clusters : Clusters
    X : ndarray of shape (n, n_features), dtype float32
    graph : csr_array of shape (n, n), dtype float32, or None
        From ``graph.neighbour_graph``, for ways that look at neighbours.
    n_classes : int
    images : ndarray of shape (n, height, width[, 3]), dtype uint8, or None
        For ways that look at the images themselves.
    new_images : ndarray of shape (m, height, width[, 3]), dtype uint8, or None
        Others, as those held out to test on: never learned from, only looked at in the end.
    rejections : sequence of Rejection
        Classes that images are known not to be.
    """

    answers: Sequence[Answer]
    clusters: Clusters
    X: np.ndarray
    graph: "csr_array | None"
    n_classes: int
    images: np.ndarray | None = None
    new_images: np.ndarray | None = None
    rejections: Sequence[Rejection] = ()


class Propagation(LightEstimator):
    """Turns a few answers into many labels."""

    @abstractmethod
    def propagate(self, evidence: Evidence, progress: Progress = SILENT) -> LabelSet:
        """Give labels to the images that nobody was asked about; each answer keeps its own."""


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
        Every image without an answer is without a label.
    """
    label_set = unlabeled(n_images)
    write_answers(label_set, answers)
    return label_set


def unlabeled(n_images: int) -> LabelSet:
    return LabelSet(
        labels=np.full(n_images, UNLABELED, dtype=np.int64),
        sources=np.full(n_images, Source.NONE, dtype=np.int8),
        confidences=np.zeros(n_images, dtype=np.float32),
        origins=np.full(n_images, -1, dtype=np.int64),
    )


def write_answers(label_set: LabelSet, answers: Sequence[Answer]) -> None:
    for answer in answers:
        if answer.label is not None:
            image = answer.question.image
            label_set.labels[image] = answer.label
            label_set.sources[image] = answer.source
            label_set.confidences[image] = 1
            label_set.origins[image] = image
