"""The answers that stand, spread over their clusters or over the graph of neighbours.

Inside clusters they are spread anew each time. Over the graph it takes seconds, so a job does it
and what it found is kept with the run's revision: after an answer or an undo it counts no more,
and labels that were spread from an answer are gone with it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from labeler.config import RunConfig
from labeler.exceptions import ConfigError
from labeler.learning.figures import label_accuracy
from labeler.learning.propagation import ROUNDING, answers_only, propagate_to_clusters
from labeler.pipeline.questions import abstain, spread_over_graph
from labeler.progress import SILENT, Progress
from labeler.records import UNLABELED, Answer, Clusters, LabelSet, Source
from labeler.storage import jobs as job_rows
from labeler.storage import runs as run_rows
from labeler.storage.rows import Job
from labeler.storage.settings import SettingsChange
from labeler.workflow.array_names import SPREAD_ARRAYS, Array
from labeler.workflow.exchange.taken_labels import is_taken
from labeler.workflow.run import Run, open_run
from labeler.workflow.runs.settings import Way, last_way
from labeler.workflow.views import BorderlineImage, SpreadView
from labeler.workflow.workspace import Transaction, Workspace

SPREAD = "spread"
MAX_BORDERLINE = 24


@dataclass(frozen=True)
class KeptSpread:
    """Labels spread over the graph, ready to be written with the revision they belong to."""

    run_id: str
    revision: int
    artefacts: Mapping[str, str]

    def deliver(self, session: Transaction) -> int:
        """Write them; gives the revision."""
        settings = SettingsChange(spread_of=(self.run_id, self.revision))
        run_rows.update_run(session, self.run_id, settings=settings, artefacts=self.artefacts)
        return self.revision


def spread(run: Run, fraction: float | None = None, threshold: float | None = None) -> SpreadView:
    """Spread the answers to the nearest ``fraction`` of their clusters, or over the graph.

    Parameters
    ----------
    run : Run
    fraction : float, optional
        Above 0, at most 1.
    threshold : float, optional
        0 to 1: over the graph, the least confidence of a label. Without this and ``fraction``,
        the answers are spread as was chosen last.

    Raises
    ------
    ConfigError
        A setting is out of range, or both are given, or the run has no graph.
    NotPreparedError
    """
    run.require_prepared()
    way = chosen_way(run, fraction, threshold)
    pool, clusters = run.pool, run.clusters
    answers = run.given_answers()
    truth, names = run.other_truth, run.labels.names
    if way.method == "graph":
        label_set = graph_labels(run, way.threshold)
        borderline = _least_sure(label_set, clusters, pool, truth, names)
    else:
        label_set = propagate_to_clusters(answers, clusters, way.fraction)
        borderline = _borderline(answers, clusters, label_set, way.fraction, pool, truth, names)
    accuracy = label_accuracy(label_set.labels, truth)
    return SpreadView(
        method=way.method,
        fraction=way.fraction,
        threshold=way.threshold,
        classes=names,
        label_set=label_set,
        n_pool=len(label_set),
        n_labeled=len(label_set.labeled),
        counts=_counts(label_set, names),
        label_accuracy=None if math.isnan(accuracy) else accuracy,
        has_truth=bool((truth != UNLABELED).any()),
        n_taken=sum(map(is_taken, run.questions)),
        borderline=_numbered(borderline, run.cluster_numbers),
        revision=run.revision,
    )


def chosen_way(run: Run, fraction: float | None = None, threshold: float | None = None) -> Way:
    """How a run's answers are spread: as asked for, or else as was chosen last.

    Raises
    ------
    ConfigError
    """
    if fraction is not None and threshold is not None:
        raise ConfigError("Give a fraction of the clusters or a threshold, not both.")
    last = last_way(run.row)
    asked = "cluster" if fraction is not None else "graph" if threshold is not None else last.method
    if asked == "graph" and not run.has_graph:
        raise ConfigError(f"The run {run.name!r} has no graph to spread its answers over.")
    way = Way(
        asked,
        last.fraction if fraction is None else fraction,
        last.threshold if threshold is None else threshold,
    )
    RunConfig(fractions=(way.fraction,), threshold=way.threshold)
    return way


def graph_labels(run: Run, threshold: float, progress: Progress = SILENT) -> LabelSet:
    """The answers spread over the graph, as kept or made here and now; unsure ones left out."""
    found = _kept(run) if _is_kept(run) else _spread_over_graph(run, progress)
    return abstain(found, threshold)


@dataclass(frozen=True)
class SpreadWanted:
    """Labels that ``spread`` would have to make first, which takes seconds; and who is at it.

    Attributes
    ----------
    inputs : dict
        Of the job that makes them.
    job : Job or None
        The job, where somebody asked for it already.
    """

    inputs: Mapping[str, Any]
    job: Job | None


def look_for_spread(run: Run, threshold: float | None = None) -> SpreadWanted | None:
    """Whether the answers have yet to be spread over the graph; nothing is asked for.

    Returns
    -------
    SpreadWanted or None
        None where ``spread`` will not take long.

    Raises
    ------
    ConfigError
    """
    is_graph = chosen_way(run, None, threshold).method == "graph"
    if not is_graph or _is_kept(run) or not _is_any_named(run):
        return None
    inputs = {"run_id": run.id, "revision": run.revision}
    active = [one for one in run.jobs if not one.status.is_final]
    at_it = [one for one in active if one.kind == SPREAD and dict(one.inputs) == inputs]
    return SpreadWanted(inputs, at_it[0] if at_it else None)


def request_spread(ws: Workspace, run_id: str, threshold: float | None = None) -> Job | None:
    """Have the answers spread over the graph, if that is how they are spread and it is not done.

    Returns
    -------
    Job or None
        None where ``spread`` will not take long.

    Raises
    ------
    ConfigError, NotFoundError, QueueFullError
    """
    wanted = look_for_spread(open_run(ws, run_id), threshold)
    if wanted is None or wanted.job is not None:
        return None if wanted is None else wanted.job
    with ws.database.writing() as session:
        return job_rows.enqueue(session, SPREAD, wanted.inputs, run_id=run_id)


def keep_spread(ws: Workspace, run_id: str, progress: Progress = SILENT) -> KeptSpread:
    """Spread the answers that stand now over the graph, and keep the arrays.

    Raises
    ------
    NotFoundError, NotPreparedError
    """
    run = open_run(ws, run_id)
    run.require_prepared()
    found = _spread_over_graph(run, progress)
    return KeptSpread(run_id, run.revision, ws.artefacts.save_all(_arrays(found)))


def _spread_over_graph(run: Run, progress: Progress) -> LabelSet:
    answers = run.given_answers()
    X = run.features
    if not _is_any_named(run):
        return answers_only(answers, len(X))
    n_classes = len(run.labels.names)
    return spread_over_graph(answers, run.graph, X, n_classes, progress)


def _is_any_named(run: Run) -> bool:
    return any(one.answer and one.answer.class_id for one in run.questions)


def _is_kept(run: Run) -> bool:
    # A copy of a run has its settings, and other answers at the same revision.
    return bool(run.row.settings.spread_of == (run.id, run.revision))


def _arrays(label_set: LabelSet) -> dict[str, np.ndarray]:
    arrays = {name: getattr(label_set, part) for part, name in SPREAD_ARRAYS.items()}
    if label_set.probabilities is not None:
        arrays[Array.SPREAD_PROBABILITIES] = label_set.probabilities
    return arrays


def _kept(run: Run) -> LabelSet:
    there = run.row.artefacts
    arrays = {part: np.asarray(run.ws.array(there[name])) for part, name in SPREAD_ARRAYS.items()}
    soft = there.get(Array.SPREAD_PROBABILITIES)
    return LabelSet(**arrays, probabilities=None if soft is None else run.ws.array(soft))


def _counts(label_set: LabelSet, names: tuple[str, ...]) -> dict[str, int]:
    given = label_set.labels[label_set.labeled]
    return dict(zip(names, np.bincount(given, minlength=len(names)).tolist(), strict=True))


def _numbered(
    images: tuple[BorderlineImage, ...], numbers: np.ndarray
) -> tuple[BorderlineImage, ...]:
    """The same, each cluster by its number instead of its place."""
    return tuple(replace(one, cluster=int(numbers[one.cluster])) for one in images)


def _least_sure(
    label_set: LabelSet,
    clusters: Clusters,
    pool: np.ndarray,
    truth: np.ndarray,
    names: tuple[str, ...],
) -> tuple[BorderlineImage, ...]:
    """The spread labels of least confidence that are still given."""
    places = np.flatnonzero(label_set.sources == Source.PROPAGATED)
    confidences = label_set.confidences[places]
    n_shown = min(MAX_BORDERLINE, len(places))
    if n_shown < len(places):
        nearest = np.argpartition(confidences, n_shown)[:n_shown]
        places, confidences = places[nearest], confidences[nearest]
    places = places[np.lexsort((places, confidences))]
    return tuple(_shown(int(place), label_set, clusters, pool, truth, names) for place in places)


def _borderline(
    answers: tuple[Answer, ...],
    clusters: Clusters,
    label_set: LabelSet,
    fraction: float,
    pool: np.ndarray,
    truth: np.ndarray,
    names: tuple[str, ...],
) -> tuple[BorderlineImage, ...]:
    """The last image of each cluster that still gets its label, the largest cluster first."""
    spread_from = [
        answer.question.cluster
        for answer in answers
        if answer.label is not None and answer.question.cluster is not None
    ][:MAX_BORDERLINE]
    wanted = np.full(clusters.n_clusters, -1)
    for cluster in spread_from:
        wanted[cluster] = math.ceil(fraction * clusters.sizes[cluster] - ROUNDING) - 1
    at_cut = np.flatnonzero(clusters.ranks == wanted[clusters.labels])
    place_of = {int(clusters.labels[place]): int(place) for place in at_cut}
    return tuple(
        _shown(place_of[cluster], label_set, clusters, pool, truth, names)
        for cluster in spread_from
    )


def _shown(
    place: int,
    label_set: LabelSet,
    clusters: Clusters,
    pool: np.ndarray,
    truth: np.ndarray,
    names: tuple[str, ...],
) -> BorderlineImage:
    label = int(label_set.labels[place])
    return BorderlineImage(
        image=int(pool[place]),
        cluster=int(clusters.labels[place]),
        label=label,
        class_name=names[label],
        is_right=_agrees(int(truth[place]), label),
        confidence=float(label_set.confidences[place]),
    )


def _agrees(truth: int, label: int) -> bool | None:
    return None if truth == UNLABELED else truth == label
