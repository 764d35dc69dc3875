"""The rows of the table: ways to use as many labels, each trained and scored alike."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from labeler.config import RunConfig
from labeler.learning.classifiers import classifier
from labeler.learning.ensemble import Ensemble, SoftLabels
from labeler.learning.evaluation import confidence_interval, score
from labeler.learning.figures import label_accuracy
from labeler.learning.propagation import Evidence, answers_only, propagate_to_clusters
from labeler.learning.propagation.clusters import NAME as BY_CLUSTER
from labeler.pipeline.oracle_answers import ask_in_rounds, draw_at_random, first_answers
from labeler.pipeline.preparation import Prepared
from labeler.pipeline.questions import abstain, spread_answers
from labeler.progress import SILENT, Progress
from labeler.records import UNLABELED, Answer, Clusters, LabelingRun, LabelSet, Scores, Stage

COMBINED = "combined"
"""The stage of a classifier and the neighbours in the pool together."""

ON_PIXELS = "supervised-pixels"
"""The stage of every true label on plain pixels, where the run's own features are others."""


@dataclass(frozen=True)
class StageKey:
    """Which row of the table a result belongs to."""

    stage: str
    n_labels: int
    fraction: float | None = None
    method: str | None = None
    n_reviewed: int | None = None


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one seed contributes to one row.

    ``ensemble``: what made the predictions.
    """

    n_train: int
    n_missed_classes: int
    n_abstained: int
    label_accuracy: float
    scores: Scores
    predictions: np.ndarray
    seconds: float
    ensemble: Ensemble


def label_by_oracle(
    prepared: Prepared,
    config: RunConfig,
    progress: Progress = SILENT,
    *,
    comparisons: bool = True,
) -> tuple[LabelingRun, dict[StageKey, LabelSet]]:
    """Ask an oracle and spread its answers in every way that the table compares.

    Parameters
    ----------
    prepared : Prepared
    config : RunConfig
    progress : Progress
    comparisons : bool
        Whether to use as many labels in other ways, too.

    Returns
    -------
    run : LabelingRun
        What was asked and answered, spread as ``config`` says: over the graph, or as far as the
        largest of ``config.fractions``.
    label_sets : dict of StageKey to LabelSet
        In the order of the table.
    """
    n_images = len(prepared.pool)
    clusters = prepared.cut(config.n_first, config, progress)
    answers = tuple(chain.from_iterable(ask_in_rounds(prepared, clusters, config, progress)))
    label_sets = {}
    if comparisons:
        drawn = draw_at_random(prepared, clusters, config)
        label_sets[StageKey("random", config.n_labels)] = answers_only(drawn, n_images)
    if config.plan.later is None:
        label_sets |= _by_cluster(answers, clusters, n_images, config)
    elif comparisons:
        label_sets |= all_for_clusters(prepared, config, progress)
    evidence = prepared.evidence(answers, clusters)
    if config.spreads_by_fraction:
        label_sets |= by_fraction(evidence, config)
    else:
        spread = spread_answers(config, evidence, progress)
        label_sets[by_confidence(config)] = abstain(spread, config.threshold)
    furthest = list(label_sets.values())[-1]
    return LabelingRun(config.seed, clusters, answers, furthest), label_sets


def all_for_clusters(
    prepared: Prepared, config: RunConfig, progress: Progress = SILENT
) -> dict[StageKey, LabelSet]:
    """What as many labels would be worth if all of them were for clusters, one for each.

    The whole budget goes into clusters, so that the comparison has no fewer labels than what it
    is compared with; where the run's own labels are spread inside clusters, those have the rows.
    """
    clusters = prepared.cut(config.n_labels, config, progress)
    answers = first_answers(prepared, clusters, config)
    n_images = len(prepared.pool)
    if config.propagation == BY_CLUSTER:
        return {StageKey(config.plan.first, config.n_labels): answers_only(answers, n_images)}
    return _by_cluster(answers, clusters, n_images, config)


def by_fraction(evidence: Evidence, config: RunConfig) -> dict[StageKey, LabelSet]:
    """The answers, spread as the run says: one label set for each fraction."""
    return {
        StageKey("propagated", config.n_labels, fraction, config.propagation): spread_answers(
            config, evidence, fraction=fraction
        )
        for fraction in sorted(set(config.fractions))
    }


def by_confidence(config: RunConfig) -> StageKey:
    """The row of the run's own labels, where they are spread by confidence."""
    return StageKey("propagated", config.n_labels, None, config.propagation)


def inside_clusters(
    answers: Sequence[Answer], clusters: Clusters, config: RunConfig
) -> dict[StageKey, LabelSet]:
    """The answers inside their clusters, whatever the run says: one label set a fraction."""
    return {
        StageKey("propagated", config.n_labels, fraction, BY_CLUSTER): propagate_to_clusters(
            answers, clusters, fraction
        )
        for fraction in sorted(set(config.fractions))
    }


def _by_cluster(
    answers: Sequence[Answer], clusters: Clusters, n_images: int, config: RunConfig
) -> dict[StageKey, LabelSet]:
    alone = {StageKey(config.plan.first, config.n_labels): answers_only(answers, n_images)}
    return alone | inside_clusters(answers, clusters, config)


def train_and_score(
    prepared: Prepared,
    key: StageKey,
    label_set: LabelSet,
    config: RunConfig,
    progress: Progress = SILENT,
) -> dict[StageKey, Outcome]:
    """Train a classifier on the labels in ``label_set`` and score it on the test images.

    Parameters
    ----------
    prepared : Prepared
    key : StageKey
        The row that the labels belong to.
    label_set : LabelSet
    config : RunConfig
    progress : Progress

    Returns
    -------
    dict of StageKey to Outcome
        That row; where labels are soft, also the row of the same classifier combined with what
        the nearest images of the pool are labeled, and with what was seen in the test images.

    Raises
    ------
    ValueError
        ``prepared`` has no test part.
    """
    started = time.perf_counter()
    by_labels = trained_on(prepared, label_set, config, progress)
    outcomes = {key: _scored(prepared, label_set, by_labels, progress, started)}
    if label_set.probabilities is not None:
        with_neighbours = together_with_neighbours(by_labels, label_set)
        outcome = _scored(prepared, label_set, with_neighbours, progress, started)
        outcomes[replace(key, stage=COMBINED)] = outcome
    return outcomes


def train_together(
    prepared: Prepared,
    alone: LabelSet,
    label_set: LabelSet,
    config: RunConfig,
    progress: Progress = SILENT,
) -> Outcome:
    """Score the answers' own classifier together with all that the spread labels lead to.

    Parameters
    ----------
    prepared : Prepared
        With a test part.
    alone : LabelSet
        The answers.
    label_set : LabelSet
        Soft labels that were spread from them.
    config : RunConfig
    progress : Progress
    """
    started = time.perf_counter()
    by_labels = trained_on(prepared, label_set, config, progress)
    by_answers = trained_on(prepared, alone, config, progress)
    together = together_with_neighbours(by_labels, label_set)
    ensemble = replace(together, alone=by_answers.classifier)
    return _scored(prepared, label_set, ensemble, progress, started)


def trained_on(
    prepared: Prepared, label_set: LabelSet, config: RunConfig, progress: Progress = SILENT
) -> Ensemble:
    """A classifier that learned from the labels in ``label_set``, and decides by itself."""
    labeled, soft = label_set.labeled, label_set.probabilities
    trained = classifier(config.classifier, config.seed).fit(
        prepared.X[labeled],
        label_set.labels[labeled],
        label_set.origins[labeled],
        progress,
        None if soft is None else soft[labeled],
    )
    return Ensemble(len(prepared.classes), trained)


def together_with_neighbours(by_labels: Ensemble, label_set: LabelSet) -> Ensemble:
    """The same classifier, together with all else that soft labels lead to.

    Raises
    ------
    ValueError
        The labels are not soft.
    """
    soft = label_set.probabilities
    if soft is None:
        raise ValueError("labels that are not soft are not combined with neighbours")
    soft_labels = SoftLabels(soft, label_set.labels != UNLABELED)
    return replace(by_labels, soft_labels=soft_labels, seen_by=label_set.seen_by)


def _scored(
    prepared: Prepared,
    label_set: LabelSet,
    ensemble: Ensemble,
    progress: Progress,
    started: float,
) -> Outcome:
    """What an ensemble that learned from the labels reaches on the test images."""
    if prepared.test is None or prepared.X_test is None:
        raise ValueError("without a test part there is nothing to score on")
    is_by_neighbours = ensemble.soft_labels is not None
    nearest = prepared.test_neighbors(progress) if is_by_neighbours else None
    seen = label_set.new_probabilities if is_by_neighbours else None
    predictions = ensemble.named(prepared.X_test, nearest, seen)
    labeled, n_classes = label_set.labeled, len(prepared.classes)
    return Outcome(
        n_train=len(labeled),
        n_missed_classes=n_classes - len(np.unique(label_set.labels[labeled])),
        n_abstained=len(label_set) - len(labeled),
        label_accuracy=label_accuracy(label_set.labels, prepared.pool.labels),
        scores=score(prepared.test.labels, predictions, n_classes),
        predictions=predictions,
        seconds=time.perf_counter() - started,
        ensemble=ensemble,
    )


def as_stage(key: StageKey, outcomes: Sequence[Outcome]) -> Stage:
    """One row of the table from what each seed contributes to it."""
    return Stage(
        stage=key.stage,
        n_labels=key.n_labels,
        fraction=key.fraction,
        method=key.method,
        n_train=round(float(np.mean([outcome.n_train for outcome in outcomes]))),
        label_accuracy=float(np.mean([outcome.label_accuracy for outcome in outcomes])),
        test_accuracy=confidence_interval([outcome.scores.accuracy for outcome in outcomes]),
        seconds=float(np.mean([outcome.seconds for outcome in outcomes])),
        scores=tuple(outcome.scores for outcome in outcomes),
        n_reviewed=key.n_reviewed,
    )


def on_pixels(config: RunConfig) -> RunConfig:
    """The same settings for every label on plain pixels."""
    return config.with_(
        features="pixels",
        weights=None,
        files=None,
        strategy="representatives",
        propagation=BY_CLUSTER,
    )
