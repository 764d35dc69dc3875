"""What turns a run's images into vectors, once it has learned from them."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from labeler.config import RunConfig
from labeler.exceptions import ConfigError
from labeler.feature_names import files_of, is_embeddings, parts_of
from labeler.files import hash_file
from labeler.progress import SILENT, Progress

if TYPE_CHECKING:
    from labeler.learning.features import FeatureExtractor
    from labeler.learning.features.base import KeepsState
    from labeler.learning.features.cache import FeatureCache

_SMALL = 10
"""What was learned is kept at once where it takes a part in so many of the images, or less; of
more, what took longest."""

_CHUNK = 8192


def fitted_extractor(
    images: np.ndarray,
    config: RunConfig,
    progress: Progress = SILENT,
    cache: "FeatureCache | None" = None,
    *,
    is_for_more: bool = False,
) -> "FeatureExtractor":
    """An extractor that has learned from images: now, or another time.

    Parameters
    ----------
    images : ndarray of shape (n, height, width[, 3]), dtype uint8
        The pool.
    config : RunConfig
        Of features that are computed from the images as they are kept.
    progress : Progress
    cache : FeatureCache, optional
        Where what was learned may lie, and is left for the next time.
    is_for_more : bool
        Whether images came to the pool, so that more may come: what was learned is kept then, even
        if it takes much room beside the images.

    Returns
    -------
    FeatureExtractor
    """
    # scikit-learn: seconds that no page should wait for
    from labeler.learning.features import KeepsState, extractor

    learned = extractor(config.features, config.n_components)
    if cache is None or not isinstance(learned, KeepsState):
        return learned.fit(images, progress)
    key = _key(images, config)
    kept = cache.load(key, learned.state_names)
    if kept is not None:
        restored: FeatureExtractor = learned.restore(kept)
        return restored
    core = cache.load(key, learned.core_names)
    if core is None:
        learned.fit(images, progress)
    else:
        learned.resume(images, core, progress)
    cache.save(key, _to_keep(learned, 0 if is_for_more else _SMALL, images.nbytes))
    return learned


def recipe(config: RunConfig) -> str:
    """How features are made, for keys: settings, files they depend on, and the code itself.

    Raises
    ------
    ConfigError
        A file that the settings name cannot be read.
    """
    from labeler.learning.features.cache import code_signature

    parts = parts_of(config.features)
    names = "+".join("embeddings" if is_embeddings(part) else part for part in parts)
    others = [Path(file) for file in (config.weights, config.files) if file is not None]
    files = [*(file for part in parts for file in files_of(part)), *others]
    contents = " ".join(map(_hash, files))
    return f"{names} {config.n_components} {contents} {code_signature()}"


def _hash(file: Path) -> str:
    try:
        return hash_file(file)
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.") from error


def hash_images(digest: "hashlib._Hash", images: np.ndarray) -> None:
    """Take images into a digest; they are never in memory as a whole."""
    digest.update(f"{images.shape}".encode())
    for start in range(0, len(images), _CHUNK):
        digest.update(np.ascontiguousarray(images[start : start + _CHUNK]).data)


def _to_keep(learned: "KeepsState", part: int, n_bytes: int) -> dict[str, np.ndarray]:
    """All that was learned, or of it what took longest, if it is a ``part`` of so many bytes."""
    state = learned.state()
    core = {name: state[name] for name in learned.core_names}
    for arrays in (state, core):
        if part * sum(array.nbytes for array in arrays.values()) <= n_bytes:
            return arrays
    return {}


def _key(images: np.ndarray, config: RunConfig) -> str:
    digest = hashlib.sha256(f"learned {recipe(config)}".encode())
    hash_images(digest, images)
    return digest.hexdigest()
