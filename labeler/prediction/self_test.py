"""Five pictures that show whether a machine computes what another did.

A model that runs with other libraries, on another processor, or with a network whose file is not
the one that it learned with, may say something else without anybody noticing. So its file has five
pictures of the pool, with their vectors and what was said of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from labeler.datasets.spool import looked_through
from labeler.exceptions import ConfigError
from labeler.prediction.model import Model

N_PICTURES = 5

TOLERANCE = 1e-2
"""Of the largest figure: what another processor may make of the same computation."""

SAID_TOLERANCE = 0.05


@dataclass(frozen=True, eq=False)
class SelfTest:
    """Pictures, and what a model made of them where it was made.

    Attributes
    ----------
    images : ndarray of shape (n, height, width[, 3]), dtype uint8
    vectors : ndarray of shape (n, n_features), dtype float32
    said : ndarray of shape (n, n_classes), dtype float64
    """

    images: np.ndarray
    vectors: np.ndarray
    said: np.ndarray


def self_test_of(model: Model, images: np.ndarray) -> SelfTest:
    """Have a model look at some pictures of its pool, evenly spread over it."""
    places = np.unique(np.linspace(0, len(images) - 1, N_PICTURES).round().astype(int))
    chosen = np.ascontiguousarray(images[places])
    vectors = model.features(chosen)
    return SelfTest(chosen, vectors, model.judge(chosen, vectors)[1])


def require_same(model: Model, test: SelfTest) -> None:
    """Refuse a model that says something else here than where it was made.

    Raises
    ------
    ConfigError
    """
    vectors = model.features(test.images)
    said = model.judge(test.images, vectors)[1]
    if _differ(vectors, test.vectors, TOLERANCE):
        raise ConfigError(
            "This machine computes other features than the one that made the model: its "
            "predictions would be wrong. Compare the versions that labeler model wrote into it "
            "with those of here (labeler doctor), or make it anew with labeler model."
        )
    if _differ(said, test.said, SAID_TOLERANCE):
        raise ConfigError(
            "This machine says something else of the model's own pictures than the one that made "
            "it. Make it anew with labeler model."
        )


def count_seen(test: SelfTest | None, images: Iterable[np.ndarray]) -> int:
    """How many of the test's pictures are among some images, to the last pixel; blank ones aside.

    Parameters
    ----------
    test : SelfTest or None
    images : iterable of ndarray of shape (n, height, width[, 3]), dtype uint8
        As the model takes them.
    """
    kept = [] if test is None else [one for one in test.images if one.min() < one.max()]
    wanted = {one.tobytes() for one in kept}
    sums = np.array([int(one.sum(dtype=np.int64)) for one in kept])
    found: set[bytes] = set()
    for part in images:
        for block in looked_through(part):
            totals = block.sum(axis=tuple(range(1, block.ndim)), dtype=np.int64)
            alike = block[np.isin(totals, sums)]
            found |= wanted & {one.tobytes() for one in alike}
    return len(found)


def seen_note(n_seen: int, n_kept: int) -> str:
    """What is said of images among which are those that a model learned from; else nothing."""
    if not n_seen:
        return ""
    whose = "These are" if n_seen == n_kept else "Some of these are"
    return (
        f"{whose} pictures that the model learned from ({n_seen} of the {n_kept} that its file "
        "keeps are among them): how they are named says nothing about new ones."
    )


def _differ(found: np.ndarray, expected: np.ndarray, tolerance: float) -> bool:
    if found.shape != expected.shape or not np.isfinite(found).all():
        return True
    largest = np.abs(expected).max(initial=0)
    return bool(np.abs(found - expected).max(initial=0) > tolerance * largest)
