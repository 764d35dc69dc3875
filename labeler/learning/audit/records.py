"""What passes between the parts of an audit."""

from dataclasses import dataclass

import numpy as np

from labeler.records import UNLABELED

FIRST_CHECKPOINTS = (50, 100, 200, 400)
"""Answers after which an interval is shown; from the last on, each time that they doubled."""

NO_CLASS = -2
"""What an auditor says of an image that belongs to no class; a skip is ``UNLABELED``."""

PLAIN_LEVEL = 0.95
"""For a number of answers that was fixed before."""

CHECKPOINT_LEVEL = 1 - 0.05 / len(FIRST_CHECKPOINTS)
"""For whoever looks at each checkpoint: all four intervals hold together in 95 % of audits."""


@dataclass(frozen=True, eq=False)
class AuditDesign:
    """Which images an audit asks about, and in which order: fixed when it begins.

    Attributes
    ----------
    images : ndarray of shape (population,), dtype int64
        Images of the pool whose labels are judged, ascending.
    strata : ndarray of shape (population,), dtype int64
        The stratum of each, from 0 for the least confident.
    sizes : ndarray of shape (n_strata,), dtype int64
        Images of each stratum.
    shares : ndarray of shape (n_strata,), dtype float64
        Share of the answers that each stratum is meant to get; they sum to 1.
    deck : ndarray of shape (population,), dtype int64
        The images in the order asked. A longer audit goes on where a shorter one ended.
    seed : int
    """

    images: np.ndarray
    strata: np.ndarray
    sizes: np.ndarray
    shares: np.ndarray
    deck: np.ndarray
    seed: int

    @property
    def population(self) -> int:
        return len(self.images)

    @property
    def n_strata(self) -> int:
        return len(self.sizes)

    def strata_of(self, images: np.ndarray) -> np.ndarray:
        """The stratum of each of ``images``.

        Raises
        ------
        ValueError
            One of them is not in the population.
        """
        places = np.minimum(np.searchsorted(self.images, images), self.population - 1)
        if not np.array_equal(self.images[places], images):
            raise ValueError("an image was audited that is not in the population of the audit")
        return np.asarray(self.strata[places])

    def count_by_stratum(self, images: np.ndarray) -> np.ndarray:
        """How many of ``images`` are in each stratum; shape (n_strata,), dtype int64."""
        return np.bincount(self.strata_of(images), minlength=self.n_strata)


@dataclass(frozen=True, eq=False)
class AuditSample:
    """What the auditor said.

    Attributes
    ----------
    design : AuditDesign
    images : ndarray of shape (n,), dtype int
        Those answered: the beginning of ``design.deck``, or of each stratum in it.
    answers : ndarray of shape (n,), dtype int
        The class of each; ``UNLABELED`` where it was skipped, ``NO_CLASS`` where it has none.
    """

    design: AuditDesign
    images: np.ndarray
    answers: np.ndarray

    @property
    def named(self) -> np.ndarray:
        """Whether each was named, and not skipped; shape (n,), dtype bool."""
        return np.asarray(self.answers != UNLABELED)

    def take(self, which: np.ndarray) -> "AuditSample":
        """Some of the answers, by a mask or places."""
        return AuditSample(self.design, self.images[which], self.answers[which])

    @property
    def weights(self) -> np.ndarray:
        """How many images each stands for: its stratum's size by those of it in the sample."""
        strata = self.design.strata_of(self.images)
        counts = np.bincount(strata, minlength=self.design.n_strata)
        return np.asarray((self.design.sizes / np.maximum(counts, 1))[strata])


@dataclass(frozen=True)
class Proportion:
    """A share that was estimated from a sample, and its interval.

    Attributes
    ----------
    estimate : float
        0 to 1; nan where nothing can be said.
    low, high : float
        The interval, which holds the estimate; 0 and 1 where nothing can be said.
    level : float
        How often such an interval holds the truth, at least nominally.
    n : int
        Answers that it rests on.
    n_effective : float
        Answers of a simple random sample that would say as much; infinite at a census.
    """

    estimate: float
    low: float
    high: float
    level: float
    n: int
    n_effective: float

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2

    @property
    def is_known(self) -> bool:
        """Whether anything can be said."""
        return self.estimate == self.estimate


@dataclass(frozen=True, eq=False)
class Agreement:
    """How many labels of one label set are as the auditor says.

    Attributes
    ----------
    named : Proportion
        From the images that were named: those skipped are taken to be right as often as the
        others of their stratum.
    if_skipped_wrong, if_skipped_right : Proportion
        The same if every skipped label was wrong, or right: nothing about them is taken for
        granted. Equal to ``named`` where none was skipped.
    sizes, asked, skipped, right : ndarray of shape (n_strata,), dtype int64
        Of each stratum: images, those asked about, those skipped and those named as labeled.
    """

    named: Proportion
    if_skipped_wrong: Proportion
    if_skipped_right: Proportion
    sizes: np.ndarray
    asked: np.ndarray
    skipped: np.ndarray
    right: np.ndarray

    @property
    def n_asked(self) -> int:
        return int(self.asked.sum())

    @property
    def n_skipped(self) -> int:
        return int(self.skipped.sum())

    @property
    def plain_share(self) -> float:
        """Share right of the images named: not the estimate, for doubtful ones are asked more."""
        n_named = self.n_asked - self.n_skipped
        return float(self.right.sum() / n_named) if n_named else float("nan")


@dataclass(frozen=True)
class Consistency:
    """How often the auditor names an image as the first time, when asked again.

    Attributes
    ----------
    same : Proportion
        Of those named both times.
    n_skipped : int
        Repeats that were skipped, the first or the second time.
    """

    same: Proportion
    n_skipped: int


@dataclass(frozen=True)
class AuditRow:
    """One audited image, so that anybody can compute the figures again.

    Attributes
    ----------
    image : int
    stratum : int
    weight : float
        Images of the stratum for each that was asked about. In a stratum they sum to its size.
        0 for an image that was asked about beside, for its class alone.
    class_weight : float
        Images of its class for each that was named; 0 for a skip.
    label, answer : int
        ``UNLABELED`` for none, and for a skip; an answer may be ``NO_CLASS``.
    right : bool
        Whether they are the same class.
    skipped : bool
    """

    image: int
    stratum: int
    weight: float
    class_weight: float
    label: int
    answer: int
    right: bool
    skipped: bool
