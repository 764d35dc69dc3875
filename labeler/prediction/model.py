"""The whole way from pictures to classes, as it was learned."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from labeler.datasets.array_scale import pixels_on
from labeler.datasets.base import Split
from labeler.datasets.originals import ArrayPictures
from labeler.datasets.resizing import LONGEST_SIDE, Likeness, in_colours_of
from labeler.exceptions import ConfigError
from labeler.imaging.images import as_decoded
from labeler.imaging.pixels import fit_pixels
from labeler.learning.audit import LogitCurve
from labeler.learning.ensemble import Ensemble, blocks
from labeler.learning.familiarity import References
from labeler.npy import let_go
from labeler.pipeline.describing import Description
from labeler.prediction.contents import About, Features
from labeler.prediction.judging import judge
from labeler.prediction.predictions import Predictions, joined
from labeler.progress import SILENT, Progress
from labeler.records import UNLABELED

if TYPE_CHECKING:
    from labeler.prediction.self_test import SelfTest


Images = Split | np.ndarray | Sequence[np.ndarray]
"""A part of a data set, images of one size in one array, or an array of each."""


@dataclass(frozen=True, eq=False)
class Model:
    """A trained classifier with all that it needs to name new pictures.

    Attributes
    ----------
    classes : tuple of str
        A label is an index into it.
    like : Likeness
        What pictures are made equal to.
    recipe : labeler.prediction.contents.Features
        Which features they are turned into.
    description : Description
        What does so.
    classifier : str
        One of ``plugins.CLASSIFIERS``: what the ensemble's is.
    ensemble : Ensemble
        What names these.
    references : References
        The images that tell what is unfamiliar; of the whole pool where neighbours are heard.
    about : About
        Where it comes from, and how right it is.
    calibration : LogitCurve or None
        What its confidences are worth.
    known_as : mapping of str to int
        What data sets call its classes, where it differs.
    places : mapping of str to Path
        Where the files of networks lie on this machine, by their bare names.
    self_test : SelfTest or None
        Pictures of which is known what it says.
    """

    classes: tuple[str, ...]
    like: Likeness
    recipe: Features
    description: Description
    classifier: str
    ensemble: Ensemble
    references: References
    about: About
    calibration: LogitCurve | None = None
    known_as: Mapping[str, int] | None = None
    places: Mapping[str, Path] = field(default_factory=dict)
    self_test: "SelfTest | None" = None

    @property
    def n_features(self) -> int:
        """Length of its vectors."""
        return int(self.references.index.X.shape[1])

    def features(self, images: Images, progress: Progress = SILENT) -> np.ndarray:
        """Vectors of shape (n, n_features), dtype float32; parameters as of ``predict``."""
        return self.description.transform(self.as_split(images), progress)

    def predict(self, images: Images, progress: Progress = SILENT) -> Predictions:
        """Name images.

        Parameters
        ----------
        images : Split, ndarray of shape (n, height, width) or (n, height, width, 3), or sequence
            Of any size, in a sequence of one array each also of several; made equal to what the
            model knows. Where it learned from files, its networks look at all of each. uint8 is 0
            to 255; other numbers are read on the scale that the model learned from, or on 0 to 1
            or 0 to 255.
        progress : Progress

        Returns
        -------
        Predictions

        Raises
        ------
        ConfigError
            These are no images.
        """
        return joined(self.predict_in_blocks(images, progress))

    def predict_in_blocks(
        self, images: Images, progress: Progress = SILENT
    ) -> Iterator[Predictions]:
        """The same block by block, in order: what is remembered does not grow with the images."""
        for predictions, _ in self._judged(self.as_split(images), progress):
            yield predictions

    def predict_proba(self, images: Images, progress: Progress = SILENT) -> np.ndarray:
        """Probabilities of shape (n, n_classes), dtype float64, as the classifier gives them.

        Parameters as of ``predict``. They are not calibrated: ``predict`` gives confidences that
        are, where an audit or left-out answers made that possible.
        """
        judged = self._judged(self.as_split(images), progress)
        return np.concatenate([said for _, said in judged])

    def label_named(self, name: str) -> int:
        """The class that a data set means by a name; ``UNLABELED`` where the model has none."""
        known = {other.casefold(): label for other, label in (self.known_as or {}).items()}
        known |= {other.casefold(): label for label, other in enumerate(self.classes)}
        return known.get(name.casefold(), UNLABELED)

    def as_split(self, images: Images) -> Split:
        """Images as of ``predict``, as the model takes them; a part of a data set stays as it is.

        Raises
        ------
        ConfigError
            These are no images, or of another shape.
        """
        if isinstance(images, np.ndarray):
            images = self._fitted(self._as_pixels(images))
        elif not isinstance(images, Split):
            each = (np.asarray(image)[np.newaxis] for image in images)
            images = self._fitted([self._as_pixels(image)[0] for image in each])
        if images.images.shape[1:] != self.like.image_shape:
            raise ConfigError(
                f"Images of shape {images.images.shape[1:]} are not prepared as the model wants "
                f"them: {self.like.image_shape}."
            )
        return images

    def _as_pixels(self, images: np.ndarray) -> np.ndarray:
        """Images as uint8, still of any size."""
        images = self._on_scale(images)
        if images.ndim == 3 and images.shape[2] == 3 != self.like.size[1]:
            raise ConfigError(
                f"These are no images: an array of shape {images.shape}; if it is one colour "
                "picture, give it with a first axis, image[np.newaxis]."
            )
        if (
            images.dtype != np.uint8
            or images.ndim not in (3, 4)
            or images.shape[3:] not in ((), (3,))
        ):
            raise ConfigError(
                f"These are no images: an array of shape {images.shape} and type {images.dtype}; "
                "give (n, height, width) or (n, height, width, 3)."
            )
        return images

    def _fitted(self, pictures: np.ndarray | Sequence[np.ndarray]) -> Split:
        """Made equal to what it learned from; where that was files, with all that they show."""
        if isinstance(pictures, np.ndarray) and pictures.shape[1:3] == self.like.size:
            images = in_colours_of(pictures, self.like)
        else:
            images = np.empty((len(pictures), *self.like.image_shape), dtype=np.uint8)
            for target, pixels in zip(images, pictures, strict=True):
                target[...] = in_colours_of(self._small(pixels)[np.newaxis], self.like)[0]
        unknown = np.full(len(images), UNLABELED, dtype=np.int64)
        seen = ArrayPictures(pictures) if self.like.from_files else None
        return Split(images, unknown, pictures=seen)

    def _small(self, pixels: np.ndarray) -> np.ndarray:
        if self.like.from_files and pixels.shape[:2] != self.like.size:
            pixels = as_decoded(pixels, LONGEST_SIDE)
        return fit_pixels(pixels, *self.like.size)

    def _on_scale(self, images: np.ndarray) -> np.ndarray:
        """Numbers on the scale of those that it learned from as uint8; rows of pixels as images."""
        if images.ndim == 2 and images.shape[1] == math.prod(self.like.image_shape):
            images = images.reshape(-1, *self.like.image_shape)
        if images.dtype == np.uint8 or images.dtype.kind not in "buif" or images.ndim < 3:
            return images
        if not images.size:
            return images.astype(np.uint8)
        try:
            return pixels_on(images, self.like.numbers)
        except ValueError as error:
            raise ConfigError(f"These are no images that the model can look at: {error}.") from None

    def _judged(
        self, images: Split, progress: Progress
    ) -> Iterator[tuple[Predictions, np.ndarray]]:
        """What is said of each block of images, and how likely each class is."""
        for block in blocks(len(images)):
            part = images.between(block.start, block.stop)
            yield self.judge(part.images, self.description.transform(part, progress))
            let_go(images.images)
        if not len(images):
            yield self.judge(images.images, np.empty((0, self.n_features), dtype=np.float32))

    def judge(self, images: np.ndarray, X: np.ndarray) -> tuple[Predictions, np.ndarray]:
        """What is said of a block of images whose vectors are there.

        Parameters
        ----------
        images : ndarray of shape (n, height, width[, 3]), dtype uint8
            As the model takes them.
        X : ndarray of shape (n, n_features), dtype float32

        Returns
        -------
        predictions : Predictions
        said : ndarray of shape (n, n_classes), dtype float64
            How likely each class is, not calibrated.
        """
        return judge(self.ensemble, self.references, self.calibration, images, X)
