"""Which question speaks for which cluster, now that clusters may have been split and merged.

A cluster's *number* stands for the same images for good. A question was asked for the cluster of
one number; where that cluster is no more, its answer passes to the cluster that its image is in,
unless that one was asked about itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from labeler.pipeline.preparation import CLUSTER_ARRAYS
from labeler.storage.rows import AskedQuestion, RunRow, Verdict
from labeler.workflow.array_names import Array
from labeler.workflow.workspace import Workspace


def cluster_numbers(ws: Workspace, run: RunRow) -> np.ndarray:
    """The number of each of the run's clusters, by its place; shape (n_clusters,)."""
    if Array.CLUSTER_NUMBERS in run.artefacts:
        return ws.array(run.artefacts[Array.CLUSTER_NUMBERS])
    return np.arange(len(ws.array(run.artefacts[CLUSTER_ARRAYS["sizes"]])))


def as_clusters_stand(
    ws: Workspace, run: RunRow, questions: tuple[AskedQuestion, ...]
) -> tuple[AskedQuestion, ...]:
    """The questions, each with the place of the cluster that it speaks for now.

    Where it speaks for none any more, its cluster is None: it stands for its own image.
    """
    if Array.CLUSTER_NUMBERS not in run.artefacts:
        return questions
    labels, sizes = (ws.array(run.artefacts[CLUSTER_ARRAYS[part]]) for part in ("labels", "sizes"))
    pool, numbers = ws.array(run.artefacts[Array.POOL]), cluster_numbers(ws, run)
    speaking = {
        asked.id: place for place, asked in speakers(questions, labels, pool, numbers).items()
    }
    return tuple(
        replace(asked, cluster=speaking[asked.id], stands_for=int(sizes[speaking[asked.id]]))
        if asked.id in speaking
        else replace(asked, cluster=None, stands_for=1)
        for asked in questions
    )


def speakers(
    questions: Iterable[AskedQuestion], labels: np.ndarray, pool: np.ndarray, numbers: np.ndarray
) -> dict[int, AskedQuestion]:
    """By the place of each cluster, the question whose answer is its answer.

    Parameters
    ----------
    questions : iterable of AskedQuestion
        As they were asked, in their order.
    labels : ndarray of shape (n,)
        Place of the cluster of each image of the pool.
    pool : ndarray of shape (n,)
        Image numbers, ascending.
    numbers : ndarray of shape (n_clusters,)
        The number of each cluster.
    """
    place_of = {int(number): place for place, number in enumerate(numbers)}
    direct: dict[int, AskedQuestion] = {}
    heirs: dict[int, list[AskedQuestion]] = {}
    for question in questions:
        if question.cluster is None:
            continue
        if question.cluster in place_of:
            direct[place_of[question.cluster]] = question
        else:
            place = int(labels[np.searchsorted(pool, question.image)])
            heirs.setdefault(place, []).append(question)
    inherited = {place: _strongest(candidates) for place, candidates in heirs.items()}
    return inherited | direct


def _strongest(questions: Sequence[AskedQuestion]) -> AskedQuestion:
    """The newest that names a class; else the newest answered; else the newest asked."""

    def strength(question: AskedQuestion) -> tuple[bool, int, int]:
        answer = question.answer
        if answer is None:
            return False, 0, question.id
        return answer.verdict is Verdict.CLASS, answer.operation_id, question.id

    return max(questions, key=strength)
