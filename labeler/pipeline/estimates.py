"""What can be said about a run without ground truth: nothing of it is an accuracy.

How much is labeled, how sure the spread labels are, and how well a classifier that never saw a
cluster names the image that a person named there.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from labeler.config import RunConfig
from labeler.learning.classifiers import classifier
from labeler.learning.propagation import propagate_over_graph, propagate_to_clusters
from labeler.pipeline.preparation import Prepared
from labeler.progress import SILENT, Progress, track
from labeler.records import Answer, Clusters, LabelSet
from labeler.results import CrossValidation, Estimate

N_FOLDS = 5
FEWEST_ANSWERS = 4


def estimate(
    X: np.ndarray,
    answers: Sequence[Answer],
    clusters: Clusters,
    config: RunConfig,
    fraction: float,
    progress: Progress = SILENT,
) -> Estimate:
    """Describe the labels spread to ``fraction`` of the clusters.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
    answers : sequence of Answer
    clusters : Clusters
    config : RunConfig
    fraction : float
    progress : Progress

    Returns
    -------
    Estimate
        Cross-validated: how many answered images a classifier that was trained on the *other*
        clusters names as the person did.
    """
    label_set = propagate_to_clusters(answers, clusters, fraction)
    cross_validation = cross_validate(X, answers, clusters, config, fraction, progress)
    return _estimate(label_set, fraction, cross_validation)


def estimate_graph(
    prepared: Prepared,
    answers: Sequence[Answer],
    label_set: LabelSet,
    config: RunConfig,
    progress: Progress = SILENT,
) -> Estimate:
    """Describe labels that were spread over the graph.

    Parameters
    ----------
    prepared : Prepared
        With its graph.
    answers : sequence of Answer
    label_set : LabelSet
    config : RunConfig
    progress : Progress

    Returns
    -------
    Estimate
        With ``fraction`` None; cross-validated: how many answered images the
        others' answers, spread over the graph, name as the person did.
    """
    return _estimate(label_set, None, _cross_validate_graph(prepared, answers, config, progress))


def _estimate(
    label_set: LabelSet, fraction: float | None, cross_validation: CrossValidation | None
) -> Estimate:
    given = label_set.labeled
    return Estimate(
        fraction=fraction,
        n_train=len(given),
        coverage=len(given) / len(label_set),
        mean_confidence=float(label_set.confidences[given].mean()) if len(given) else None,
        cross_validation=cross_validation,
    )


def _cross_validate_graph(
    prepared: Prepared, answers: Sequence[Answer], config: RunConfig, progress: Progress
) -> CrossValidation | None:
    named = [answer for answer in answers if answer.label is not None]
    if len(named) < FEWEST_ANSWERS or prepared.graph is None:
        return None
    folds = list(_folds(len(named), config.rng("cross-validation")))
    n_right = 0
    for held in track(folds, progress, "Cross-validating over the graph"):
        left_out = set(held.tolist())
        kept = [answer for number, answer in enumerate(named) if number not in left_out]
        found = propagate_over_graph(
            kept, prepared.graph, prepared.X, len(prepared.classes), n_refinements=0
        )
        n_right += sum(
            int(found.labels[named[number].question.image]) == named[number].label
            for number in left_out
        )
    share = n_right / len(named)
    return CrossValidation(agreement=share, n_folds=len(folds), n_images=len(named))


def cross_validate(
    X: np.ndarray,
    answers: Sequence[Answer],
    clusters: Clusters,
    config: RunConfig,
    fraction: float,
    progress: Progress = SILENT,
) -> CrossValidation | None:
    """Leave a fifth of the answered clusters out, train on the rest, ask for what was left out."""
    named = [answer for answer in answers if answer.label is not None]
    if len(named) < FEWEST_ANSWERS:
        return None
    folds = list(_folds(len(named), config.rng("cross-validation")))
    right = [
        _agreements(X, named, held, clusters, config, fraction)
        for held in track(folds, progress, "Cross-validating by cluster")
    ]
    share = float(np.concatenate(right).mean())
    return CrossValidation(agreement=share, n_folds=len(folds), n_images=len(named))


def _folds(n_answers: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Each answer stands for a cluster of its own, so parting answers parts clusters."""
    yield from np.array_split(rng.permutation(n_answers), min(N_FOLDS, n_answers))


def _agreements(
    X: np.ndarray,
    named: Sequence[Answer],
    held: np.ndarray,
    clusters: Clusters,
    config: RunConfig,
    fraction: float,
) -> np.ndarray:
    left_out = set(held.tolist())
    kept = [answer for number, answer in enumerate(named) if number not in left_out]
    label_set = propagate_to_clusters(kept, clusters, fraction)
    given = label_set.labeled
    trained = classifier(config.classifier, config.seed)
    trained.fit(X[given], label_set.labels[given], label_set.origins[given])
    predicted = trained.predict(X[[named[number].question.image for number in held]])
    return np.asarray(predicted == np.array([named[number].label for number in held]))
