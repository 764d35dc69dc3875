"""Small models in ONNX, written message by message: the package ``onnx`` is not here."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

SIDE = 16
BESIDE = {"size": SIDE, "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 0.4], "licence": "MIT"}
FLOAT, INT64, INTS = 1, 7, 7
SHAPE: tuple[str | int, ...] = ("n", 3, SIDE, SIDE)


def varint(value: int) -> bytes:
    value, byte = value >> 7, value & 127
    return bytes([byte | 128]) + varint(value) if value else bytes([byte])


def field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def fields(number: int, values: Sequence[int | str | bytes]) -> bytes:
    return b"".join(field(number, value) for value in values)


def tensor(name: str, array: np.ndarray) -> bytes:
    kind = FLOAT if array.dtype == np.float32 else INT64
    return fields(1, array.shape) + field(2, kind) + field(8, name) + field(9, array.tobytes())


def node(operator: str, inputs: Sequence[str], output: str, *attributes: bytes) -> bytes:
    return fields(1, inputs) + field(2, output) + field(4, operator) + fields(5, attributes)


def ints(name: str, values: Sequence[int]) -> bytes:
    return field(1, name) + fields(8, values) + field(20, INTS)


def value(name: str, shape: Sequence[str | int]) -> bytes:
    lengths = [field(1 if isinstance(length, int) else 2, length) for length in shape]
    kind = field(1, FLOAT) + field(2, fields(1, lengths))
    return field(1, name) + field(2, field(1, kind))


CONVOLUTION = np.random.default_rng(0).normal(size=(5, 3, 3, 3)).astype(np.float32)


def graph(
    shape: Sequence[str | int] = SHAPE,
    outputs: Sequence[str] = ("vectors",),
    weight: bytes | None = None,
    more: bytes = b"",
    given: str = "pixels",
) -> bytes:
    """A convolution, ReLU and the average of each channel; ``maps`` has all of them."""
    nodes = [
        node("Conv", ["pixels", "weight"], "bent", ints("strides", [2, 2])),
        node("Relu", ["bent"], "maps"),
        node("GlobalAveragePool", ["maps"], "averages"),
        node("Flatten", ["averages"], "vectors"),
        node("Log", ["vectors"], "unbounded"),
    ]
    weight = tensor("weight", CONVOLUTION) if weight is None else weight
    ends = [field(1, name) for name in outputs]
    parts = fields(1, nodes), field(2, "net"), field(5, weight), field(11, value(given, shape))
    return b"".join(parts) + fields(12, ends) + more


def model(parts: bytes | None = None, opset: int = 13, more: bytes = b"") -> bytes:
    parts = graph() if parts is None else parts
    return field(1, 8) + field(7, parts) + field(8, field(1, "") + field(2, opset)) + more


def write(folder: Path, content: bytes, **changes: Any) -> Path:
    """The model, and the file beside it."""
    path = folder / "net.onnx"
    path.write_bytes(content)
    beside = {name: value for name, value in (BESIDE | changes).items() if value is not None}
    path.with_suffix(".json").write_text(json.dumps(beside))
    return path
