"""What a network of ``keras.applications`` sees in images that are at hand as arrays alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator

from labeler.imaging.pixels import resize_pixels, to_colour
from labeler.learning.features.reduction import Reduction, sample_rows
from labeler.learning.networks.keras_applications import KerasNetwork
from labeler.progress import SILENT, Progress

BLOCK = 64
"""Images that are enlarged at once."""

FITTED_ON = 4096
"""Images that the principal components are learned from."""


class KerasFeatures(BaseEstimator):  # type: ignore[misc]
    """Images enlarged to the network's own size; its vectors as principal components on one scale.

    Parameters
    ----------
    name : str
        Of the network, such as ``MobileNetV2``.
    n_components : int
    weights : Path, optional
        As ``KerasNetwork`` takes it.

    Raises
    ------
    ConfigError, InputError
        As ``KerasNetwork`` does.
    """

    def __init__(self, name: str, n_components: int = 200, weights: Path | None = None) -> None:
        self.name = name
        self.n_components = n_components
        self.weights = weights

    def fit(self, images: np.ndarray, progress: Progress = SILENT) -> Self:
        """Load the network; learn the principal components of ``images`` from a part of them."""
        self.network_ = KerasNetwork(self.name, self.weights)
        sample = images[sample_rows(len(images), FITTED_ON)]
        seen = np.concatenate(list(self._seen(sample, progress)))
        self.reduction_ = Reduction(self.n_components).fit(seen)
        return self

    def transform(self, images: np.ndarray, progress: Progress = SILENT) -> np.ndarray:
        """Vectors of shape (n, n_features), float32, of ``images`` (n, height, width[, 3])."""
        # Part by part: what a network says is longer than what is kept of it.
        return np.concatenate([self.reduction_.transform(p) for p in self._seen(images, progress)])

    def _seen(self, images: np.ndarray, progress: Progress) -> Iterator[np.ndarray]:
        side = self.network_.side
        with progress.task(f"Looking with {self.network_.name}", total=len(images)) as task:
            for start in range(0, len(images), BLOCK):
                block = images[start : start + BLOCK]
                enlarged = [resize_pixels(to_colour(image), side, side) for image in block]
                yield self.network_.vectors(np.stack(enlarged))
                task.advance(len(block))
