"""What a network trained on photographs sees: the networks of ``keras.applications``.

The architecture is always built here. From a file come numbers only, by Keras' own
``load_weights``: no layer, no code and no pickle is ever read from it.
"""

import inspect
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator

from labeler.exceptions import ConfigError, InputError
from labeler.learning.features.reduction import Reduction, sample_rows
from labeler.learning.late_keras import import_keras
from labeler.progress import SILENT, Progress

SIDE = 96
"""Pixels that images are scaled to: enough for every architecture, and one of the sizes that
weights exist for."""

BATCH = 256
FITTED_ON = 4096
"""Images that the principal components are learned from."""

SUFFIXES = (".weights.h5", ".h5", ".keras")


class KerasFeatures(BaseEstimator):  # type: ignore[misc]
    """The averaged last feature maps of a network, as principal components on one scale.

    Parameters
    ----------
    name : str
        Of the network, such as ``MobileNetV2``.
    n_components : int
    weights : Path, optional
        File with the weights of the network without its top, as ``save_weights`` writes them or
        ``keras.applications`` offers them; by default those of ImageNet, which Keras downloads.

    Raises
    ------
    ConfigError
        There is no such network, or its weights cannot be downloaded.
    InputError
        WGT-1: the file cannot be read, or does not fit the network.
    """

    def __init__(self, name: str, n_components: int = 200, weights: Path | None = None) -> None:
        self.name = name
        self.n_components = n_components
        self.weights = weights

    def fit(self, images: np.ndarray, progress: Progress = SILENT) -> Self:
        """Load the network; learn the principal components of ``images`` from a part of them."""
        keras = import_keras()
        module = _module_of(keras, self.name)
        self.preprocess_ = module.preprocess_input
        self.model_ = self._build(getattr(module, self.name))
        sample = images[sample_rows(len(images), FITTED_ON)]
        seen = np.concatenate(list(self._seen(sample, progress)))
        self.reduction_ = Reduction(self.n_components).fit(seen)
        return self

    def transform(self, images: np.ndarray, progress: Progress = SILENT) -> np.ndarray:
        """Vectors of shape (n, n_features), float32, of ``images`` (n, height, width[, 3])."""
        # Part by part: what a network says is longer than what is kept of it.
        return np.concatenate([self.reduction_.transform(p) for p in self._seen(images, progress)])

    def _build(self, network: Any) -> Any:
        options: dict[str, Any] = {
            "include_top": False,
            "input_shape": (SIDE, SIDE, 3),
            "pooling": "avg",
        }
        if self.weights is not None:
            return _with_weights(network(weights=None, **options), self.name, self.weights)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return network(weights="imagenet", **options)
        except Exception as error:
            # Keras raises a bare Exception where the network fails.
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise ConfigError(
                f"The weights of {self.name} cannot be downloaded ({reason}). Give them as a "
                "file: --weights FILE, without the network's top."
            ) from error

    def _seen(self, images: np.ndarray, progress: Progress) -> Iterator[np.ndarray]:
        with progress.task(f"Looking with {self.name}", total=len(images)) as task:
            for start in range(0, len(images), BATCH):
                batch = self._prepared(images[start : start + BATCH])
                yield np.asarray(self.model_(batch, training=False), dtype=np.float32)
                task.advance(len(batch))

    def _prepared(self, images: np.ndarray) -> Any:
        colour = images if images.ndim == 4 else np.repeat(images[..., None], 3, axis=3)
        pixels = colour.astype(np.float32)
        ops = import_keras().ops
        return self.preprocess_(ops.image.resize(pixels, (SIDE, SIDE), interpolation="bilinear"))


def _module_of(keras: Any, name: str) -> ModuleType:
    """The module of ``keras.applications`` that has the network and how to prepare its input."""
    public = vars(keras.applications)
    names = sorted(key for key, value in public.items() if inspect.isfunction(value))
    if name not in names:
        raise ConfigError(f"keras.applications has no network {name!r}; it has {', '.join(names)}.")
    modules = (value for value in public.values() if inspect.ismodule(value))
    return next(module for module in modules if hasattr(module, name))


def _with_weights(model: Any, name: str, path: Path) -> Any:
    if not path.name.endswith(SUFFIXES):
        raise _refusal(path, f"a name ending in {path.suffix or 'nothing'}", name)
    try:
        model.load_weights(path)
    except Exception as error:
        # h5py and Keras raise whatever a damaged or foreign file makes them stumble over.
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise _refusal(path, reason, name) from error
    return model


def _refusal(path: Path, found: str, name: str) -> InputError:
    return InputError(
        "WGT-1",
        str(path),
        found=found,
        expected=f"the weights of {name} without its top, as {', '.join(SUFFIXES)}",
        remedy="Save them with keras.applications."
        f"{name}(include_top=False, pooling='avg').save_weights(FILE).",
    )
