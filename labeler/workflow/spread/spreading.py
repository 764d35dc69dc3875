"""The answers that stand, spread by one of the propagations that are plugged in.

To a fraction of their clusters they are spread anew each time. Where every label has a confidence,
as over the graph, it takes seconds, so a job does it and what it found is kept with the run's
revision: after an answer or an undo it counts no more, and labels that were spread from an answer
are gone with it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from labeler.exceptions import ConfigError
from labeler.learning.figures import label_accuracy
from labeler.learning.propagation import ROUNDING, Evidence, answers_only
from labeler.pipeline.questions import abstain, spread_answers
from labeler.plugins import FRACTION, PROPAGATIONS, THRESHOLD, Plugin
from labeler.progress import SILENT, Progress
from labeler.records import UNLABELED, LabelSet, Source
from labeler.storage import jobs as job_rows
from labeler.storage.rows import Job
from labeler.workflow.exchange.taken_labels import is_taken
from labeler.workflow.job_kinds import SPREAD
from labeler.workflow.run import Run, open_run
from labeler.workflow.runs.settings import SpreadSettings, last_settings
from labeler.workflow.spread.kept import KeptSpread, arrays_of, is_kept, kept_labels
from labeler.workflow.views import BorderlineImage, SpreadView
from labeler.workflow.workspace import Workspace

MAX_BORDERLINE = 24


def spread(
    run: Run,
    fraction: float | None = None,
    threshold: float | None = None,
    method: str | None = None,
) -> SpreadView:
    """Spread the answers, as ``chosen_settings`` says.

    Raises
    ------
    ConfigError, NotPreparedError
    """
    run.require_prepared()
    return spread_by(run, chosen_settings(run, fraction, threshold, method))


def spread_by(run: Run, settings: SpreadSettings) -> SpreadView:
    """Spread the answers in one way.

    Parameters
    ----------
    run : Run
        Prepared.
    settings : SpreadSettings
    """
    label_set = spread_labels(run, settings)
    show = _at_the_cut if settings.plugin.takes_fraction else _least_sure
    borderline = show(run, settings, label_set)
    truth, names = run.other_truth, run.labels.names
    accuracy = label_accuracy(label_set.labels, truth)
    return SpreadView(
        method=settings.method,
        fraction=settings.fraction,
        threshold=settings.threshold,
        classes=names,
        label_set=label_set,
        n_pool=len(label_set),
        n_labeled=len(label_set.labeled),
        counts=_counts(label_set, names),
        label_accuracy=None if math.isnan(accuracy) else accuracy,
        has_truth=bool((truth != UNLABELED).any()),
        n_taken=sum(map(is_taken, run.questions)),
        borderline=_shown(run, borderline, label_set, truth),
        revision=run.revision,
    )


def chosen_settings(
    run: Run,
    fraction: float | None = None,
    threshold: float | None = None,
    method: str | None = None,
) -> SpreadSettings:
    """How a run's answers are spread: as asked for, or else as was chosen last.

    Parameters
    ----------
    run : Run
    fraction : float, optional
        Above 0, at most 1: how large a part of each cluster is labeled, the nearest first.
    threshold : float, optional
        0 to 1: the least confidence of a label. Without this and ``fraction``, as chosen last.
    method : str, optional
        One of ``plugins.PROPAGATIONS``; by default the one chosen last, or another that takes
        what is given.

    Raises
    ------
    ConfigError
        A setting is out of range, or both are given, or the method takes another one, or needs
        the graph that the run does not have.
    """
    if fraction is not None and threshold is not None:
        raise ConfigError("Give a fraction of the clusters or a threshold, not both.")
    last = last_settings(run.row)
    settings = SpreadSettings(
        method or _method_that_takes(run, last.method, fraction, threshold),
        last.fraction if fraction is None else fraction,
        last.threshold if threshold is None else threshold,
    )
    settings.check()
    if (threshold if settings.plugin.takes_fraction else fraction) is not None:
        takes = FRACTION if settings.plugin.takes_fraction else THRESHOLD
        raise ConfigError(f"The propagation {settings.method} takes a {takes}, which is not given.")
    if not _can_spread(run, settings.plugin):
        raise ConfigError(f"The run {run.name!r} has no graph to spread its answers over.")
    return settings


def possible_propagations(run: Run) -> list[Plugin]:
    """The propagations that a run can use; those by confidence first."""
    possible = [plugin for plugin in PROPAGATIONS.values() if _can_spread(run, plugin)]
    return sorted(possible, key=lambda plugin: plugin.takes_fraction)


def _can_spread(run: Run, plugin: Plugin) -> bool:
    return run.has_graph or not plugin.needs_graph


def _method_that_takes(run: Run, last: str, fraction: float | None, threshold: float | None) -> str:
    """The method chosen last, or else the run's own, or else any that takes what is given."""
    if fraction is None and threshold is None:
        return last
    plugins = [PROPAGATIONS[name] for name in (last, run.config.propagation, *PROPAGATIONS)]
    fitting = [plugin for plugin in plugins if plugin.takes_fraction == (fraction is not None)]
    return next((plugin for plugin in fitting if _can_spread(run, plugin)), fitting[0]).name


def spread_labels(run: Run, settings: SpreadSettings, progress: Progress = SILENT) -> LabelSet:
    """The answers as they are spread in one way: as kept, or made here and now."""
    if settings.plugin.takes_fraction:
        config = run.config.with_(propagation=settings.method)
        return spread_answers(config, evidence_of(run, settings), fraction=settings.fraction)
    label_set = (
        kept_labels(run) if is_kept(run, settings) else _spread_anew(run, settings, progress)
    )
    return abstain(label_set, settings.threshold)


def evidence_of(run: Run, settings: SpreadSettings) -> Evidence:
    """What a run's answers may be spread by; graph and images only where they are looked at."""
    graph = run.graph if settings.plugin.needs_graph else None
    evidence = Evidence(
        run.given_answers(),
        run.clusters,
        run.features,
        graph,
        len(run.labels.names),
        rejections=run.rejections,
    )
    if not settings.plugin.needs_images:
        return evidence
    dataset = run.pool_dataset
    new_images = None if dataset.test is None else dataset.test.images
    return replace(evidence, images=dataset.train.images, new_images=new_images)


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


def look_for_spread(
    run: Run, threshold: float | None = None, method: str | None = None
) -> SpreadWanted | None:
    """Whether the answers have yet to be spread by confidence; nothing is asked for.

    Returns
    -------
    SpreadWanted or None
        None where ``spread`` will not take long.

    Raises
    ------
    ConfigError
    """
    settings = chosen_settings(run, None, threshold, method)
    if settings.plugin.takes_fraction or is_kept(run, settings) or not _is_any_named(run):
        return None
    inputs = {"run_id": run.id, "revision": run.revision, "method": settings.method}
    active = [job for job in run.jobs if not job.status.is_final]
    at_it = [job for job in active if job.kind == SPREAD and dict(job.inputs) == inputs]
    return SpreadWanted(inputs, at_it[0] if at_it else None)


def request_spread(
    ws: Workspace, run_id: str, threshold: float | None = None, method: str | None = None
) -> Job | None:
    """Have the answers spread by confidence, if that is how they are spread and it is not done.

    Returns
    -------
    Job or None
        None where ``spread`` will not take long.

    Raises
    ------
    ConfigError, NotFoundError, QueueFullError
    """
    wanted = look_for_spread(open_run(ws, run_id), threshold, method)
    if wanted is None or wanted.job is not None:
        return None if wanted is None else wanted.job
    with ws.database.writing() as session:
        return job_rows.enqueue(session, SPREAD, wanted.inputs, run_id=run_id)


def keep_spread(ws: Workspace, run_id: str, method: str, progress: Progress = SILENT) -> KeptSpread:
    """Spread the answers that stand now by confidence, and keep the arrays.

    Raises
    ------
    NotFoundError, NotPreparedError
    """
    run = open_run(ws, run_id)
    run.require_prepared()
    return _keep(run, chosen_settings(run, method=method), progress)


def spread_to_keep(run: Run, progress: Progress = SILENT) -> KeptSpread | None:
    """The answers of a run, spread as was chosen last; None where nothing is kept of that."""
    settings = chosen_settings(run)
    if settings.plugin.takes_fraction or not _is_any_named(run):
        return None
    return _keep(run, settings, progress)


def _keep(run: Run, settings: SpreadSettings, progress: Progress) -> KeptSpread:
    arrays = arrays_of(_spread_anew(run, settings, progress))
    references = run.ws.artefacts.save_all(arrays)
    return KeptSpread(run.id, run.revision, settings.method, run.labels.class_ids, references)


def _spread_anew(run: Run, settings: SpreadSettings, progress: Progress) -> LabelSet:
    if not _is_any_named(run):
        return answers_only(run.given_answers(), len(run.pool))
    config = run.config.with_(propagation=settings.method)
    return spread_answers(config, evidence_of(run, settings), progress)


def _is_any_named(run: Run) -> bool:
    return any(question.answer and question.answer.class_id for question in run.questions)


def _counts(label_set: LabelSet, names: tuple[str, ...]) -> dict[str, int]:
    labels = label_set.labels[label_set.labeled]
    return dict(zip(names, np.bincount(labels, minlength=len(names)).tolist(), strict=True))


def _least_sure(run: Run, settings: SpreadSettings, label_set: LabelSet) -> list[int]:
    """Places of the spread labels of least confidence that are still given."""
    places = np.flatnonzero(label_set.sources == Source.PROPAGATED)
    confidences = label_set.confidences[places]
    n_shown = min(MAX_BORDERLINE, len(places))
    if n_shown < len(places):
        nearest = np.argpartition(confidences, n_shown)[:n_shown]
        places, confidences = places[nearest], confidences[nearest]
    ordered: list[int] = places[np.lexsort((places, confidences))].tolist()
    return ordered


def _at_the_cut(run: Run, settings: SpreadSettings, label_set: LabelSet) -> list[int]:
    """Places of the last image of each cluster that still gets its label, largest cluster first."""
    clusters = run.clusters
    spread_from = [
        answer.question.cluster
        for answer in run.given_answers()
        if answer.label is not None and answer.question.cluster is not None
    ][:MAX_BORDERLINE]
    wanted = np.full(clusters.n_clusters, -1)
    for cluster in spread_from:
        wanted[cluster] = math.ceil(settings.fraction * clusters.sizes[cluster] - ROUNDING) - 1
    at_cut = np.flatnonzero(clusters.ranks == wanted[clusters.labels])
    place_of = {int(clusters.labels[place]): int(place) for place in at_cut}
    places = [place_of[cluster] for cluster in spread_from]
    return [place for place in places if label_set.labels[place] != UNLABELED]


def _shown(
    run: Run, places: Sequence[int], label_set: LabelSet, truth: np.ndarray
) -> tuple[BorderlineImage, ...]:
    of_cluster, numbers = run.clusters.labels, run.cluster_numbers
    labels = label_set.labels[list(places)].tolist()
    return tuple(
        BorderlineImage(
            image=int(run.pool[place]),
            cluster=int(numbers[of_cluster[place]]),
            label=label,
            class_name=run.labels.names[label],
            is_right=_agrees(int(truth[place]), label),
            confidence=float(label_set.confidences[place]),
        )
        for place, label in zip(places, labels, strict=True)
    )


def _agrees(truth: int, label: int) -> bool | None:
    return None if truth == UNLABELED else truth == label
