"""Images in, vectors out: one extractor per module, all behind one protocol.

``labeler.plugins.FEATURES`` is the list of those that are chosen by a name, made of what the files
say of themselves; networks (``labeler.learning.networks``) and files of vectors are chosen by what
they are called: see ``labeler.feature_names``.

::

    base.py                 what every extractor promises
    gradients.py, patches.py, distortions.py, orientation.py
                            what ``shape`` is made of: edges, patches, what changes no class
    reduction.py            long vectors made short
    embeddings.py           vectors that were made elsewhere, read from a file
    alike.py                whether they are of the images they are said to be of
    joining.py              several descriptions side by side
    cache.py                what was computed from images before
    kept_vectors.py         what networks saw in pictures before
"""

from labeler.learning.features.base import FeatureExtractor, KeepsState
from labeler.learning.features.pixels import PixelFeatures
from labeler.learning.features.shape import ShapeFeatures
from labeler.plugins import FEATURES


def extractor(features: str, n_components: int) -> FeatureExtractor:
    """What turns images into vectors.

    Parameters
    ----------
    features : str
        A name in ``plugins.FEATURES``.
    n_components : int
        Most figures that a vector has.

    Returns
    -------
    FeatureExtractor
        With its other parameters as they are by default.
    """
    chosen: FeatureExtractor = FEATURES[features].load()(n_components=n_components)
    return chosen


__all__ = ["FeatureExtractor", "KeepsState", "PixelFeatures", "ShapeFeatures", "extractor"]
