"""A model as an ONNX file: for programs that know neither Labeler nor Python."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from labeler import __version__
from labeler.exceptions import ConfigError
from labeler.files import write_atomically
from labeler.imaging.pixels import resize_pixels
from labeler.learning.graph import PoolIndex
from labeler.learning.small_net.net import SIDE
from labeler.prediction.model import Model
from labeler.prediction.onnx_graph import Graph, add_ensemble, add_pixel_features
from labeler.prediction.onnx_net import add_confidence, add_small_net
from labeler.words import by_sides, installing

MOST_POOL_BYTES = 1_000_000_000
"""Vectors of a pool that go into a graph; a file of two gigabytes is none that ONNX allows."""

TOLERANCE = 1e-4
"""How far what onnxruntime computes may be from our own."""

IMAGES, FEATURES, SQUARES = "images", "features", "squares"
"""Inputs."""

_PIXELS = ("pixels",)


def write_onnx(model: Model, path: Path) -> str:
    """Write a model as an ONNX file, computed once by onnxruntime and compared.

    Parameters
    ----------
    model : Model
    path : Path
        In a folder that exists; a file there is replaced.

    Returns
    -------
    str
        What the file takes and gives, and what of the model is not in it.

    Raises
    ------
    ConfigError
        The packages are not installed, the pool is too large for the format, or onnxruntime
        computes something else.
    OSError
        The place cannot be written to.
    """
    made = onnx_of(model)
    data: bytes = made.SerializeToString()
    _compare(model, data)
    write_atomically(path, data)
    return told(model)


def onnx_of(model: Model) -> Any:
    """The graph of a model, an ``onnx.ModelProto``; errors as of ``write_onnx``.

    Its inputs are those of ``inputs_of``; its outputs are ``label`` (n,), int64, ``probabilities``
    (n, n_classes), float32, and ``confidence`` (n,), float32, which is calibrated where the model's
    are.
    """
    pool = model.references.index.X
    if model.ensemble.soft_labels is not None and pool.nbytes > MOST_POOL_BYTES:
        raise ConfigError(
            f"The pool has {pool.nbytes:,} bytes of vectors, which do not go into an ONNX file; "
            "use the model itself, which names pictures here and in a terminal."
        )
    graph = _new_graph()
    shape, X = model.like.image_shape, FEATURES
    if takes_images(model):
        X = add_pixel_features(graph, IMAGES, int(np.prod(shape)), model.description.state())
    squares, seen = _squares(model), None
    if squares is not None and model.ensemble.seen_by is not None:
        seen = add_small_net(graph, squares, model.ensemble.seen_by)
    said = add_ensemble(graph, X, model.ensemble, pool, seen)
    label = graph.one("ArgMax", said, axis=1, keepdims=0)
    graph.named(said, "probabilities")
    graph.named(label, "label")
    graph.named(add_confidence(graph, said, label, model.calibration), "confidence")
    outputs: dict[str, tuple[Any, tuple[Any, ...]]] = {
        "label": (np.int64, ("n",)),
        "probabilities": (np.float32, ("n", len(model.classes))),
        "confidence": (np.float32, ("n",)),
    }
    made = graph.model(_kinds(model), outputs, **_metadata(model))
    import_module("onnx.checker").check_model(made, full_check=True)
    return made


def _squares(model: Model) -> str | None:
    """The input that the net beside it looks at; None where there is no net that is heard."""
    if model.ensemble.seen_by is None or model.ensemble.soft_labels is None:
        return None
    return IMAGES if model.like.size == (SIDE, SIDE) else SQUARES


def _kinds(model: Model) -> dict[str, tuple[Any, tuple[Any, ...]]]:
    """Dtype and shape of each input."""
    shape, squares = model.like.image_shape, _squares(model)
    kinds: dict[str, tuple[Any, tuple[Any, ...]]] = {}
    if not takes_images(model):
        kinds[FEATURES] = (np.float32, ("n", model.n_features))
    if takes_images(model) or squares == IMAGES:
        kinds[IMAGES] = (np.uint8, ("n", *shape))
    if squares == SQUARES:
        kinds[SQUARES] = (np.uint8, ("n", SIDE, SIDE, *shape[2:]))
    return kinds


def inputs_of(model: Model, images: np.ndarray, X: np.ndarray) -> dict[str, np.ndarray]:
    """What the file of a model takes, by name.

    Parameters
    ----------
    model : Model
    images : ndarray of shape (n, height, width[, 3]), dtype uint8
        As the model takes them.
    X : ndarray of shape (n, n_features), dtype float32
        Their features.

    Returns
    -------
    dict of str to ndarray
        ``images`` where the features are ``pixels``, or where its net looks at pictures of 28 × 28;
        ``features``, where they are others; ``squares``: the images as 28 × 28 for its net.
    """
    kinds = _kinds(model)
    given = {FEATURES: X, IMAGES: images}
    if SQUARES in kinds:
        given[SQUARES] = np.stack([resize_pixels(image, SIDE, SIDE) for image in images])
    return {name: given[name] for name in kinds}


def takes_images(model: Model) -> bool:
    """Whether the whole path from pixels is in the graph."""
    return model.recipe.parts == _PIXELS


def told(model: Model) -> str:
    """What such a file takes and gives, and what of the model is not in it, in sentences."""
    features = "+".join(model.recipe.parts)
    if takes_images(model):
        taken = f"takes images of {by_sides(model.like.image_shape)} pixels, prepared as Labeler's"
    else:
        taken = (
            f"takes {model.n_features} features ({features}), which Labeler computes: "
            "labeler.load_model(MODEL.zip).model.features(images)"
        )
    if _squares(model) is not None:
        names = f"images of {SIDE} × {SIDE} pixels"
        taken += f", and for its net {names}, called {_squares(model)}"
    searched = ""
    if model.ensemble.soft_labels is not None and model.references.index.cells is not None:
        searched = (
            " It searches all of the pool for neighbours, where Labeler looks near by: a few "
            "pictures in a thousand are named otherwise."
        )
    worth = "calibrated" if model.calibration is not None else "not calibrated"
    return f"It {taken}. Its confidence is {worth}. Not in it: what is unfamiliar.{searched}"


def _metadata(model: Model) -> dict[str, str]:
    """What a program needs beside the numbers, as texts by name."""
    about = model.about
    return {
        "classes": msgspec.json.encode(model.classes).decode(),
        "features": "+".join(model.recipe.parts),
        "image_shape": msgspec.json.encode(model.like.image_shape).decode(),
        "label_set": about.label_set,
        "name": about.name,
        "dataset": about.dataset,
        "labeler_version": __version__,
        "told": told(model),
    }


def _new_graph() -> Graph:
    try:
        return Graph()
    except ModuleNotFoundError as error:
        raise ConfigError(f"An ONNX file needs onnx: {installing('onnx')}.") from error


def _compare(model: Model, data: bytes) -> None:
    """Have onnxruntime name the model's own five pictures."""
    test = model.self_test
    if test is None:
        return
    found = run_onnx(data, inputs_of(model, test.images, test.vectors))
    said = said_of(model, test.images, test.vectors)
    pairs = (found.probabilities, said), (found.confidence, confidence_of(model, said))
    if any(np.abs(theirs - ours).max() > TOLERANCE for theirs, ours in pairs):
        raise ConfigError(
            "onnxruntime computes something else here than Labeler; nothing was written. Update "
            f"it: {installing('onnx')}."
        )


def said_of(model: Model, images: np.ndarray, X: np.ndarray) -> np.ndarray:
    """What the file is to say, by our own arithmetic: shape (n, n_classes); see ``inputs_of``."""
    nearest = None
    if model.ensemble.soft_labels is not None:
        index = PoolIndex(model.references.index.X, model.references.index.cells)
        index.cells = None  # the graph searches exhaustively
        nearest = index.nearest(X)
    net = model.ensemble.net if _squares(model) is not None else None
    return model.ensemble.said(X, nearest, None if net is None else net.predict_proba(images))


def confidence_of(model: Model, said: np.ndarray) -> np.ndarray:
    """How sure the likeliest class is, by our own arithmetic: shape (n,)."""
    labels = said.argmax(axis=1)
    own = said[np.arange(len(said)), labels]
    return own if model.calibration is None else model.calibration.calibrate(own, labels)


class Told(NamedTuple):
    """What such a file gives: see ``onnx_of``."""

    label: np.ndarray
    probabilities: np.ndarray
    confidence: np.ndarray


def run_onnx(data: bytes, given: Mapping[str, np.ndarray]) -> Told:
    """What onnxruntime gives for the inputs of a file, by their names.

    Raises
    ------
    ConfigError
        It is not installed.
    """
    try:
        runtime: Any = import_module("onnxruntime")
    except ModuleNotFoundError as error:
        raise ConfigError(f"An ONNX file needs onnxruntime: {installing('onnx')}.") from error
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = runtime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    return Told(*session.run(list(Told._fields), dict(given)))


__all__ = [
    "confidence_of",
    "inputs_of",
    "onnx_of",
    "run_onnx",
    "said_of",
    "takes_images",
    "told",
    "write_onnx",
]
