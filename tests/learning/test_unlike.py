"""Images unlike any that was named: found by ranks, whatever the distances are."""

import numpy as np
import pytest

from labeler.learning.unlike import share_unlike


def kinds(n_kinds: int, n_each: int, n_features: int, apart: float = 3.0) -> np.ndarray:
    """Images of several kinds, ``n_each`` of one after the other."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(n_kinds, n_features)) * apart
    noise = rng.normal(size=(n_kinds * n_each, n_features))
    return (np.repeat(centres, n_each, axis=0) + noise).astype(np.float32)


@pytest.mark.parametrize("n_features", [5, 300])
@pytest.mark.parametrize("n_answers", [20, 100])
def test_answers_of_every_kind_leave_nothing_unlike(n_features: int, n_answers: int) -> None:
    X = kinds(5, 200, n_features)
    named = np.random.default_rng(1).permutation(len(X))[:n_answers]
    assert share_unlike(X, named) < 0.03


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_a_kind_that_nobody_named_is_found_at_any_scale(scale: float) -> None:
    X = kinds(5, 200, 50) * np.float32(scale)
    named = np.arange(0, 800, 10)
    assert share_unlike(X, named) == pytest.approx(0.2, abs=0.02)


def test_images_without_any_kind_are_not_unlike() -> None:
    X = np.random.default_rng(0).normal(size=(1500, 64)).astype(np.float32)
    assert share_unlike(X, np.arange(50)) < 0.03


def test_equal_images_are_alike() -> None:
    assert share_unlike(np.zeros((50, 3), dtype=np.float32), np.array([7])) == 0


def test_a_large_pool_is_looked_at_in_part() -> None:
    X = kinds(4, 1000, 8)
    share = share_unlike(X, np.arange(0, 3000, 50), seed=3)
    assert share == pytest.approx(0.25, abs=0.04)
