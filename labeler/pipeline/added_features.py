"""Features of images that come to a pool later: those that are there stay as they are."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from labeler.config import RunConfig
from labeler.datasets.base import Split
from labeler.exceptions import ConfigError
from labeler.pipeline.describing import Description, description
from labeler.progress import SILENT, Progress

if TYPE_CHECKING:
    from labeler.learning.features.cache import FeatureCache

_COMPARED = 64
"""Images that show whether features are still computed as they were."""

_ROUNDING = 1e-2
"""Of the largest figure: what another processor may make of the same computation."""


def compute_added_features(
    learned: Description,
    X: np.ndarray,
    added: Sequence[Split],
    progress: Progress = SILENT,
) -> list[np.ndarray]:
    """Features of images that are added to a pool, by what was learned from it as it was.

    Parameters
    ----------
    learned : Description
        As ``learned_description`` gives it.
    X : ndarray of shape (m, n_features), dtype float32
        Features of the pool; they stay as they are.
    added : sequence of Split
    progress : Progress

    Returns
    -------
    list of ndarray of shape (k, n_features), dtype float32
        Of each of ``added``.
    """
    none = np.empty((0, X.shape[1]), dtype=np.float32)
    return [learned.transform(part, progress) if len(part) else none for part in added]


def learned_description(
    learned_from: Split,
    X: np.ndarray,
    config: RunConfig,
    others: Sequence[Split] = (),
    progress: Progress = SILENT,
    cache: "FeatureCache | None" = None,
) -> Description:
    """What turned a pool into features, so that it can do the same to other images.

    Parameters
    ----------
    learned_from : Split
        The pool as it was when its features were computed.
    X : ndarray of shape (m, n_features), dtype float32
        Features of the pool, those of ``learned_from`` first.
    config : RunConfig
        Of features that are computed: rows of a file there are none for new images.
    others : sequence of Split
        Images that it will be asked about next.
    progress : Progress
    cache : FeatureCache, optional
        Where what was learned lies, or is left for the next time.

    Raises
    ------
    ConfigError
        Features are computed in another way by now.
    """
    learned = description(config, cache, is_for_more=True)
    some = learned_from.take(np.arange(min(_COMPARED, len(learned_from))))
    learned.look_ahead([learned_from, some, *(part for part in others if len(part))], progress)
    again = learned.fit(learned_from, progress).transform(some)
    if not _is_same(again, np.asarray(X[: len(again)])):
        raise ConfigError(
            "The features of this run were computed by another version of Labeler or of what it "
            "uses, and those of new images would not fit them. Make a new run of all images; "
            "`labeler export` and `labeler import-labels` take the answers along."
        )
    return learned


def _is_same(X: np.ndarray, other: np.ndarray) -> bool:
    """Whether vectors differ by no more than rounding."""
    if X.shape != other.shape:
        return False
    return bool(np.abs(X - other).max(initial=0) <= _ROUNDING * np.abs(other).max(initial=0))
