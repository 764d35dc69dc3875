"""The small net of a model and the calibration of its confidences, as nodes of an ONNX graph."""

from collections.abc import Mapping

import numpy as np

from labeler.learning.audit import LogitCurve
from labeler.learning.audit.calibration import LEAST_DOUBT
from labeler.learning.late_keras import weights_from
from labeler.learning.small_net.net import SIDE
from labeler.prediction.onnx_graph import Graph

_STRIDES = (2, 1, 1, 2)
_POOLED_AFTER = 1
_EPSILON = 1e-3
"""Of batch normalisation, as Keras has it."""

_UINT8_MAX = 255
_EVER_BACK = np.iinfo(np.int64).min


def add_small_net(graph: Graph, squares: str, state: Mapping[str, np.ndarray]) -> str:
    """What ``SmallNet`` sees; ``state`` is what it learned.

    Parameters
    ----------
    graph : Graph
    squares : str
        Pictures of shape (n, side, side[, 3]), 0 to 255, of any type.
    state : mapping of str to ndarray

    Returns
    -------
    str
        Probabilities, a column for each class.
    """
    weights = weights_from(state)
    shape = graph.constant([-1, SIDE, SIDE, weights[0].shape[2]], np.int64)
    numbers = graph.one("Reshape", graph.one("Cast", squares, to=1), shape)
    units = graph.one("Div", numbers, graph.constant(_UINT8_MAX))
    centred = graph.one("Sub", units, graph.constant(state["mean"]))
    pixels = graph.one("Div", centred, graph.constant(state["scale"]))
    given = graph.one("Transpose", pixels, perm=[0, 3, 1, 2])
    sides = _sides(graph, given) if state["is_symmetric"] else [given]
    layers = [_folded(graph, weights[place : place + 5]) for place in range(0, 20, 5)]
    dense = [graph.constant(part) for part in weights[20:]]
    seen = [_seen(graph, one, layers, dense) for one in sides]
    return graph.one("Mean", *seen) if len(seen) > 1 else seen[0]


def add_confidence(graph: Graph, said: str, label: str, curve: LogitCurve | None) -> str:
    """How sure the named class is, of shape (n,); calibrated where a curve is given.

    Doubt is summed up from the other classes: what is left of 1 has few digits.
    """
    column = graph.constant([1], np.int64)
    place = graph.one("Unsqueeze", label, column)
    own = graph.one("GatherElements", said, place, axis=1)
    if curve is not None:
        zero = graph.one("Sub", own, own)
        others = graph.one("ScatterElements", said, place, zero, axis=1)
        doubt = graph.one("ReduceSum", others, column, keepdims=1)
        least = graph.constant(LEAST_DOUBT)
        logs = [graph.one("Log", graph.one("Max", part, least)) for part in (own, doubt)]
        slope, intercept = (
            graph.one("Gather", graph.constant(part), place, axis=0)
            for part in (curve.slopes, curve.intercepts)
        )
        along = graph.one("Mul", slope, graph.one("Sub", *logs))
        own = graph.one("Sigmoid", graph.one("Add", intercept, along))
    return graph.one("Squeeze", own, column)


def _folded(graph: Graph, weights: list[np.ndarray]) -> tuple[str, str]:
    """A convolution with the normalisation after it: kernel and bias."""
    kernel, gamma, beta, mean, variance = (part.astype(np.float64) for part in weights)
    scale = gamma / np.sqrt(variance + _EPSILON)
    return (
        graph.constant((kernel * scale).transpose(3, 2, 0, 1)),
        graph.constant(beta - mean * scale),
    )


def _seen(graph: Graph, pixels: str, layers: list[tuple[str, str]], dense: list[str]) -> str:
    x = pixels
    for place, (layer, stride) in enumerate(zip(layers, _STRIDES, strict=True)):
        x = graph.one("Conv", x, *layer, strides=[stride, stride], auto_pad="SAME_UPPER")
        x = graph.one("Relu", x)
        if place == _POOLED_AFTER:
            x = graph.one("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    x = graph.one("Flatten", graph.one("GlobalAveragePool", x))
    return graph.one("Softmax", graph.one("Gemm", x, *dense), axis=1)


def _sides(graph: Graph, pixels: str) -> list[str]:
    """The eight sides of pictures that have no up, in channels, rows and columns."""
    turned = [pixels, graph.one("Transpose", pixels, perm=[0, 1, 3, 2])]
    return [
        side
        for one in turned
        for side in (one, *(_flipped(graph, one, axes) for axes in ([2], [3], [2, 3])))
    ]


def _flipped(graph: Graph, pixels: str, axes: list[int]) -> str:
    back = [graph.constant([value] * len(axes), np.int64) for value in (-1, _EVER_BACK)]
    steps = graph.constant([-1] * len(axes), np.int64)
    return graph.one("Slice", pixels, *back, graph.constant(axes, np.int64), steps)
