"""Answers that are left out in turn: what labels spread from the others claim of their images.

That is out of sample, and it is cautious: an image that was asked about is the nearest to the
answers of no other, so it is harder to name from them than most images of the pool.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from labeler.config import RunConfig
from labeler.learning.audit import LogitCurve, fit_offset, moved
from labeler.learning.propagation import Evidence
from labeler.pipeline.questions import spread_answers
from labeler.plugins import PROPAGATIONS
from labeler.progress import SILENT, Progress, track
from labeler.records import IN_REVIEW, Answer

N_FOLDS = 5
FEWEST_ANSWERS = 4
FEWEST_LEFT_OUT = 20
"""To say what confidences are worth: where twenty are all right, one in seven of others may still
be wrong."""


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Labels of images whose answers were left out.

    Those that calibrate are of classes that other answers have, too.

    Attributes
    ----------
    confidences : ndarray of shape (n,), dtype float32
        What each label claims.
    is_right : ndarray of shape (n,), dtype bool
        Whether the answer says the same.
    """

    confidences: np.ndarray
    is_right: np.ndarray

    def __len__(self) -> int:
        return len(self.confidences)

    def take(self, mask: np.ndarray) -> "LeftOut":
        """Only some of them; ``mask`` of shape (n,)."""
        return LeftOut(self.confidences[mask], self.is_right[mask])

    def worth(self, confidences: np.ndarray) -> np.ndarray:
        """How often labels are right that claim so much: more than that, too, if the answers do.

        Parameters
        ----------
        confidences : ndarray of shape (n,)

        Returns
        -------
        ndarray of shape (n,), dtype float64
        """
        offset, _ = fit_offset(self.confidences, self.is_right)
        return moved(offset, 1).calibrate(confidences, np.zeros(len(confidences), dtype=int))

    def cautious(self, n_classes: int) -> LogitCurve:
        """The same for every class, less a standard error, and never more than was claimed."""
        offset, error = fit_offset(self.confidences, self.is_right)
        return moved(min(0.0, offset - error), n_classes)


@dataclass(frozen=True, eq=False)
class Fold:
    """Answers that are kept, and those that are left out while they name their images."""

    kept: tuple[Answer, ...]
    asked: tuple[Answer, ...]

    @property
    def images(self) -> np.ndarray:
        """Those left out; shape (n,)."""
        return np.array([answer.question.image for answer in self.asked])

    @property
    def labels(self) -> np.ndarray:
        """What was answered there; shape (n,)."""
        return np.array([answer.label for answer in self.asked])


def folds_of(answers: Sequence[Answer], config: RunConfig) -> list[Fold]:
    """Leave a fifth of the answers out, then the next; none where there are too few.

    What a review said is no fair sample: it is never left out, and always there to learn from.
    """
    said = [answer for answer in answers if answer.label is not None]
    named = [answer for answer in said if answer.source not in IN_REVIEW]
    reviewed = [answer for answer in said if answer.source in IN_REVIEW]
    if len(named) < FEWEST_ANSWERS:
        return []
    folds = []
    for held in answer_folds(len(named), config):
        kept = [named[number] for number in np.setdiff1d(np.arange(len(named)), held)]
        folds.append(Fold((*kept, *reviewed), tuple(named[number] for number in held)))
    return folds


def answer_folds(n_answers: int, config: RunConfig) -> Iterator[np.ndarray]:
    """Each answer stands for a cluster of its own, so parting answers parts clusters."""
    order = config.rng("cross-validation").permutation(n_answers)
    yield from np.array_split(order, min(N_FOLDS, n_answers))


def spread_without(
    evidence: Evidence, config: RunConfig, progress: Progress = SILENT
) -> LeftOut | None:
    """Spread the answers as the run does, a fifth of them left out in turn.

    A net that looks at the images takes no part: it would be taught five times.

    Parameters
    ----------
    evidence : Evidence
    config : RunConfig
        Of a run that spreads by confidence.
    progress : Progress

    Returns
    -------
    LeftOut or None
        None where fewer than ``FEWEST_LEFT_OUT`` can be.
    """
    folds = folds_of(evidence.answers, config)
    if not folds:
        return None
    without_net = PROPAGATIONS[config.propagation].constants.get("WITHOUT_NET", {})
    confidences, is_right = [], []
    for fold in track(folds, progress, "Leaving answers out"):
        others = replace(evidence, answers=fold.kept)
        label_set = spread_answers(config, others, **without_net)
        # What no other answer says can't be foretold by them.
        known = np.isin(fold.labels, [int(answer.label or 0) for answer in fold.kept])
        images = fold.images[known]
        confidences.append(label_set.confidences[images])
        is_right.append(label_set.labels[images] == fold.labels[known])
    left_out = LeftOut(np.concatenate(confidences), np.concatenate(is_right))
    return left_out if len(left_out) >= FEWEST_LEFT_OUT else None
