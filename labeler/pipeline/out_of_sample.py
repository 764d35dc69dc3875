"""What can be said about the label of each image without looking at that label.

Three opinions, multiplied: the labels of its nearest neighbours; a regression that learned from
other images, in folds that each have their part of every class; and the answers alone, spread over
the graph. Their errors differ: spread labels are wrong in whole regions, where neighbours agree
with each other, but neither with the answers nor with what the class looks like elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labeler.config import RunConfig
from labeler.exceptions import ConfigError
from labeler.learning.classifiers.logistic import LogisticClassifier
from labeler.learning.graph import graph_of_neighbors, nearest_neighbors
from labeler.learning.propagation import propagate_over_graph
from labeler.progress import SILENT, Progress, track
from labeler.records import Answer, Question, Source

N_FOLDS = 5
N_NEIGHBORS = 20
GRAPH_NEIGHBORS = 10
FLOOR = {"neighbours": 1e-2, "regression": 1e-4, "answers": 1e-3}
"""Added to each opinion: none of them can rule a class out by itself."""


@dataclass(frozen=True, eq=False)
class Opinions:
    """Probabilities of shape (n, n_classes), dtype float64, each made without the row's label.

    ``answers`` is None where no row is an answer.
    """

    neighbours: np.ndarray
    regression: np.ndarray
    answers: np.ndarray | None

    def product(self) -> np.ndarray:
        """All of them multiplied; each row sums to 1."""
        product = np.ones_like(self.neighbours)
        for name, floor in FLOOR.items():
            opinion = getattr(self, name)
            if opinion is not None:
                product *= opinion + floor
        return np.asarray(product / product.sum(axis=1, keepdims=True))


def out_of_sample_probabilities(
    X: np.ndarray,
    labels: np.ndarray,
    sources: np.ndarray,
    n_classes: int,
    config: RunConfig,
    progress: Progress = SILENT,
) -> np.ndarray:
    """Probabilities of the classes of each image, made without its own label.

    An answer counts as right: its own row has all probability on it, and it is what the other
    rows are measured by.

    Parameters
    ----------
    X : ndarray of shape (n, n_features), dtype float32
    labels : ndarray of shape (n,), dtype int64
        Class indices; every image has one.
    sources : ndarray of shape (n,), dtype int8
        ``Source`` of each label.
    n_classes : int
    config : RunConfig
        Its seed draws the folds.
    progress : Progress

    Returns
    -------
    ndarray of shape (n, n_classes), dtype float32
        Each row sums to 1; a class that no image has gets next to nothing.

    Raises
    ------
    ConfigError
        There are fewer than two images: nothing else to learn from.
    """
    if len(X) < 2:
        raise ConfigError(
            f"Only {len(X)} image has a label, and its probabilities would have to come from "
            "others; choose more rows."
        )
    probabilities = opinions(X, labels, sources, n_classes, config, progress).product()
    return answers_as_right(probabilities, labels, sources).astype(np.float32)


def answers_as_right(
    probabilities: np.ndarray, labels: np.ndarray, sources: np.ndarray
) -> np.ndarray:
    """The probabilities, with all of an answer's own row on what was answered."""
    answered = np.flatnonzero(sources != Source.PROPAGATED)
    corrected = probabilities.copy()
    corrected[answered] = np.eye(probabilities.shape[1])[labels[answered]]
    return corrected


def opinions(
    X: np.ndarray,
    labels: np.ndarray,
    sources: np.ndarray,
    n_classes: int,
    config: RunConfig,
    progress: Progress = SILENT,
) -> Opinions:
    """What neighbours, a regression and the answers say; parameters as above."""
    neighbors, squares = nearest_neighbors(X, min(N_NEIGHBORS, len(X) - 1), progress)
    votes = np.stack([(labels[neighbors] == c).mean(axis=1) for c in range(n_classes)], axis=1)
    folds = stratified_folds(labels, config.rng("out-of-sample probabilities"))
    regression = cross_validated(X, labels, folds, n_classes, progress)
    answers = _answers(labels, sources)
    if not answers:
        return Opinions(votes, regression, None)
    graph = graph_of_neighbors(neighbors[:, :GRAPH_NEIGHBORS], squares[:, :GRAPH_NEIGHBORS])
    # Unrefined: a refinement learns from the labels that it spread itself.
    spread = propagate_over_graph(answers, graph, X, n_classes, n_refinements=0)
    return Opinions(votes, regression, spread.probabilities)


def stratified_folds(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The fold of each image, shape (n,): every class dealt evenly, none in one fold alone.

    A class of a single image is left out of its own fold only.
    """
    order = rng.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    folds = np.empty(len(labels), dtype=np.int64)
    folds[order] = np.arange(len(labels)) % N_FOLDS
    return folds


def cross_validated(
    X: np.ndarray,
    labels: np.ndarray,
    folds: np.ndarray,
    n_classes: int,
    progress: Progress = SILENT,
) -> np.ndarray:
    """What a regression on the other folds says of each image, shape (n, n_classes), float64."""
    # Always the regression: a neural net says the same and takes minutes.
    probabilities = np.zeros((len(X), n_classes))
    for fold in track(np.unique(folds), progress, "Cross-validating"):
        held = folds == fold
        classifier = LogisticClassifier().fit(X[~held], labels[~held])
        probabilities[np.ix_(held, classifier.classes_)] = classifier.predict_proba(X[held])
    return probabilities


def _answers(labels: np.ndarray, sources: np.ndarray) -> Sequence[Answer]:
    return [
        Answer(Question(int(i)), int(labels[i]), Source(int(sources[i])))
        for i in np.flatnonzero(sources != Source.PROPAGATED)
    ]
