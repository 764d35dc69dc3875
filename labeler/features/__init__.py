"""Images in, vectors out: one extractor per module, all behind one protocol."""

from labeler.features.base import FeatureExtractor
from labeler.features.pixels import PixelFeatures

EXTRACTORS = {"pixels": PixelFeatures}

__all__ = ["EXTRACTORS", "FeatureExtractor", "PixelFeatures"]
