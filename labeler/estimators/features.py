"""Images in, vectors out: every kind of features as a transformer."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from labeler.config import RunConfig
from labeler.datasets.base import Split
from labeler.estimators.pictures import reading_of
from labeler.feature_names import is_embeddings, parts_of
from labeler.pipeline.chosen_features import choose_features
from labeler.pipeline.describing import description


class ImageFeatures(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Vectors that see what images show, learned from images without a label.

    Parameters
    ----------
    features : str, default="auto"
        ``pixels``, ``shape`` (edges and patches), ``lite0``, ``keras:NAME`` or ``onnx:FILE``
        (pretrained networks), or several joined by ``+``; ``auto``: what suits the images.
    n_components : int, default=200
        Principal components that each is reduced to, where there are more.

    Attributes
    ----------
    features_ : str
        What ``auto`` was; else as asked for.
    description_ : labeler.pipeline.describing.Description
        What has learned to make the vectors.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.pipeline import make_pipeline
    >>> from labeler import GraphPropagation, ImageFeatures
    >>> digits = load_digits()
    >>> y = digits.target.copy()
    >>> y[50:] = -1
    >>> named = make_pipeline(ImageFeatures("pixels", 30), GraphPropagation())
    >>> named = named.fit(digits.images, y)
    >>> print(f"{named.score(digits.images, digits.target):.1f}")
    0.9
    """

    def __init__(self, features: str = "auto", n_components: int = 200) -> None:
        self.features = features
        self.n_components = n_components

    def fit(self, images: ArrayLike, y: Any = None) -> Self:
        """Learn from images.

        Parameters
        ----------
        images : array-like of shape (n, height, width), (n, height, width, 3) or (n, n_pixels)
            Rows of pixels are read as square images. Values are 0 to 255, 0 to 1, or on one other
            scale, the same in ``transform``.
        y : object, optional
            Not used: no label is looked at.

        Returns
        -------
        ImageFeatures
            Itself.

        Raises
        ------
        ValueError
            They are no images.
        ConfigError, InputError
            There are no such features, or a network cannot be had here.
        """
        self.learn(images)
        return self

    def fit_transform(self, images: ArrayLike, y: Any = None, **params: Any) -> np.ndarray:
        """``fit`` and ``transform`` of the same images, which are looked at once."""
        return self.learn(images)[1]

    def transform(self, images: ArrayLike) -> np.ndarray:
        """Vectors of images like those of ``fit``.

        Parameters
        ----------
        images : array-like of shape (m, height, width[, 3]) or (m, n_pixels)

        Returns
        -------
        ndarray of shape (m, n_features), dtype float32

        Raises
        ------
        ValueError
            They are no images, or not like those of ``fit``.
        """
        split = self.split(images)
        return self.description_.transform(split)

    def split(self, images: ArrayLike) -> Split:
        """The images as the steps take them: uint8, no class known.

        Parameters
        ----------
        images : array-like of shape (m, height, width[, 3]) or (m, n_pixels)
        """
        check_is_fitted(self)
        return self._reading.split(images)

    @property
    def numbers_(self) -> tuple[float, float]:
        """Which values are black and white."""
        check_is_fitted(self)
        return self._reading.scale.low, self._reading.scale.high

    def learn(self, images: ArrayLike) -> tuple[Split, np.ndarray]:
        """As ``fit_transform``; gives the images as the steps take them, too."""
        if any(map(is_embeddings, parts_of(self.features))):
            raise ValueError(
                f"features is {self.features!r}: vectors that were made elsewhere need no "
                "transformer; they are X already"
            )
        self._reading = reading_of(images)
        config = RunConfig(features=self.features, n_components=self.n_components)
        config = choose_features(config, self._reading.shape, None).config
        split = self._reading.split(images)
        self.description_ = description(config)
        self.description_.look_ahead([split])
        X = self.description_.fit(split).transform(split)
        self.features_ = config.features
        self._n_features_out = X.shape[1]
        return split, X
