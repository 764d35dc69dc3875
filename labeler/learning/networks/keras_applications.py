"""The networks of ``keras.applications``, each at the size of picture it was trained on.

The architecture is always built here. From a file come numbers only, by Keras' own
``load_weights``: no layer, no code and no pickle is ever read from it.
"""

import inspect
import warnings
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from labeler.exceptions import ConfigError, InputError
from labeler.learning.late_keras import import_keras
from labeler.learning.networks.batches import in_batches
from labeler.progress import SILENT, Progress

SIDE = 224
OTHER_SIDES = {
    "EfficientNetB1": 240,
    "EfficientNetB2": 260,
    "EfficientNetB3": 300,
    "EfficientNetB4": 380,
    "EfficientNetB5": 456,
    "EfficientNetB6": 528,
    "EfficientNetB7": 600,
    "EfficientNetV2B1": 240,
    "EfficientNetV2B2": 260,
    "EfficientNetV2B3": 300,
    "EfficientNetV2S": 384,
    "EfficientNetV2M": 480,
    "EfficientNetV2L": 480,
    "InceptionResNetV2": 299,
    "InceptionV3": 299,
    "NASNetLarge": 331,
    "Xception": 299,
}
"""Where weights were made for another size; Keras says it only within its functions."""

SUFFIXES = (".weights.h5", ".h5", ".keras")

CODE = 1
"""Counted up whenever the same weights come to give other vectors."""


class KerasNetwork:
    """The averaged last feature maps of a network.

    Parameters
    ----------
    architecture : str
        Such as ``MobileNetV2``.
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

    licence = "see keras.applications"

    def __init__(self, architecture: str, weights: Path | None = None) -> None:
        module = _module_of(import_keras(), architecture)
        self.name = f"keras:{architecture}"
        self.side = OTHER_SIDES.get(architecture, SIDE)
        self._prepare = module.preprocess_input
        self._model = _build(getattr(module, architecture), architecture, self.side, weights)
        self.signature = f"{self.name} {_digest(self._model)} {CODE}"

    def vectors(self, pictures: np.ndarray, progress: Progress = SILENT) -> np.ndarray:
        """Vectors of shape (n, n_features), float32, of ``pictures`` (n, side, side, 3), uint8."""
        return in_batches(self._seen, pictures, self.name, progress)

    def _seen(self, batch: np.ndarray) -> Any:
        return self._model.predict_on_batch(self._prepare(batch.astype(np.float32)))


def _module_of(keras: Any, name: str) -> ModuleType:
    """The module of ``keras.applications`` that has the network and how to prepare its input."""
    public = vars(keras.applications)
    names = sorted(key for key, value in public.items() if inspect.isfunction(value))
    if name not in names:
        raise ConfigError(f"keras.applications has no network {name!r}; it has {', '.join(names)}.")
    modules = (value for value in public.values() if inspect.ismodule(value))
    return next(module for module in modules if hasattr(module, name))


def _build(make: Any, name: str, side: int, weights: Path | None) -> Any:
    options: dict[str, Any] = {
        "include_top": False,
        "input_shape": (side, side, 3),
        "pooling": "avg",
    }
    if weights is None:
        model = _downloaded(make, name, options)
    else:
        model = _with_weights(make(weights=None, **options), name, weights)
    model.compile(jit_compile=False)
    return model


def _downloaded(make: Any, name: str, options: dict[str, Any]) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return make(weights="imagenet", **options)
    except Exception as error:
        # Keras raises a bare Exception where the network fails.
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ConfigError(
            f"The weights of {name} cannot be downloaded ({reason}). Give them as a "
            "file: --weights FILE, without the network's top."
        ) from error


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


def _digest(model: Any) -> str:
    digest = sha256()
    for array in model.get_weights():
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
