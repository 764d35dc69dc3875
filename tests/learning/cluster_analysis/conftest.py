"""Vectors in clear groups, whose number the indices ought to find."""

import numpy as np
import pytest


def groups(n_groups: int, per_group: int, n_features: int = 6, seed: int = 0) -> np.ndarray:
    """Round groups of vectors, far apart, one after the other."""
    rng = np.random.default_rng(seed)
    centers = rng.permutation(np.eye(max(n_groups, n_features)))[:n_groups, :n_features] * 20
    X = np.repeat(centers, per_group, axis=0) + rng.normal(size=(n_groups * per_group, n_features))
    return X.astype(np.float32)


@pytest.fixture
def four_groups() -> np.ndarray:
    return groups(4, 60)


@pytest.fixture
def of_four_groups() -> np.ndarray:
    """The group of each of those vectors."""
    return np.repeat(np.arange(4), 60)
