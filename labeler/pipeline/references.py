"""The images of a pool that new ones are held against, and how far new ones are from it."""

import hashlib

import numpy as np

from labeler.datasets.base import Split
from labeler.learning.familiarity import MEASURED_ON, References, references_for
from labeler.pipeline.describing import Description
from labeler.progress import SILENT, Progress


def references_of(
    pool: Split,
    X: np.ndarray,
    description: Description,
    progress: Progress = SILENT,
    *,
    all_of_them: bool = False,
    n_fitted: int | None = None,
) -> References:
    """Take references from a pool, of which new images are as far as if it had not known them.

    Parameters
    ----------
    pool : Split
    X : ndarray of shape (n, n_features), dtype float32
        Its features.
    description : Description
        What made these; it can learn the same of a part of the pool.
    progress : Progress
    all_of_them : bool
        As of ``references_for``.
    n_fitted : int, optional
        How many of the pool's images, the first of them, the features were learned from; by
        default all.
    """
    n_learned = len(pool) if n_fitted is None else n_fitted

    def relearned(rows: np.ndarray) -> np.ndarray:
        return description.relearned(pool, rows[rows < n_learned])

    copies = _copies(pool.images) if len(pool) <= MEASURED_ON else None
    return references_for(X, progress, all_of_them=all_of_them, relearned=relearned, copies=copies)


def _copies(images: np.ndarray) -> np.ndarray:
    """The same number for images that are equal in every pixel, shape (n,), dtype int64."""
    numbers: dict[bytes, int] = {}
    digests = (hashlib.sha256(np.ascontiguousarray(image).data).digest() for image in images)
    return np.array([numbers.setdefault(one, len(numbers)) for one in digests], dtype=np.int64)
