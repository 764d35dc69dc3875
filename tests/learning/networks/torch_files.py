"""Files as PyTorch wrote them before 2020, opcode by opcode: neither PyTorch nor pickle is here."""

from collections.abc import Iterable, Mapping

import numpy as np

PROTO, STOP, NONE, TRUE, FALSE = b"\x80\x02", b".", b"N", b"\x88", b"\x89"
REDUCE, PERSISTENT, BUILD = b"R", b"Q", b"b"
MAGIC = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"
STORAGES = {np.dtype("<f4"): "FloatStorage", np.dtype("<i8"): "LongStorage"}


def text(value: str) -> bytes:
    return b"X" + len(value.encode()).to_bytes(4, "little") + value.encode()


def number(value: int) -> bytes:
    return b"J" + value.to_bytes(4, "little", signed=True)


def row(*values: bytes) -> bytes:
    return b"(" + b"".join(values) + b"t"


def numbers(values: Iterable[int]) -> bytes:
    return row(*map(number, values))


def named(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def pickled(value: bytes) -> bytes:
    return PROTO + value + STOP


ORDERED_DICT = named("collections", "OrderedDict") + b")" + REDUCE
REBUILD = named("torch._utils", "_rebuild_tensor_v2")


def table(items: Mapping[str, bytes], start: bytes = ORDERED_DICT) -> bytes:
    return start + b"(" + b"".join(text(name) + value for name, value in items.items()) + b"u"


def storage(key: str, array: np.ndarray) -> bytes:
    kind = named("torch", STORAGES[array.dtype])
    parts = (text("storage"), kind, text(key), text("cpu"), number(array.size), NONE)
    return row(*parts) + PERSISTENT


def tensor(
    key: str,
    array: np.ndarray,
    start: int = 0,
    shape: tuple[int, ...] | None = None,
    strides: tuple[int, ...] | None = None,
) -> bytes:
    """A tensor on the storage of ``array``; by default all of it, as it lies there."""
    lies = tuple(stride // array.itemsize for stride in array.strides)
    places = numbers(array.shape if shape is None else shape), numbers(strides or lies)
    hooks = FALSE, ORDERED_DICT
    return REBUILD + row(storage(key, array), number(start), *places, *hooks) + REDUCE


def raw(array: np.ndarray) -> bytes:
    return array.size.to_bytes(8, "little") + array.tobytes(order="A")


def whole(tensors: bytes, arrays: Mapping[str, np.ndarray], magic: bytes = MAGIC) -> bytes:
    """A file with the table ``tensors`` and the storages ``arrays``, by their keys."""
    system = table({"little_endian": TRUE}, start=b"}")
    keys = b"](" + b"".join(map(text, arrays)) + b"e"
    pickles = magic, number(1001), system, tensors, keys
    return b"".join(map(pickled, pickles)) + b"".join(map(raw, arrays.values()))


def file_of(arrays: Mapping[str, np.ndarray]) -> bytes:
    """A file with these tensors, each on a storage of its own."""
    return whole(table({name: tensor(name, array) for name, array in arrays.items()}), arrays)
