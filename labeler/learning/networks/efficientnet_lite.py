"""EfficientNet-Lite0, built in Keras for weights that were made with PyTorch.

M. Tan and Q. V. Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
ICML 2019, in the form for small machines that its authors published in 2020: no
squeeze-and-excitation, and ReLU6 in place of swish. Edges are padded as TensorFlow does.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from labeler.learning.late_keras import import_keras

SIDE, N_FEATURES = 224, 1280

MEAN, SCALE = 127.0, 128.0
"""Pixels are seen from -1 to 1: with ImageNet's mean and deviation the same weights are less sure
of what is in a picture, and wrong more often."""

EPSILON = 1e-3
"""Of batch normalisation."""


class Stage(NamedTuple):
    """Blocks that differ in the stride of the first alone."""

    blocks: int
    kernel: int
    stride: int
    widening: int
    channels: int


STEM = 32
STAGES = (
    Stage(1, kernel=3, stride=1, widening=1, channels=16),
    Stage(2, kernel=3, stride=2, widening=6, channels=24),
    Stage(2, kernel=5, stride=2, widening=6, channels=40),
    Stage(3, kernel=3, stride=2, widening=6, channels=80),
    Stage(3, kernel=5, stride=1, widening=6, channels=112),
    Stage(4, kernel=5, stride=2, widening=6, channels=192),
    Stage(1, kernel=3, stride=1, widening=6, channels=320),
)


def build(tensors: Mapping[str, np.ndarray]) -> Any:
    """The network up to the average of its last feature maps, with its weights.

    Parameters
    ----------
    tensors : mapping of str to ndarray
        By the names that PyTorch's parts have, such as ``_blocks.0._bn1.weight``.

    Returns
    -------
    keras.Model
        From (n, 224, 224, 3), 0 to 255, to (n, 1280).
    """
    keras = import_keras()
    pixels = keras.layers.Input((SIDE, SIDE, 3))
    x = keras.layers.Rescaling(1 / SCALE, -MEAN / SCALE)(pixels)
    layers = _Layers(keras.layers, tensors)
    x = layers.bent(layers.convolution(x, "_conv_stem", "_bn0", STEM, kernel=3, stride=2))
    for number, stage in enumerate(_blocks()):
        x = layers.block(x, f"_blocks.{number}.", stage)
    x = layers.bent(layers.convolution(x, "_conv_head", "_bn1", N_FEATURES))
    model = keras.Model(pixels, keras.layers.GlobalAveragePooling2D()(x))
    model.compile(jit_compile=False)
    return model


def _blocks() -> Iterator[Stage]:
    for stage in STAGES:
        yield stage
        yield from [stage._replace(stride=1)] * (stage.blocks - 1)


class _Layers:
    """Keras' layers with weights, each with the normalisation after it folded in."""

    def __init__(self, layers: Any, tensors: Mapping[str, np.ndarray]) -> None:
        self._layers = layers
        self._tensors = tensors

    def block(self, x: Any, prefix: str, stage: Stage) -> Any:
        """Widened, looked at channel by channel, narrowed; added to what came where it fits."""
        given, channels = x, x.shape[-1]
        if stage.widening > 1:
            wide = channels * stage.widening
            x = self.bent(self.convolution(x, f"{prefix}_expand_conv", f"{prefix}_bn0", wide))
        x = self.bent(self._by_channel(x, prefix, stage))
        x = self.convolution(x, f"{prefix}_project_conv", f"{prefix}_bn2", stage.channels)
        alike = stage.stride == 1 and stage.channels == channels
        return self._layers.Add()([given, x]) if alike else x

    def bent(self, x: Any) -> Any:
        return self._layers.ReLU(6)(x)

    def convolution(
        self, x: Any, name: str, norm: str, channels: int, kernel: int = 1, stride: int = 1
    ) -> Any:
        layer = self._layers.Conv2D(channels, kernel, stride, padding="same")
        kernels, bias = self._folded(name, norm)
        return _applied(layer, x, kernels.transpose(2, 3, 1, 0), bias)

    def _by_channel(self, x: Any, prefix: str, stage: Stage) -> Any:
        layer = self._layers.DepthwiseConv2D(stage.kernel, stage.stride, padding="same")
        kernels, bias = self._folded(f"{prefix}_depthwise_conv", f"{prefix}_bn1")
        return _applied(layer, x, kernels.transpose(2, 3, 0, 1), bias)

    def _folded(self, name: str, norm: str) -> tuple[np.ndarray, np.ndarray]:
        gamma, beta, mean, variance = (
            self._tensors[f"{norm}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gamma / np.sqrt(variance + EPSILON)
        return self._tensors[f"{name}.weight"] * scale[:, None, None, None], beta - mean * scale


def _applied(layer: Any, x: Any, *weights: np.ndarray) -> Any:
    y = layer(x)
    layer.set_weights(weights)
    return y
