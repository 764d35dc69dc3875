"""A model as an ONNX file: for programs that know neither Labeler nor Python."""

from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from labeler import __version__
from labeler.exceptions import ConfigError
from labeler.files import write_atomically
from labeler.learning.graph import PoolIndex
from labeler.prediction.model import Model
from labeler.prediction.onnx_graph import Graph, add_ensemble, add_pixel_features
from labeler.words import by_sides, installing, joined

MOST_POOL_BYTES = 1_000_000_000
"""Vectors of a pool that go into a graph; a file of two gigabytes is none that ONNX allows."""

TOLERANCE = 1e-4
"""How far what onnxruntime computes may be from our own."""

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

    Its input is ``images`` (n, height, width[, 3]), uint8, where the features are ``pixels``, else
    ``features`` (n, n_features), float32; its outputs are ``label`` (n,), int64, and
    ``probabilities`` (n, n_classes), float32.
    """
    pool = model.references.index.X
    if model.ensemble.soft_labels is not None and pool.nbytes > MOST_POOL_BYTES:
        raise ConfigError(
            f"The pool has {pool.nbytes:,} bytes of vectors, which do not go into an ONNX file; "
            "use the model itself (labeler predict)."
        )
    graph = _new_graph()
    n_classes, shape = len(model.classes), model.like.image_shape
    name = "features"
    kind: tuple[Any, tuple[Any, ...]] = (np.float32, ("n", model.n_features))
    X = name
    if takes_images(model):
        name, kind = "images", (np.uint8, ("n", *shape))
        X = add_pixel_features(graph, name, int(np.prod(shape)), model.description.state())
    said = add_ensemble(graph, X, model.ensemble, pool)
    graph.named(said, "probabilities")
    graph.named(graph.one("ArgMax", said, axis=1, keepdims=0), "label")
    outputs = {"label": (np.int64, ("n",)), "probabilities": (np.float32, ("n", n_classes))}
    made = graph.model({name: kind}, outputs, **_metadata(model))
    import_module("onnx.checker").check_model(made, full_check=True)
    return made


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
    parts = {
        "the small net beside it": model.ensemble.seen_by,
        "the calibration of its confidences": model.calibration,
        "what is unfamiliar": model.references,
    }
    missing = [name for name, part in parts.items() if part is not None]
    searched = ""
    if model.ensemble.soft_labels is not None and model.references.index.cells is not None:
        searched = (
            " It searches all of the pool for neighbours, where Labeler looks near by: a few "
            "pictures in a thousand are named otherwise."
        )
    return f"It {taken}. Not in it: {joined(missing)}.{searched}"


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
    given = test.images if takes_images(model) else test.vectors
    found = run_onnx(data, given)[1]
    if np.abs(found - said_of(model, test.vectors)).max() > TOLERANCE:
        raise ConfigError(
            "onnxruntime computes something else here than Labeler; nothing was written. Update "
            f"it: {installing('onnx')}."
        )


def said_of(model: Model, X: np.ndarray) -> np.ndarray:
    """What the file is to say of vectors, by our own arithmetic: shape (n, n_classes)."""
    nearest = None
    if model.ensemble.soft_labels is not None:
        index = PoolIndex(model.references.index.X, model.references.index.cells)
        index.cells = None  # the graph searches exhaustively
        nearest = index.nearest(X)
    return model.ensemble.said(X, nearest)


def run_onnx(data: bytes, given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What onnxruntime gives for images or vectors: labels, and probabilities.

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
    labels, said = session.run(["label", "probabilities"], {session.get_inputs()[0].name: given})
    return labels, said


__all__ = ["onnx_of", "run_onnx", "said_of", "takes_images", "told", "write_onnx"]
