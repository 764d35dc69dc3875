"""What names images, written down as an ONNX graph: the same arithmetic, for other programs.

A graph is written with the helpers of the ``onnx`` package, node by node; nothing is traced, and
no other library's model is converted.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

from labeler.learning.classifiers.neural_net import NeuralNetClassifier
from labeler.learning.ensemble import Ensemble
from labeler.learning.estimators import TellsState
from labeler.learning.graph import N_NEIGHBORS, SCALED_BY
from labeler.learning.late_keras import weights_from
from labeler.learning.second_opinion import NEXT_TO_NOTHING

OPSET, IR_VERSION = 17, 8
"""Of 2022: runtimes that are some years old read it, too."""

_TINY = np.finfo(np.float32).tiny


class Graph:
    """Nodes and constants of a graph in the making; a value is known by its name."""

    def __init__(self) -> None:
        self._helper: Any = import_module("onnx.helper")
        self._to_tensor: Any = import_module("onnx.numpy_helper").from_array
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, array: Any, dtype: Any = np.float32) -> str:
        """A value that is always the same."""
        name = f"constant_{len(self._constants)}"
        plain = np.array(array, dtype=dtype, order="C")
        self._constants.append(self._to_tensor(plain, name))
        return name

    def add(self, kind: str, *inputs: str, n_outputs: int = 1, **attributes: Any) -> list[str]:
        """A node; gives the names of what comes out of it."""
        number = len(self._nodes)
        outputs = [f"{kind.lower()}_{number}_{place}" for place in range(n_outputs)]
        node = self._helper.make_node(kind, list(inputs), outputs, name=outputs[0], **attributes)
        self._nodes.append(node)
        return outputs

    def one(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """A node of which one value comes."""
        return self.add(kind, *inputs, **attributes)[0]

    def named(self, value: str, name: str) -> None:
        """Call a value by a name that others know it by."""
        self._nodes.append(self._helper.make_node("Identity", [value], [name], name=name))

    def model(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any], **said: str) -> Any:
        """The whole as an ``onnx.ModelProto``.

        Parameters
        ----------
        inputs, outputs : mapping of str to tuple of dtype and shape
        **said : str
            What it says of itself.
        """
        graph = self._helper.make_graph(
            self._nodes,
            "labeler",
            [self._value(*pair) for pair in inputs.items()],
            [self._value(*pair) for pair in outputs.items()],
            self._constants,
        )
        model = self._helper.make_model(
            graph,
            producer_name="labeler",
            opset_imports=[self._helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
        )
        self._helper.set_model_props(model, said)
        return model

    def _value(self, name: str, kind: tuple[Any, tuple[Any, ...]]) -> Any:
        dtype, shape = kind
        element = self._helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self._helper.make_tensor_value_info(name, element, shape)


def add_pixel_features(
    graph: Graph, images: str, n_pixels: int, state: Mapping[str, np.ndarray]
) -> str:
    """Features ``pixels`` of images of any values from 0 to 255; ``state`` is what they learned."""
    numbers = graph.one("Cast", images, to=1)  # float32
    flat = graph.one("Reshape", numbers, graph.constant([-1, n_pixels], np.int64))
    scaled = graph.one("Div", flat, graph.constant(255))
    if not state:
        return scaled
    centred = graph.one("Sub", scaled, graph.constant(state["pca.mean"]))
    return graph.one("MatMul", centred, graph.constant(state["pca.components"].T))


def add_ensemble(
    graph: Graph, X: str, ensemble: Ensemble, pool: np.ndarray, seen: str | None = None
) -> str:
    """What an ensemble says of vectors, and of what its net sees in the pictures.

    Parameters
    ----------
    graph : Graph
    X : str
        Vectors.
    ensemble : Ensemble
    pool : ndarray of shape (n, n_features), dtype float32
        Those of its neighbours; they are searched exhaustively.
    seen : str, optional
        What its net sees: probabilities.

    Returns
    -------
    str
        Probabilities, a column for each class.
    """
    said = _classifier(graph, X, ensemble.classifier, ensemble.n_classes)
    if ensemble.soft_labels is not None:
        said = _combined(graph, said, _neighbours(graph, X, ensemble, pool))
        said = said if seen is None else _combined(graph, said, seen)
    if ensemble.alone is not None:
        said = _combined(graph, _classifier(graph, X, ensemble.alone, ensemble.n_classes), said)
    return said


def _classifier(graph: Graph, X: str, trained: Any, n_classes: int) -> str:
    """What a classifier says; nothing for classes that it never saw."""
    assert isinstance(trained, TellsState)
    state = trained.state()
    classes = state["classes"]
    if len(classes) == 1:
        return _always(graph, X, int(classes[0]), n_classes)
    is_net = isinstance(trained, NeuralNetClassifier)
    logits = _net(graph, X, state) if is_net else _logistic(graph, X, state)
    said = graph.one("Softmax", logits, axis=1)
    if len(classes) == n_classes:
        return said
    places = np.eye(n_classes)[classes]
    return graph.one("MatMul", said, graph.constant(places))


def _always(graph: Graph, X: str, label: int, n_classes: int) -> str:
    """One class for every image, whatever it looks like."""
    n_images = graph.one("Shape", X, start=0, end=1)
    shape = graph.one("Concat", n_images, graph.constant([n_classes], np.int64), axis=0)
    return graph.one("Expand", graph.constant(np.eye(n_classes)[label : label + 1]), shape)


def _logistic(graph: Graph, X: str, state: Mapping[str, np.ndarray]) -> str:
    scaled = graph.one("Div", X, graph.constant(state["scale"]))
    coef, intercept = state["coef"], np.asarray(state["intercept"])
    if not state["is_soft"]:
        coef = coef.T
    if coef.shape[1] == 1:  # of two classes, only the second is told: the first has 0
        coef, intercept = np.pad(coef, ((0, 0), (1, 0))), np.pad(intercept, (1, 0))
    return graph.one("Gemm", scaled, graph.constant(coef), graph.constant(intercept))


def _net(graph: Graph, X: str, state: Mapping[str, np.ndarray]) -> str:
    centred = graph.one("Sub", X, graph.constant(state["mean"]))
    value = graph.one("Div", centred, graph.constant(state["scale"]))
    weights = weights_from(state)
    for place in range(0, len(weights), 2):
        kernel, bias = map(graph.constant, weights[place : place + 2])
        value = graph.one("Gemm", value, kernel, bias)
        if place + 2 < len(weights):
            value = graph.one("Relu", value)
    return value


def _neighbours(graph: Graph, X: str, ensemble: Ensemble, pool: np.ndarray) -> str:
    """What the nearest images of the pool are labeled, the nearest most."""
    assert ensemble.soft_labels is not None
    n_neighbours = min(N_NEIGHBORS, len(pool))
    vectors = graph.constant(pool)
    lengths = graph.constant((pool.astype(np.float64) ** 2).sum(axis=1)[np.newaxis])
    along = graph.constant([1], np.int64)
    two = graph.constant(2)
    # The length of X itself orders nothing: it is added to those that are kept.
    transposed = graph.one("Transpose", vectors, perm=[1, 0])
    products = graph.one("Mul", graph.one("MatMul", X, transposed), two)
    least, places = graph.add(
        "TopK",
        graph.one("Sub", lengths, products),
        graph.constant([n_neighbours], np.int64),
        axis=1,
        largest=0,
        sorted=1,
        n_outputs=2,
    )
    own = graph.one("ReduceSum", graph.one("Mul", X, X), along, keepdims=1)
    squares = graph.one("Relu", graph.one("Add", least, own))
    nth = min(SCALED_BY, n_neighbours) - 1
    scale = graph.one("Gather", squares, graph.constant([nth], np.int64), axis=1)
    scale = graph.one("Max", scale, graph.constant(_TINY))
    weights = graph.one("Exp", graph.one("Neg", graph.one("Div", squares, scale)))
    counted = graph.constant(ensemble.soft_labels.counted)
    weights = graph.one("Mul", weights, graph.one("Gather", counted, places, axis=0))
    probabilities = graph.constant(ensemble.soft_labels.probabilities)
    theirs = graph.one("Gather", probabilities, places, axis=0)
    row = graph.one("Unsqueeze", weights, along)
    said = graph.one("Squeeze", graph.one("MatMul", row, theirs), along)
    total = graph.one("ReduceSum", weights, along, keepdims=1)
    return graph.one("Div", said, graph.one("Max", total, graph.constant(_TINY)))


def _combined(graph: Graph, first: str, second: str) -> str:
    """Two opinions as one: see ``second_opinion.combined``."""
    floor = graph.constant(NEXT_TO_NOTHING)
    product = graph.one("Mul", *(graph.one("Add", one, floor) for one in (first, second)))
    total = graph.one("ReduceSum", product, graph.constant([1], np.int64), keepdims=1)
    return graph.one("Div", product, total)
