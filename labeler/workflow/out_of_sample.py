"""What a classifier says about labeled images that it learned nothing about.

Labels spread from one answer share its error, and images of one cluster look alike: a classifier
that has seen some of a cluster would only confirm the rest. So whole clusters are left out.
"""

import numpy as np

from labeler.classifiers import CLASSIFIERS
from labeler.config import RunConfig
from labeler.exceptions import ConfigError
from labeler.progress import SILENT, Progress, track

N_FOLDS = 5


def out_of_sample_probabilities(
    X: np.ndarray,
    labels: np.ndarray,
    clusters: np.ndarray,
    n_classes: int,
    config: RunConfig,
    progress: Progress = SILENT,
) -> np.ndarray:
    """Cross-validate by cluster, and keep each image's probabilities.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
    labels : ndarray of shape (n,), dtype int64
        Class indices; every image has one.
    clusters : ndarray of shape (n,)
    n_classes : int
    config : RunConfig
        Its classifier and seed.
    progress : Progress

    Returns
    -------
    ndarray of shape (n, n_classes), dtype float32
        Each row sums to 1; a class that is in no other fold has 0.

    Raises
    ------
    ConfigError
        All images are of one cluster: there is nothing else to learn from.
    """
    numbers = np.unique(clusters)
    if len(numbers) < 2:
        raise ConfigError(
            f"The labels left are of {len(numbers)} cluster, and probabilities come from a "
            "classifier that learned from other clusters; choose more rows."
        )
    probabilities = np.zeros((len(X), n_classes), dtype=np.float32)
    shuffled = config.rng("out-of-sample probabilities").permutation(numbers)
    folds = np.array_split(shuffled, min(N_FOLDS, len(numbers)))
    for fold in track(folds, progress, "Cross-validating by cluster"):
        held = np.isin(clusters, fold)
        classifier = CLASSIFIERS[config.classifier](config.seed)
        classifier.fit(X[~held], labels[~held], clusters[~held])
        columns = classifier.classes_
        probabilities[np.ix_(held, columns)] = classifier.predict_proba(X[held])
    return probabilities
