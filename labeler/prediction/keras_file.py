"""The net of a model as a ``.keras`` file, built layer by layer: plain Keras opens it."""

import json
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeGuard
from zipfile import ZipFile

import numpy as np

from labeler.exceptions import ConfigError
from labeler.files import write_atomically
from labeler.learning.classifiers.neural_net import NeuralNetClassifier
from labeler.learning.late_keras import import_keras, weights_from
from labeler.learning.small_net.net import SIDE, SmallNet
from labeler.learning.threads import one_thread
from labeler.prediction.arrays import plain_entry
from labeler.prediction.model import Model

BESIDE = "labeler.json"
"""What a program needs beside the net, within the same zip; Keras does not look at it."""

NEVER = -1e4
"""The logit of a class that the net never saw: nothing is left of it."""


def write_keras(model: Model, path: Path) -> str:
    """Write the net of a model: the classifier ``nn``, else the small net that looks at images.

    Parameters
    ----------
    model : Model
    path : Path
        In a folder that exists; a file there is replaced.

    Returns
    -------
    str
        What the net takes and gives, and what of the model is not in it.

    Raises
    ------
    ConfigError
        The model has no net.
    OSError
        The place cannot be written to.
    """
    net, sentence = keras_of(model), told(model)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "net.keras"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # TensorFlow's own
            net.save(made)
        with ZipFile(made, "a") as archive:
            archive.writestr(plain_entry(BESIDE), json.dumps(_said_beside(model), indent=2))
        write_atomically(path, made.read_bytes())
    return sentence


def keras_of(model: Model) -> Any:
    """A ``keras.Model`` from vectors or images to probabilities; errors as of ``write_keras``."""
    trained = model.ensemble.classifier
    if _is_dense(trained):
        return _dense(trained.state(), len(model.classes))
    if model.ensemble.seen_by is not None:
        return _convolutional(model)
    raise ConfigError(
        f"The classifier of this model is {model.classifier}, which is no Keras net. ONNX takes "
        "it; a Keras net comes of a run with the classifier nn or the preset thorough."
    )


def told(model: Model) -> str:
    """What the net takes and gives, and what of the model is not in it, in sentences."""
    if _is_dense(model.ensemble.classifier):
        features = "+".join(model.recipe.parts)
        takes = f"It takes {model.n_features} features ({features}), which Labeler computes"
    else:
        takes = (
            f"It takes images of {SIDE} x {SIDE} pixels, 0 to 255, as float32 with a channel axis"
        )
    return (
        f"{takes}, and gives probabilities. What the model hears beside it (neighbours, the other "
        "classifier), its calibration and what is unfamiliar are not in it."
    )


def _is_dense(trained: Any) -> TypeGuard[NeuralNetClassifier]:
    """Whether it is a net; one that knows a single class has none."""
    return isinstance(trained, NeuralNetClassifier) and len(trained.classes_) > 1


def _said_beside(model: Model) -> dict[str, Any]:
    return {
        "classes": list(model.classes),
        "features": list(model.recipe.parts),
        "image_shape": list(model.like.image_shape),
        "label_set": model.about.label_set,
        "name": model.about.name,
        "dataset": model.about.dataset,
        "told": told(model),
    }


@one_thread()
def _dense(state: Mapping[str, np.ndarray], n_classes: int) -> Any:
    """The dense net; what its vectors are lessened and divided by is in the first weights."""
    keras = import_keras()
    weights = weights_from(state)
    scaled = weights[0].astype(np.float64) / float(state["scale"])
    weights[1] = weights[1] - state["mean"].astype(np.float64) @ scaled
    weights[0] = scaled
    kernel = np.zeros((len(weights[-2]), n_classes))
    bias = np.full(n_classes, NEVER)
    kernel[:, state["classes"]], bias[state["classes"]] = weights[-2:]
    weights[-2:] = [kernel, bias]
    layers = [keras.layers.Input((len(state["mean"]),), name="features")]
    for place in range(1, len(weights), 2):
        is_last = place == len(weights) - 1
        layers.append(
            keras.layers.Dense(len(weights[place]), activation="softmax" if is_last else "relu")
        )
    net = keras.Sequential(layers, name="labeler")
    net.set_weights(weights)
    return net


def _convolutional(model: Model) -> Any:
    """The small net with its preparation; of images without an up, the mean over eight sides."""
    keras = import_keras()
    assert model.ensemble.seen_by is not None
    net = SmallNet.restored(model.ensemble.seen_by)
    layers = keras.layers
    shape = net.model_.input_shape[1:]
    images = layers.Input(shape, name="images")
    pixels = layers.Rescaling(1 / (255 * net.scale_), -net.mean_ / net.scale_)(images)
    seen = [
        layers.Softmax()(net.model_(side))
        for side in (_sides(keras, pixels) if net.distortions.is_symmetric else [pixels])
    ]
    said = layers.Average()(seen) if len(seen) > 1 else seen[0]
    return keras.Model(images, said, name="labeler")


def _sides(keras: Any, pixels: Any) -> list[Any]:
    """An image turned by quarters, and mirrored, by operations that every Keras has."""
    ops = keras.ops
    turned = [pixels, ops.transpose(pixels, (0, 2, 1, 3))]
    return [
        side
        for one in turned
        for side in (one, ops.flip(one, 1), ops.flip(one, 2), ops.flip(ops.flip(one, 1), 2))
    ]
