"""The plain records that pass between the layers. They hold, they do not compute.

``label_quality.py`` has those of how right labels are, ``results.py`` what a simulation or a
training found out, as JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from labeler.config import RunConfig
from labeler.records.label_quality import Choice, Signs, SimulatedAudit

UNLABELED = -1
"""The label of an image whose class is not known (scikit-learn's convention)."""


class Source(IntEnum):
    """Who a label comes from. A classifier's output is a prediction, never a label of a run.

    ``DATASET``: the label came with the image, which is held out to test on; it is no answer.
    ``REVIEWED``: a person was shown the label among others and let it stand. ``CORRECTED``: a
    person was shown another label, and gave this one. ``PREDICTED``: a model's file named an image
    that no run has. The numbers are kept in files: new ones come last.
    """

    NONE = 0
    HUMAN = 1
    ORACLE = 2
    PROPAGATED = 3
    DATASET = 4
    REVIEWED = 5
    CORRECTED = 6
    PREDICTED = 7


IN_REVIEW = (Source.REVIEWED, Source.CORRECTED)
"""What a person said of labels that were there already: the images were chosen for their doubt."""

IN_ANSWERS = (Source.HUMAN, Source.ORACLE, *IN_REVIEW)
"""What a person or an oracle said of an image, at whatever time."""


@dataclass(frozen=True)
class Question:
    """One image asked about.

    Attributes
    ----------
    image : int
        Index into the pool.
    cluster : int or None
        The cluster it stands for; None for an image that stands only for itself.
    """

    image: int
    cluster: int | None = None


@dataclass(frozen=True)
class Answer:
    """What somebody said about one question.

    Attributes
    ----------
    question : Question
    label : int or None
        Class index; None for a skip ("can't tell").
    source : Source
    """

    question: Question
    label: int | None
    source: Source


@dataclass(frozen=True)
class Rejection:
    """What an image is not, as somebody said who did not say what it is.

    Attributes
    ----------
    image : int
        Index into the pool.
    label : int
        The class that it is not.
    """

    image: int
    label: int


@dataclass(frozen=True, eq=False)
class Clusters:
    """The pool, cut into clusters.

    Attributes
    ----------
    labels : ndarray of shape (n,), dtype int32
        The cluster of each image.
    distances : ndarray of shape (n,), dtype float32
        Euclidean distance to its own centroid, in feature space.
    ranks : ndarray of shape (n,), dtype int32
        Position in its cluster by distance; 0 is the nearest to the centroid.
    sizes : ndarray of shape (n_clusters,), dtype int64
    representatives : ndarray of shape (n_clusters,), dtype int64
        The image nearest each centroid (rank 0).
    centers : ndarray of shape (n_clusters, n_features), dtype float32
    """

    labels: np.ndarray
    distances: np.ndarray
    ranks: np.ndarray
    sizes: np.ndarray
    representatives: np.ndarray
    centers: np.ndarray

    @property
    def n_clusters(self) -> int:
        return len(self.sizes)


@dataclass(frozen=True, eq=False)
class LabelSet:
    """One label per image of the pool, and where each came from.

    Attributes
    ----------
    labels : ndarray of shape (n,), dtype int64
        Class index, ``UNLABELED`` where the image got none.
    sources : ndarray of shape (n,), dtype int8
        ``Source`` of each label.
    confidences : ndarray of shape (n,), dtype float32
        0 (no label) to 1 (an answer).
    origins : ndarray of shape (n,), dtype int64
        The image whose answer the label is; -1 where there is no single one.
    probabilities : ndarray of shape (n, n_classes), dtype float32, or None
        Soft labels, where they were spread as such.
    new_probabilities : ndarray of shape (m, n_classes), dtype float32, or None
        What was seen in the images that are held out to test on, if the way of spreading looks
        looks at images.
    seen_by : mapping of str to ndarray, or None
        What saw them, so that it can be shown others: the state of a ``SmallNet``.
    """

    labels: np.ndarray
    sources: np.ndarray
    confidences: np.ndarray
    origins: np.ndarray
    probabilities: np.ndarray | None = None
    new_probabilities: np.ndarray | None = None
    seen_by: Mapping[str, np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def labeled(self) -> np.ndarray:
        """Indices of the images that have a label, ascending."""
        return np.flatnonzero(self.labels != UNLABELED)


@dataclass(frozen=True)
class Interval:
    """A mean over seeds with its 95 % confidence interval.

    Attributes
    ----------
    mean : float
    ci95 : float or None
        Half-width of the interval (Student's t); None for a single seed.
    per_seed : tuple of float
    """

    mean: float
    ci95: float | None
    per_seed: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Scores:
    """How one classifier did on the test images.

    Attributes
    ----------
    accuracy : float
        Share of right predictions, 0 to 1.
    confusion : ndarray of shape (n_classes, n_classes), dtype int64
        Row: true class; column: predicted class.
    precision, recall, f1, support : ndarray of shape (n_classes,)
        Per class; a ratio is nan where its denominator is 0.
    """

    accuracy: float
    confusion: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray


@dataclass(frozen=True, eq=False)
class Stage:
    """One row of the results table: one way to get labels, trained on and scored.

    Attributes
    ----------
    stage : str
        ``random``, ``representatives``, ``propagated`` or ``supervised``; also ``combined``, the
        classifier of ``propagated`` together with what a new image's neighbours are labeled;
        ``answers``, the run's own answers alone; ``chosen``, what was taken of these (``Choice``);
        ``reviewed``, labels of which the most doubtful were looked at; and
        ``supervised-pixels``, every true label on plain pixels, where the features are others.
    n_labels : int
        Labels asked for.
    fraction : float or None
        Share of each cluster that received its representative's label.
    method : str or None
        How labels were spread, as ``cluster`` or ``graph``; None where they were not.
    n_train : int
        Images trained on (mean over seeds, rounded).
    label_accuracy : float or None
        Share of the labels trained on that are right (mean over seeds).
    test_accuracy : Interval
    seconds : float
        Training and scoring, mean over seeds.
    scores : tuple of Scores
        One for each seed.
    n_reviewed : int or None
        Labels that were looked at, of ``reviewed``.
    """

    stage: str
    n_labels: int
    fraction: float | None
    method: str | None
    n_train: int
    label_accuracy: float | None
    test_accuracy: Interval
    seconds: float
    scores: tuple[Scores, ...] = field(repr=False)
    n_reviewed: int | None = None


@dataclass(frozen=True, eq=False)
class LabelingRun:
    """What one run (one seed, one budget) asked, was told and spread: kept to be looked at.

    Attributes
    ----------
    seed : int
    clusters : Clusters
    answers : tuple of Answer
        One for each question, in the order asked.
    label_set : LabelSet
        The labels after propagation to the largest fraction asked for.
    """

    seed: int
    clusters: Clusters
    answers: tuple[Answer, ...]
    label_set: LabelSet


@dataclass(frozen=True, eq=False)
class Simulation:
    """Everything one call of ``labeler simulate`` found out.

    Attributes
    ----------
    dataset, preset, classifier : str
    classes : tuple of str
        Names, in label order.
    seeds : tuple of int
    config : RunConfig
    stages : tuple of Stage
        In the order of the table: by budget, then random, representatives, propagated by
        fraction; supervised last.
    seconds : float
        Wall-clock time of the whole simulation.
    notes : tuple of str
        What the reader of the figures must know (images left out, classes never seen, …).
    sample : LabelingRun
        The first seed at the largest budget, to be looked at in the report and exported.
    audit : SimulatedAudit or None
        Of the sample, where that was asked for.
    without_errors : tuple of Stage
        Where the oracle errs: what the run's own labels reach when it does not, by budget.
    others : tuple of Simulation
        Other presets on the same images, to be drawn beside this one.
    choices : tuple of Choice
        Where labels are soft: which use of the answers was taken, by seed and budget.
    signs : Signs or None
        Of a run that is kept: what its answers say of its labels.
    """

    dataset: str
    preset: str
    classifier: str
    classes: tuple[str, ...]
    seeds: tuple[int, ...]
    config: RunConfig
    stages: tuple[Stage, ...]
    seconds: float
    notes: tuple[str, ...]
    sample: LabelingRun
    audit: SimulatedAudit | None = None
    without_errors: tuple[Stage, ...] = ()
    others: tuple["Simulation", ...] = ()
    choices: tuple[Choice, ...] = ()
    signs: Signs | None = None
