"""What can be said about a run without ground truth: nothing of it is an accuracy.

How much is labeled, how sure the spread labels are, and how well a classifier that never saw a
cluster names the image that a person named there.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from labeler.config import RunConfig
from labeler.learning.classifiers import classifier
from labeler.learning.propagation import Evidence
from labeler.pipeline.left_out import folds_of
from labeler.pipeline.questions import spread_answers
from labeler.plugins import PROPAGATIONS
from labeler.progress import SILENT, Progress, track
from labeler.records import Answer, LabelSet
from labeler.records.results import CrossValidation, Estimate


def estimate(
    evidence: Evidence, config: RunConfig, fraction: float, progress: Progress = SILENT
) -> Estimate:
    """Describe the labels spread to ``fraction`` of the clusters.

    Parameters
    ----------
    evidence : Evidence
    config : RunConfig
    fraction : float
    progress : Progress

    Returns
    -------
    Estimate
        Cross-validated: how many answered images a classifier that was trained on the *other*
        clusters names as the person did.
    """

    def named(kept: Sequence[Answer], held: np.ndarray) -> np.ndarray:
        others = replace(evidence, answers=kept)
        label_set = spread_answers(config, others, fraction=fraction)
        labeled = label_set.labeled
        trained = classifier(config.classifier, config.seed)
        trained.fit(evidence.X[labeled], label_set.labels[labeled], label_set.origins[labeled])
        return np.asarray(trained.predict(evidence.X[held]))

    label_set = spread_answers(config, evidence, fraction=fraction)
    checked = _cross_validate(
        evidence.answers, named, config, "Cross-validating by cluster", progress
    )
    return _described(fraction, label_set, checked)


def estimate_confident(
    evidence: Evidence, label_set: LabelSet, config: RunConfig, progress: Progress = SILENT
) -> Estimate:
    """Describe labels that were spread by confidence.

    Parameters
    ----------
    evidence : Evidence
    label_set : LabelSet
    config : RunConfig
    progress : Progress

    Returns
    -------
    Estimate
        With ``fraction`` None; cross-validated: how many answered images the others' answers,
        spread in the same way, name as the person did.
    """
    plugin = PROPAGATIONS[config.propagation]

    def named(kept: Sequence[Answer], held: np.ndarray) -> np.ndarray:
        others = replace(evidence, answers=kept)
        rough = plugin.constants.get("ROUGH", {})
        return np.asarray(spread_answers(config, others, **rough).labels[held])

    task = f"Cross-validating {plugin.short}"
    checked = _cross_validate(evidence.answers, named, config, task, progress)
    return _described(None, label_set, checked)


def _described(
    fraction: float | None, label_set: LabelSet, checked: CrossValidation | None
) -> Estimate:
    labeled = label_set.labeled
    return Estimate(
        fraction=fraction,
        n_train=len(labeled),
        coverage=len(labeled) / len(label_set),
        mean_confidence=float(label_set.confidences[labeled].mean()) if len(labeled) else None,
        cross_validation=checked,
    )


def _cross_validate(
    answers: Sequence[Answer],
    name_held: Callable[[Sequence[Answer], np.ndarray], np.ndarray],
    config: RunConfig,
    task: str,
    progress: Progress,
) -> CrossValidation | None:
    """Leave a fifth of the answers out, and have their images named by the others.

    Parameters
    ----------
    answers : sequence of Answer
    name_held : callable
        Given the answers that are kept, and the images of those that are not.
    config : RunConfig
    task : str
        For the progress bar.
    progress : Progress
    """
    folds = folds_of(answers, config)
    if not folds:
        return None
    n_right = n_named = 0
    for fold in track(folds, progress, task):
        n_named += len(fold.asked)
        n_right += int(np.count_nonzero(name_held(fold.kept, fold.images) == fold.labels))
    return CrossValidation(agreement=n_right / n_named, n_folds=len(folds), n_images=n_named)
