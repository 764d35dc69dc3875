"""A data set, made ready for a run: a test part held out, images turned into features."""

from dataclasses import dataclass, replace

import numpy as np

from labeler.config import RunConfig
from labeler.datasets.base import Dataset, Split
from labeler.datasets.splitting import with_test_part
from labeler.exceptions import GroundTruthError
from labeler.progress import SILENT, Progress


@dataclass(frozen=True, eq=False)
class Prepared:
    """A pool and its test images, with their features.

    Attributes
    ----------
    classes : tuple of str
    pool : Split
    test : Split or None
        None where there is no ground truth to test with.
    X, X_test : ndarray of shape (n, n_features), dtype float32
        Features of both, learned from the pool alone; ``X_test`` is None where ``test`` is.
    """

    classes: tuple[str, ...]
    pool: Split
    test: Split | None
    X: np.ndarray
    X_test: np.ndarray | None


def prepare(dataset: Dataset, config: RunConfig, progress: Progress = SILENT) -> Prepared:
    """Compute the features of a data set's pool and, if there is one, of its test part.

    Parameters
    ----------
    dataset : Dataset
    config : RunConfig
    progress : Progress
    """
    from labeler.features import EXTRACTORS  # scikit-learn: seconds that no page should wait for

    extractor = EXTRACTORS[config.features](config.n_components)
    extractor.fit(dataset.train.images, progress)
    return Prepared(
        dataset.classes,
        dataset.train,
        dataset.test,
        extractor.transform(dataset.train.images, progress),
        None if dataset.test is None else extractor.transform(dataset.test.images, progress),
    )


def as_simulated(dataset: Dataset, seed: int) -> Dataset:
    """The part of a data set that a simulation works on, with images to test on.

    Images without ground truth are left out, which the notes say. Where the data set has no test
    part, a stratified fifth is held out by ``seed`` before anything else sees it.

    Parameters
    ----------
    dataset : Dataset
    seed : int

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
