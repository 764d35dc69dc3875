"""The answers that stand, spread over their clusters: computed anew each time.

Nothing of it is kept, so an answer that is undone takes its spread labels back with it.
"""

import math
from dataclasses import replace

import numpy as np

from labeler.config import RunConfig
from labeler.propagation import ROUNDING, propagate_to_clusters
from labeler.records import UNLABELED, Answer, Clusters, LabelSet
from labeler.workflow.pool import clusters_of, pool_of, true_labels
from labeler.workflow.runs import DEFAULT_FRACTION, choose_fraction
from labeler.workflow.standing import cluster_numbers
from labeler.workflow.state import RunState, given_answers, read_state
from labeler.workflow.views import BorderlineImage, SpreadView
from labeler.workflow.workspace import Workspace

MAX_BORDERLINE = 24


def spread(ws: Workspace, run_id: str, fraction: float | None = None) -> SpreadView:
    """Spread the answers to the nearest ``fraction`` of their clusters.

    Parameters
    ----------
    ws : Workspace
    run_id : str
    fraction : float, optional
        Above 0, at most 1; by default the one that was chosen last.

    Raises
    ------
    ConfigError
        The fraction is out of range.
    NotFoundError, NotPreparedError
    """
    return spread_state(ws, read_state(ws, run_id), fraction)


def spread_state(ws: Workspace, state: RunState, fraction: float | None = None) -> SpreadView:
    """Spread the answers of a run that was read before: see ``spread``."""
    state.require_prepared()
    chosen = state.run.settings.get("fraction", DEFAULT_FRACTION) if fraction is None else fraction
    RunConfig(fractions=(chosen,))
    pool, clusters = pool_of(ws, state.run), clusters_of(ws, state.run)
    answers = given_answers(state, pool)
    label_set = propagate_to_clusters(answers, clusters, chosen)
    truth = true_labels(ws, state)
    return SpreadView(
        fraction=chosen,
        classes=state.labels.names,
        label_set=label_set,
        n_pool=len(label_set),
        n_labeled=len(label_set.labeled),
        counts=_counts(label_set, state.labels.names),
        label_accuracy=known_accuracy(label_set, truth),
        borderline=_numbered(
            _borderline(answers, clusters, chosen, pool, truth, state.labels.names),
            cluster_numbers(ws, state.run),
        ),
        revision=state.run.revision,
    )


def known_accuracy(label_set: LabelSet, truth: np.ndarray) -> float | None:
    """Share of the labels that are right, where the truth is known; None where it never is."""
    given = (label_set.labels != UNLABELED) & (truth != UNLABELED)
    if not given.any():
        return None
    return float(np.mean(label_set.labels[given] == truth[given]))


def _counts(label_set: LabelSet, names: tuple[str, ...]) -> dict[str, int]:
    given = label_set.labels[label_set.labeled]
    return dict(zip(names, np.bincount(given, minlength=len(names)).tolist(), strict=True))


def _numbered(
    images: tuple[BorderlineImage, ...], numbers: np.ndarray
) -> tuple[BorderlineImage, ...]:
    """The same, each cluster by its number instead of its place."""
    return tuple(replace(one, cluster=int(numbers[one.cluster])) for one in images)


def _borderline(
    answers: tuple[Answer, ...],
    clusters: Clusters,
    fraction: float,
    pool: np.ndarray,
    truth: np.ndarray,
    names: tuple[str, ...],
) -> tuple[BorderlineImage, ...]:
    spread_from = [
        (answer.question.cluster, answer.label)
        for answer in answers
        if answer.label is not None and answer.question.cluster is not None
    ][:MAX_BORDERLINE]
    last = {
        cluster: math.ceil(fraction * clusters.sizes[cluster] - ROUNDING) - 1
        for cluster, _ in spread_from
    }
    wanted = np.full(clusters.n_clusters, -1)
    for cluster, rank in last.items():
        wanted[cluster] = rank
    at_cut = np.flatnonzero(clusters.ranks == wanted[clusters.labels])
    place_of = {int(clusters.labels[place]): int(place) for place in at_cut}
    return tuple(
        BorderlineImage(
            image=int(pool[place_of[cluster]]),
            cluster=cluster,
            label=label,
            class_name=names[label],
            is_right=_agrees(int(truth[place_of[cluster]]), label),
        )
        for cluster, label in spread_from
    )


def _agrees(truth: int, label: int) -> bool | None:
    return None if truth == UNLABELED else truth == label


__all__ = ["MAX_BORDERLINE", "choose_fraction", "known_accuracy", "spread", "spread_state"]
