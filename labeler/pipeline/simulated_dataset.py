"""What a simulation works on: images that an oracle can answer for, and a test part."""

from dataclasses import replace

import numpy as np

from labeler.datasets.base import Dataset, Split
from labeler.datasets.splitting import with_test_part
from labeler.exceptions import GroundTruthError


def as_simulated(dataset: Dataset, seed: int) -> Dataset:
    """The part of a data set that a simulation works on, with images to test on.

    Images without ground truth are left out, which the notes say. Where the data set has no test
    part, a stratified fifth is held out by ``seed`` before anything else sees it.

    Parameters
    ----------
    dataset : Dataset
        With ground truth for some images at least.
    seed : int
        Decides what is held out.

    Returns
    -------
    Dataset
        With a test part; all of its images have a true label.

    Raises
    ------
    GroundTruthError
        The images have no true labels, or too few to hold any out.
    """
    simulated = with_test_part(_with_known_truth(dataset), seed)
    if simulated.test is None:
        raise GroundTruthError(
            f"{dataset.name}: no test part can be held out of {len(simulated.train):,} labeled "
            "images. Give more images with their class, or a test part."
        )
    return simulated


def _with_known_truth(dataset: Dataset) -> Dataset:
    if not dataset.has_ground_truth:
        raise GroundTruthError(
            f"{dataset.name}: none of its {len(dataset.train):,} images has a true label, and a "
            "simulation answers from those. Give labels: a folder for each class, or a CSV."
        )
    train = _labeled_part(dataset.train)
    test = None if dataset.test is None else _labeled_part(dataset.test)
    n_left_out = len(dataset.train) - len(train)
    if dataset.test is not None and test is not None:
        n_left_out += len(dataset.test) - len(test)
    known = replace(dataset, train=train, test=test if test else None)
    if n_left_out == 0:
        return known
    return known.with_notes(f"{n_left_out:,} images without a true label left out")


def _labeled_part(split: Split) -> Split:
    return split if split.is_labeled.all() else split.take(np.flatnonzero(split.is_labeled))
