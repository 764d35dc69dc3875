"""Propagation inside clusters: an answer names the images nearest the centroid, too."""

import math
from collections.abc import Sequence

import numpy as np

from labeler.learning.propagation.base import Evidence, Propagation, write_answers
from labeler.learning.propagation.rejected import leave_out
from labeler.progress import SILENT, Progress
from labeler.records import UNLABELED, Answer, Clusters, LabelSet, Source

NAME = "cluster"
TITLE = "inside the clusters"
CHOSEN_BY = "fraction"
HEADING = "Inside clusters"
SHORT = "inside clusters"
EXPLANATION = "Each answer spreads inside its cluster, to the nearest images."
CONFIDENCE = "less the farther it is from its answer"

ROUNDING = 1e-9
"""Keeps 0.2 of 15 images at 3, although 0.2 * 15 is a little more than 3 in floating point."""


class ClusterPropagation(Propagation):
    """Each answer labels the images nearest the centroid of the cluster that it stands for.

    Parameters
    ----------
    fraction : float
        Share of each cluster, nearest to the centroid first; above 0, at most 1.
    """

    def __init__(self, fraction: float = 1.0) -> None:
        self.fraction = fraction

    def propagate(self, evidence: Evidence, progress: Progress = SILENT) -> LabelSet:
        """As ``propagate_to_clusters``."""
        label_set = propagate_to_clusters(evidence.answers, evidence.clusters, self.fraction)
        leave_out(label_set, evidence.rejections)
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
        The clusters that the answers stand for.
    fraction : float
        Share of each cluster, nearest to the centroid first, rounded up; above 0, at most 1.

    Returns
    -------
    LabelSet
        Images farther out, and those of clusters without an answer, have no label.

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
    write_answers(label_set, answers)
    return label_set
