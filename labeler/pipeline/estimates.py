"""What can be said about a run without ground truth: nothing of it is an accuracy.

How much is labeled, how sure the spread labels are, and how well a classifier that never saw a
cluster names the image that a person named there.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from labeler.config import RunConfig
from labeler.learning.classifiers import classifier
from labeler.learning.propagation import Evidence
from labeler.pipeline.questions import spread_answers
from labeler.plugins import PROPAGATIONS
from labeler.progress import SILENT, Progress, track
from labeler.records import IN_REVIEW, Answer, LabelSet
from labeler.records.results import CrossValidation, Estimate

N_FOLDS = 5
FEWEST_ANSWERS = 4


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

    def named(kept: Sequence[Answer], held: Sequence[int]) -> np.ndarray:
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

    def named(kept: Sequence[Answer], held: Sequence[int]) -> np.ndarray:
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
    name_held: Callable[[Sequence[Answer], Sequence[int]], np.ndarray],
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
    said = [answer for answer in answers if answer.label is not None]
    # What a review said is no fair sample: it is never held out, and always there to learn from.
    named = [answer for answer in said if answer.source not in IN_REVIEW]
    reviewed = [answer for answer in said if answer.source in IN_REVIEW]
    if len(named) < FEWEST_ANSWERS:
        return None
    folds = list(answer_folds(len(named), config))
    n_right = 0
    for held in track(folds, progress, task):
        left_out = set(held.tolist())
        kept = [answer for number, answer in enumerate(named) if number not in left_out]
        asked = [named[number] for number in held]
        labels = name_held([*kept, *reviewed], [answer.question.image for answer in asked])
        n_right += int(np.count_nonzero(labels == np.array([answer.label for answer in asked])))
    share = n_right / len(named)
    return CrossValidation(agreement=share, n_folds=len(folds), n_images=len(named))


def answer_folds(n_answers: int, config: RunConfig) -> Iterator[np.ndarray]:
    """Each answer stands for a cluster of its own, so parting answers parts clusters."""
    order = config.rng("cross-validation").permutation(n_answers)
    yield from np.array_split(order, min(N_FOLDS, n_answers))
