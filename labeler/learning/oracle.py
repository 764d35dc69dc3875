"""The simulated annotator: answers from ground truth, wrong as often as it is told to be."""

from collections.abc import Iterable

import numpy as np

from labeler.records import UNLABELED, Answer, LabelSet, Question, Source


class Oracle:
    """Answers questions from the true labels.

    Parameters
    ----------
    true_labels : ndarray of shape (n,), dtype int
        ``UNLABELED`` where the truth is not known: such a question is skipped.
    n_classes : int
    error_rate : float
        Probability, from 0 to 1, that an answer is one of the other classes, each equally
        likely. With a single class there is nothing to get wrong.
    rng : numpy.random.Generator
    """

    def __init__(
        self,
        true_labels: np.ndarray,
        n_classes: int,
        error_rate: float,
        rng: np.random.Generator,
    ) -> None:
        self.true_labels = true_labels
        self.n_classes = n_classes
        self.error_rate = error_rate
        self.rng = rng

    def answer(self, questions: Iterable[Question]) -> tuple[Answer, ...]:
        """One answer for each question, in the same order."""
        return tuple(self._answer(question) for question in questions)

    def _answer(self, question: Question) -> Answer:
        truth = int(self.true_labels[question.image])
        if truth == UNLABELED:
            return Answer(question, None, Source.ORACLE)
        errs = self.rng.random() < self.error_rate and self.n_classes > 1
        return Answer(question, self._other_class(truth) if errs else truth, Source.ORACLE)

    def _other_class(self, truth: int) -> int:
        return (truth + int(self.rng.integers(1, self.n_classes))) % self.n_classes


def label_everything(true_labels: np.ndarray) -> LabelSet:
    """What an oracle without error would say of every image: the bound to compare with.

    Parameters
    ----------
    true_labels : ndarray of shape (n,), dtype int
        All known.
    """
    n_images = len(true_labels)
    return LabelSet(
        labels=true_labels.astype(np.int64),
        sources=np.full(n_images, Source.ORACLE, dtype=np.int8),
        confidences=np.ones(n_images, dtype=np.float32),
        origins=np.arange(n_images),
    )
