"""Small explorations that all tests of their report look at."""

from dataclasses import replace

import numpy as np
import pytest

from labeler.datasets.base import Dataset
from labeler.learning.cluster_analysis import (
    cut_cluster,
    describe_partition,
    map_pool,
    members_of,
    partition_at,
    split_vectors,
    suggest,
    survey,
)
from labeler.records import UNLABELED
from labeler.report.exploration.findings import Findings


def explored(dataset: Dataset) -> Findings:
    """k from 2 to 6, looked at with 4 clusters of which cluster 1 was split."""

    def vectors(images: np.ndarray) -> np.ndarray:
        return images.reshape(len(images), -1).astype(np.float32) / 255

    def rng() -> np.random.Generator:
        return np.random.default_rng(0)

    X, test = vectors(dataset.train.images), dataset.test
    X_test = None if test is None else vectors(test.images)
    found = survey(X, range(2, 7), rng(), true_labels=dataset.train.labels, X_test=X_test)
    four = partition_at(X, found, 4)
    parts = split_vectors(X[members_of(four, "1")], 2, rng())
    partition = cut_cluster(X, four, "1", parts.centers)
    details = describe_partition(
        X,
        partition,
        rng(),
        n_classes=len(dataset.classes),
        true_labels=dataset.train.labels,
        X_test=X_test,
        test_labels=None if test is None else test.labels,
    )
    pool_map = map_pool(X, rng(), n_images=90)
    suggestions = suggest(found.rows)
    return Findings(
        dataset, "pixels", 0, found, suggestions, 4, partition, details, pool_map, ("a note",)
    )


@pytest.fixture(scope="session")
def findings(hostile: Dataset) -> Findings:
    return explored(hostile)


@pytest.fixture(scope="session")
def without_truth(hostile: Dataset) -> Findings:
    """The same images in colour, of which nothing is known."""
    train = hostile.train
    colour = np.repeat(train.images[..., None], 3, axis=3)
    blank = replace(train, images=colour, labels=np.full(len(train), UNLABELED))
    return explored(Dataset("blank", (), blank))
