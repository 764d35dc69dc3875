"""Images in, vectors out: one extractor per module, all behind one protocol.

``labeler.plugins.FEATURES`` is the list of those that are chosen by a name, made of what the files
say of themselves; networks and files of vectors are chosen by what they are called.

::

    base.py                 what every extractor promises
    gradients.py, patches.py, distortions.py, orientation.py
                            what ``shape`` is made of: edges, patches, what changes no class
    reduction.py            long vectors made short
    keras_applications.py   what a network of keras.applications sees in arrays
    embeddings.py           vectors that were made elsewhere, read from a file
    cache.py                what was computed from images before
"""

from pathlib import Path

from labeler.config import KERAS_PREFIX
from labeler.learning.features.base import FeatureExtractor
from labeler.learning.features.pixels import PixelFeatures
from labeler.learning.features.shape import ShapeFeatures
from labeler.plugins import FEATURES


def extractor(features: str, n_components: int, weights: Path | None = None) -> FeatureExtractor:
    """What turns images into vectors.

    Parameters
    ----------
    features : str
        A name in ``plugins.FEATURES``, or ``keras:NAME``.
    n_components : int
        Most figures that a vector has.
    weights : Path, optional
        Of a ``keras:`` network.

    Returns
    -------
    FeatureExtractor
        With its other parameters as they are by default.
    """
    if features.startswith(KERAS_PREFIX):
        from labeler.learning.features.keras_applications import KerasFeatures

        return KerasFeatures(features.removeprefix(KERAS_PREFIX), n_components, weights)
    chosen: FeatureExtractor = FEATURES[features].load()(n_components=n_components)
    return chosen


__all__ = ["FeatureExtractor", "PixelFeatures", "ShapeFeatures", "extractor"]
