"""Images in, vectors out: one extractor per module, all behind one protocol.

::

    pixels.py               the plain grey values
    shape.py                edges and learned patches
    keras_applications.py   what a network trained on photographs sees
    embeddings.py           vectors that were made elsewhere, read from a file
    cache.py                what was computed before
"""

from collections.abc import Callable
from pathlib import Path

from labeler.config import KERAS_PREFIX
from labeler.learning.features.base import FeatureExtractor
from labeler.learning.features.pixels import PixelFeatures
from labeler.learning.features.shape import ShapeFeatures

EXTRACTORS: dict[str, Callable[[int], FeatureExtractor]] = {
    "pixels": PixelFeatures,
    "shape": ShapeFeatures,
}


def extractor(features: str, n_components: int, weights: Path | None = None) -> FeatureExtractor:
    """What turns images into vectors.

    Parameters
    ----------
    features : str
        A name in ``EXTRACTORS``, or ``keras:NAME``.
    n_components : int
    weights : Path, optional
        Of a ``keras:`` network.
    """
    if features.startswith(KERAS_PREFIX):
        from labeler.learning.features.keras_applications import KerasFeatures

        return KerasFeatures(features.removeprefix(KERAS_PREFIX), n_components, weights)
    return EXTRACTORS[features](n_components)


__all__ = ["EXTRACTORS", "FeatureExtractor", "PixelFeatures", "ShapeFeatures", "extractor"]
