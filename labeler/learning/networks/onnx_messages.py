"""Whether all of an ONNX model lies in its own file, told before anything opens it.

A tensor of a model may say that its numbers lie elsewhere, under any path, and what reads the
model would go there. So the messages of the file are walked here, down to every tensor, by the
numbers that ``onnx.proto`` gives their fields.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

DEEPEST, MOST_FIELDS = 100, 2_000_000
"""Messages within messages; fields in all."""

_EXTERNAL_DATA, _DATA_LOCATION = 13, 14
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5
_FIXED = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}


@dataclass(frozen=True)
class _Kind:
    """A kind of message: which of its fields are messages that may hold tensors."""

    parts: dict[int, "_Kind"] = field(default_factory=dict)


_TENSOR, _GRAPH = _Kind(), _Kind()
_SPARSE_TENSOR = _Kind({1: _TENSOR, 2: _TENSOR})
_ATTRIBUTE = _Kind(
    {5: _TENSOR, 6: _GRAPH, 10: _TENSOR, 11: _GRAPH, 22: _SPARSE_TENSOR, 23: _SPARSE_TENSOR}
)
_NODE = _Kind({5: _ATTRIBUTE})
_GRAPH.parts.update({1: _NODE, 5: _TENSOR, 15: _SPARSE_TENSOR})
_FUNCTION = _Kind({7: _NODE, 11: _ATTRIBUTE})
_TRAINING = _Kind({1: _GRAPH, 2: _GRAPH})
_MODEL = _Kind({7: _GRAPH, 20: _TRAINING, 25: _FUNCTION})


def lies_elsewhere(model: bytes) -> bool:
    """Whether any tensor of a model has its numbers in another place than the file.

    Raises
    ------
    ValueError
        These are no messages of that kind.
    """
    waiting, count = [(memoryview(model), _MODEL, 0)], 0
    while waiting:
        message, kind, depth = waiting.pop()
        for number, value in _fields(message):
            count += 1
            _require(count <= MOST_FIELDS and depth <= DEEPEST, "messages without end")
            if kind is _TENSOR and _names_a_place(number, value):
                return True
            if number in kind.parts and isinstance(value, memoryview):
                waiting.append((value, kind.parts[number], depth + 1))
    return False


def _names_a_place(number: int, value: int | memoryview) -> bool:
    return number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value != 0)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The number and value of each field; what is neither number nor text has its bytes."""
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        number, wire = tag >> 3, tag & 7
        _require(0 < number < 1 << 29, "a field without a number")
        value, place = _value(message, place, wire)
        yield number, value


def _value(message: memoryview, place: int, wire: int) -> tuple[int | memoryview, int]:
    if wire == _VARINT:
        return _varint(message, place)
    _require(wire in _FIXED or wire == _LENGTH, "a field of a kind that no model has")
    size, place = _varint(message, place) if wire == _LENGTH else (_FIXED[wire], place)
    _require(place + size <= len(message), "a field that is longer than the file")
    return message[place : place + size], place + size


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        _require(place < len(message), "an end in the middle")
        byte = message[place]
        value, place = value | (byte & 127) << shift, place + 1
        if byte < 128:
            return value, place
    raise ValueError("a number without end")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
