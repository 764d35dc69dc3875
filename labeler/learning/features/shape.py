"""Features that see shape: edges and small patches, blind to what does not change a class."""

from collections.abc import Callable, Mapping
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA

from labeler.imaging.pixels import unit_squares
from labeler.learning.features.distortions import distort
from labeler.learning.features.gradients import gradient_histograms
from labeler.learning.features.orientation import has_up, symmetries
from labeler.learning.features.patches import PatchFeatures
from labeler.learning.features.reduction import pca_of
from labeler.learning.threads import in_blocks, one_thread
from labeler.progress import SILENT, Progress

NAME = "shape"
TITLE = "shape features"

SIDE = 28
"""Pixels along each side that every image is brought to."""

LEARNED_FROM = 8_000
"""Images that components and patches are learned from; as many pairs show the distortions."""

CHUNK = 128
"""Images turned into features at once: few enough that the work stays in the processor's cache."""

LENGTH = 7.0
"""Of every vector: about that of small images in pixels from 0 to 1, which the default penalty of
the regression suits."""

_STILL = 1e-6
"""Noise below which a direction counts as still: flat images have none at all."""

_TASK = "Learning what the images' shapes have in common"

_VIEW = ("mean", "components", "whitening")
"""What one description has learned."""

Describe = Callable[[np.ndarray], np.ndarray]


class ShapeFeatures(BaseEstimator):  # type: ignore[misc]
    """Histograms of oriented gradients beside patch features, whitened by small distortions.

    Both descriptions are reduced to principal components. Then each learns from pairs of an image
    and its distorted copy (shifted, turned and stretched a little) which directions change
    although the image's class does not, and shrinks them: within-class covariance normalisation
    (Hatch, Kajarekar and Stolcke, Interspeech 2006) with an image and its copy as the class. Each
    is scaled to unit length, and both together are reduced to principal components.

    Where images have no up (see ``orientation``), a description is the mean over the image's 8
    rotations and reflections.

    Parameters
    ----------
    n_components : int
        Components kept in the end, where there are more.

    Attributes
    ----------
    has_up_ : bool
    """

    state_names = (
        "has_up",
        *(f"patches.{name}" for name in ("mean", "whitening", "centroids")),
        *(f"edges.{name}" for name in _VIEW),
        *(f"parts.{name}" for name in _VIEW),
        *("mean", "components"),
    )
    core_names = ("has_up", "patches.centroids")

    def __init__(self, n_components: int = 200) -> None:
        self.n_components = n_components

    @one_thread()
    def fit(self, images: np.ndarray, progress: Progress = SILENT) -> Self:
        """Learn from ``images`` of shape (n, height, width[, 3]), uint8."""
        with progress.task(_TASK):
            sample = _learned_from(images)
            self.has_up_ = has_up(sample, _in_parts(gradient_histograms))
            self._patches = PatchFeatures().fit(self._every_way(sample))
            self._fit_rest(sample)
        return self

    @one_thread()
    def resume(
        self, images: np.ndarray, core: Mapping[str, np.ndarray], progress: Progress = SILENT
    ) -> Self:
        """Learn the rest from the images that another learned ``core`` from."""
        with progress.task(_TASK):
            sample = _learned_from(images)
            has_up_, centroids = (core[name] for name in self.core_names)
            self.has_up_ = bool(has_up_)
            self._patches = PatchFeatures(len(centroids))
            self._patches.fit(self._every_way(sample), centroids)
            self._fit_rest(sample)
        return self

    def transform(self, images: np.ndarray, progress: Progress = SILENT) -> np.ndarray:
        """Vectors of one length, shape (n, n_features), float32, of ``images`` as in ``fit``."""
        vectors = np.empty((len(images), self._pca.n_components_), dtype=np.float32)
        with progress.task("Computing features", total=len(images)) as task:
            start = 0
            for part in in_blocks(self._vectors, images, CHUNK):
                vectors[start : start + len(part)] = part
                start += len(part)
                task.advance(len(part))
        return vectors

    def state(self) -> dict[str, np.ndarray]:
        """What was learned, by ``state_names``."""
        patches, (edges, parts) = self._patches, self._views
        arrays = [
            np.array(self.has_up_),
            *(patches.mean_, patches.whitening_, patches.centroids_),
            *edges.learned,
            *parts.learned,
            *(self._pca.mean_, self._pca.components_),
        ]
        return dict(zip(self.state_names, arrays, strict=True))

    def restore(self, state: Mapping[str, np.ndarray]) -> Self:
        """Know what another learned, in place of learning."""
        has_up, mean, whitening, centroids, *learned = (state[name] for name in self.state_names)
        self.has_up_ = bool(has_up)
        self._patches = PatchFeatures(len(centroids))
        self._patches.mean_, self._patches.whitening_ = mean, whitening
        self._patches.centroids_ = centroids
        self._views = self._new_views()
        for view, start in zip(self._views, (0, 3), strict=True):
            view.learned = tuple(learned[start : start + 3])
        self._pca = pca_of(*learned[6:])
        return self

    def _fit_rest(self, sample: np.ndarray) -> None:
        self._views = self._new_views()
        distorted = distort(sample, np.random.default_rng(0))
        for view in self._views:
            view.fit(sample, distorted)
        described = _in_parts(self._describe)(sample)
        n_components = min(self.n_components, *described.shape)
        self._pca = _fitted(PCA(n_components, svd_solver="covariance_eigh"), described)

    def _new_views(self) -> list["_View"]:
        describing = (gradient_histograms, self._patches.transform)
        return [_View(self._whichever_way_up(describe)) for describe in describing]

    def _every_way(self, images: np.ndarray) -> np.ndarray:
        return images if self.has_up_ else np.concatenate(list(symmetries(images)))

    def _whichever_way_up(self, describe: Describe) -> Describe:
        if self.has_up_:
            return describe
        return lambda images: np.mean([describe(turned) for turned in symmetries(images)], axis=0)

    def _describe(self, images: np.ndarray) -> np.ndarray:
        return np.hstack([view.transform(images) for view in self._views])

    def _vectors(self, images: np.ndarray) -> np.ndarray:
        described = self._describe(unit_squares(images, SIDE))
        return np.float32(LENGTH) * _unit(self._pca.transform(described))


class _View:
    """One description of images: reduced, whitened by the distortions, of unit length."""

    n_components = 256
    regularisation = 0.1
    """Share of the mean noise that is added to the noise of every direction."""

    def __init__(self, describe: Describe) -> None:
        self.describe = describe

    def fit(self, images: np.ndarray, distorted: np.ndarray) -> Self:
        describe = _in_parts(self.describe)
        vectors, copies = describe(images), describe(distorted)
        n_components = min(self.n_components, *vectors.shape)
        pca = PCA(n_components, svd_solver="randomized", iterated_power=2, random_state=0)
        self._pca = _fitted(pca, vectors)
        changes = self._pca.transform(vectors) - self._pca.transform(copies)
        noise, directions = np.linalg.eigh(changes.T @ changes / (2 * len(changes)))
        floor = self.regularisation * noise.mean() + _STILL
        self._whitening = (directions / np.sqrt(np.maximum(noise, 0) + floor)).astype(np.float32)
        return self

    @property
    def learned(self) -> tuple[np.ndarray, ...]:
        """As ``_VIEW`` names it."""
        return self._pca.mean_, self._pca.components_, self._whitening

    @learned.setter
    def learned(self, arrays: tuple[np.ndarray, ...]) -> None:
        mean, components, self._whitening = arrays
        self._pca = pca_of(mean, components)

    def transform(self, images: np.ndarray) -> np.ndarray:
        return _unit(self._pca.transform(self.describe(images)) @ self._whitening)


def _in_parts(describe: Describe) -> Describe:
    """The same on every core, in the memory that a few images take."""
    return lambda images: np.concatenate(list(in_blocks(describe, images, CHUNK)))


def _fitted(pca: PCA, vectors: np.ndarray) -> PCA:
    with np.errstate(invalid="ignore"):  # of images that are all alike, no share can be explained
        pca.fit(vectors)
    # As it comes back from a file: the last digits of products depend on how values lie in memory.
    pca.components_ = np.asfortranarray(pca.components_)
    return pca


def _learned_from(images: np.ndarray) -> np.ndarray:
    """Those that ``fit`` looks at, as squares."""
    if len(images) > LEARNED_FROM:
        chosen = np.random.default_rng(0).choice(len(images), LEARNED_FROM, replace=False)
        images = images[np.sort(chosen)]
    sample = unit_squares(images, SIDE)
    # of one image nothing varies, and a variance needs two
    return np.repeat(sample, 2, axis=0) if len(sample) == 1 else sample


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-6), dtype=np.float32)
