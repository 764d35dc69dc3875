"""A part to test on, for data sets that come without one."""

import math
from dataclasses import replace

import numpy as np

from labeler.datasets.base import Dataset

TEST_SHARE = 5
"""One image in so many is held out."""


def with_test_part(dataset: Dataset, random_state: int) -> Dataset:
    """Hold out a stratified fifth of the labeled images, before anything else sees them.

    Images of unknown class stay in the pool, and so does the only image of a class: it could
    not be on both sides. The split is scikit-learn's ``train_test_split(test_size=0.2,
    stratify=labels, random_state=random_state)``, in the original order.

    Parameters
    ----------
    dataset : Dataset
    random_state : int
        The same seed gives the same split.

    Returns
    -------
    Dataset
        The same one where it has a test part, or no ground truth to test with.
    """
    if dataset.test is not None or not dataset.has_ground_truth:
        return dataset
    labels = dataset.train.labels
    lonely = np.flatnonzero(np.bincount(labels[labels >= 0]) == 1)
    notes = _lonely_notes(dataset, lonely)
    n_held_out = count_held_out(labels)
    if not n_held_out:
        return dataset.with_notes(*notes, "no test part: no class has two images")
    eligible = np.flatnonzero(dataset.train.is_labeled & ~np.isin(labels, lonely))
    held = _held_out(eligible, labels, n_held_out, random_state)
    kept = np.setdiff1d(np.arange(len(labels)), held)
    note = f"{len(held):,} of {len(labels):,} images held out to test on (seed {random_state})"
    return replace(
        dataset.with_notes(*notes, note),
        train=dataset.train.take(kept),
        test=dataset.train.take(held),
    )


def held_out_by_content(hashes: np.ndarray) -> np.ndarray:
    """Which of the images that are added to a data set later are held out of it, too.

    A fifth of them, by their content alone: an image is held out or not whatever it is added to,
    when, and with which others, so that it never changes sides.

    Parameters
    ----------
    hashes : ndarray of shape (n, 32), dtype uint8
        SHA-256 of each image's file.

    Returns
    -------
    ndarray of shape (n,), dtype bool
    """
    first_bytes = np.ascontiguousarray(hashes[:, :8]).view(">u8").ravel()
    return np.asarray(first_bytes < 2**64 // TEST_SHARE)


def count_held_out(labels: np.ndarray) -> int:
    """How many images ``with_test_part`` holds out of a data set without a test part.

    Parameters
    ----------
    labels : ndarray of shape (n,)
        Negative where not known.
    """
    counts = np.bincount(labels[labels >= 0], minlength=1)
    eligible = counts[counts > 1]
    # With few images a fifth may be fewer than the classes, which cannot be stratified.
    return max(math.ceil(int(eligible.sum()) / TEST_SHARE), len(eligible))


def _held_out(
    eligible: np.ndarray, labels: np.ndarray, n_test: int, random_state: int
) -> np.ndarray:
    from sklearn.model_selection import train_test_split  # what no list of data sets waits for

    _, held = train_test_split(
        eligible, test_size=n_test, stratify=labels[eligible], random_state=random_state
    )
    return np.sort(held)


def _lonely_notes(dataset: Dataset, lonely: np.ndarray) -> list[str]:
    if not len(lonely):
        return []
    names = ", ".join(dataset.classes[index] for index in lonely[:5])
    more = ", …" if len(lonely) > 5 else ""
    return [f"classes with a single image stay in the pool whole: {names}{more}"]
