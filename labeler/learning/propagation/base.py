"""What every way of propagation starts from: an answer itself is never changed by it."""

from collections.abc import Sequence

import numpy as np

from labeler.records import UNLABELED, Answer, LabelSet, Source


def answers_only(answers: Sequence[Answer], n_images: int) -> LabelSet:
    """The answers as a label set: nothing spread.

    Parameters
    ----------
    answers : sequence of Answer
        Skips leave their image without a label.
    n_images : int
        Size of the pool.

    Returns
    -------
    LabelSet
    """
    label_set = unlabeled(n_images)
    write_answers(label_set, answers)
    return label_set


def unlabeled(n_images: int) -> LabelSet:
    return LabelSet(
        labels=np.full(n_images, UNLABELED, dtype=np.int64),
        sources=np.full(n_images, Source.NONE, dtype=np.int8),
        confidences=np.zeros(n_images, dtype=np.float32),
        origins=np.full(n_images, -1, dtype=np.int64),
    )


def write_answers(label_set: LabelSet, answers: Sequence[Answer]) -> None:
    for answer in answers:
        if answer.label is not None:
            image = answer.question.image
            label_set.labels[image] = answer.label
            label_set.sources[image] = answer.source
            label_set.confidences[image] = 1
            label_set.origins[image] = image
