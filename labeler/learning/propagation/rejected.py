"""What images are known not to be: mass that is taken from a class goes to the image's others."""

from collections.abc import Sequence

import numpy as np

from labeler.records import UNLABELED, LabelSet, Rejection, Source


class RejectedClasses:
    """The classes that images are known not to be, ready to be taken out of soft labels.

    An image that is said to be of no class at all has nothing taken away: somebody is wrong, and
    nobody knows who.

    Parameters
    ----------
    rejections : sequence of Rejection
    n_classes : int
    """

    def __init__(self, rejections: Sequence[Rejection], n_classes: int) -> None:
        images = np.array([rejection.image for rejection in rejections], dtype=np.int64)
        labels = np.array([rejection.label for rejection in rejections], dtype=np.int64)
        places, rows = np.unique(images, return_inverse=True)
        allowed = np.ones((len(places), n_classes), dtype=bool)
        allowed[rows, labels] = False
        possible = allowed.any(axis=1)
        self.images = places[possible]
        self.allowed = allowed[possible]

    def take_from(self, soft: np.ndarray) -> None:
        """Give each image's mass to the classes that it may be, in place.

        Parameters
        ----------
        soft : ndarray of shape (n, n_classes), dtype float32
            Where all of an image's mass is to be taken, it is shared by the others alike.
        """
        if not len(self.images):
            return
        rows = soft[self.images]
        kept = rows * self.allowed
        sums, left = rows.sum(axis=1, keepdims=True), kept.sum(axis=1, keepdims=True)
        evenly = self.allowed * (sums / self.allowed.sum(axis=1, keepdims=True))
        scaled = kept * (sums / np.maximum(left, np.finfo(np.float32).tiny))
        soft[self.images] = np.where(left > 0, scaled, evenly)


def leave_out(label_set: LabelSet, rejections: Sequence[Rejection]) -> None:
    """Take away spread labels that somebody said are not so; nothing else is known there."""
    for rejection in rejections:
        image = rejection.image
        is_spread = label_set.sources[image] == Source.PROPAGATED
        if is_spread and label_set.labels[image] == rejection.label:
            label_set.labels[image] = UNLABELED
            label_set.sources[image] = Source.NONE
            label_set.confidences[image] = 0
            label_set.origins[image] = -1
