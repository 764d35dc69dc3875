"""The images that a run held out to test on, found again in a data set without a part for that."""

import hashlib

from labeler.datasets.base import Dataset, Split
from labeler.datasets.splitting import with_test_part
from labeler.pipeline.fitting import hash_images
from labeler.prediction.contents import HeldOut


def held_out_by(seed: int, test: Split) -> HeldOut:
    """What finds the same images again.

    Parameters
    ----------
    seed : int
        They were held out by it: see ``with_test_part``.
    test : Split
    """
    return HeldOut(seed=seed, sha256=_digest(test))


def with_held_out(dataset: Dataset, held_out: HeldOut | None) -> Dataset:
    """Part a data set as the run did that a model learned in.

    Parameters
    ----------
    dataset : Dataset
        Its images as the model takes them.
    held_out : HeldOut or None

    Returns
    -------
    Dataset
        As it is where it has a test part, or these are not the same images.
    """
    if dataset.test is not None or held_out is None:
        return dataset
    parted = with_test_part(dataset, held_out.seed)
    is_same = parted.test is not None and _digest(parted.test) == held_out.sha256
    return parted if is_same else dataset


def _digest(test: Split) -> str:
    digest = hashlib.sha256()
    hash_images(digest, test.images)
    return digest.hexdigest()
