"""Tensors out of a file as PyTorch wrote it before 2020, by a reader that knows nothing else.

Such a file is a row of pickles: a magic number, a version, facts of the machine, the tensors by
name, the keys of their storages; then the numbers of each storage. No pickle is loaded here. The
opcodes are read one by one, those that a table of tensors needs are carried out on plain values,
and any other ends the reading. Names of Python are compared with the four that occur and never
looked up; nothing is ever called.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from labeler.exceptions import InputError

MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001
MOST_OPCODES = 200_000
"""In one pickle: twenty times what a thousand tensors need."""

MOST_DIMENSIONS = 8
LONGEST_NAME = 100
STOP = b"."

_ORDERED_DICT, _REBUILD = "collections OrderedDict", "torch._utils _rebuild_tensor_v2"
_DTYPES: dict[str, np.dtype] = {
    "torch FloatStorage": np.dtype("<f4"),
    "torch LongStorage": np.dtype("<i8"),
}


def read_tensors(content: bytes, source: str) -> dict[str, np.ndarray]:
    """The tensors of a file, by name.

    Parameters
    ----------
    content : bytes
        The whole file.
    source : str
        What it is called, for an error.

    Returns
    -------
    dict of str to ndarray
        Of float32 or int64; read-only views of ``content``.

    Raises
    ------
    InputError
        WGT-3: it is not such a file, is damaged, or holds anything but tensors.
    """
    try:
        return _tensors_of(content)
    except ValueError as error:
        raise InputError(
            "WGT-3",
            source,
            found=str(error).splitlines()[0],
            expected="a table of tensors as PyTorch wrote it before 2020",
            remedy="Install the package that it came with again.",
        ) from error


@dataclass(frozen=True)
class _Name:
    """A name of Python, as text."""

    text: str


@dataclass(frozen=True)
class _Storage:
    key: str
    dtype: np.dtype
    size: int


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    start: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    """From one number to the next along each axis, in numbers."""

    @property
    def stop(self) -> int:
        """One past the last number in its storage; ``start`` where it has none."""
        if not prod(self.shape):
            return self.start
        steps = zip(self.strides, self.shape, strict=True)
        return self.start + 1 + sum(stride * (size - 1) for stride, size in steps)


def _tensors_of(content: bytes) -> dict[str, np.ndarray]:
    file = BytesIO(content)
    for wanted, name in ((MAGIC, "magic number"), (VERSION, "version")):
        _require(_Machine().run(file) == wanted, f"another {name}")
    system = _Machine().run(file)
    _require(type(system) is dict and system.get("little_endian") is True, "another byte order")
    tensors = _Machine().run(file)
    _require(type(tensors) is dict, "no table of tensors")
    _require(all(type(tensor) is _Tensor for tensor in tensors.values()), "more than tensors")
    storages = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
    numbers = dict(_numbers(content, file, storages))
    return {name: _placed(tensor, numbers) for name, tensor in tensors.items()}


def _numbers(
    content: bytes, file: BytesIO, storages: dict[str, _Storage]
) -> Iterator[tuple[str, np.ndarray]]:
    keys = _Machine().run(file)
    _require(type(keys) is list and all(type(key) is str for key in keys), "no list of storages")
    _require(sorted(keys) == sorted(storages), "storages that no tensor has, or too few")
    place = file.tell()
    for storage in map(storages.__getitem__, keys):
        size, start = int.from_bytes(content[place : place + 8], "little"), place + 8
        place = start + storage.size * storage.dtype.itemsize
        _require(size == storage.size and place <= len(content), "a storage of another length")
        yield storage.key, np.frombuffer(content, storage.dtype, size, start)
    _require(place == len(content), "more after the last storage")


def _placed(tensor: _Tensor, numbers: dict[str, np.ndarray]) -> np.ndarray:
    storage = numbers[tensor.storage.key]
    _require(storage.dtype == tensor.storage.dtype, "one storage, two types")
    fits = tensor.stop <= len(storage) and prod(tensor.shape) <= len(storage)
    _require(fits, "a tensor that is longer than its storage")
    strides = [stride * storage.itemsize for stride in tensor.strides]
    return as_strided(storage[tensor.start :], tensor.shape, strides, writeable=False)


class _Machine:
    """Carries out one pickle on plain values: numbers, texts, tuples, lists and dictionaries."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}

    def run(self, file: BytesIO) -> Any:
        """What the pickle that begins here comes to; the file is left behind its end."""
        for _ in range(MOST_OPCODES):
            opcode = _taken(file, 1)
            if opcode == STOP:
                break
            _require(opcode in _OPCODES, f"the opcode {opcode!r}, which no tensor needs")
            read, carry_out = _OPCODES[opcode]
            carry_out(self, read(file))
        else:
            raise ValueError(f"more than {MOST_OPCODES:,} steps")
        _require(len(self._stack) == 1 and not self._marks, "a pickle that does not add up")
        return self._stack.pop()

    def push(self, value: Any) -> None:
        self._stack.append(value)

    def skip(self, _: Any) -> None:
        pass

    def mark(self, _: Any) -> None:
        self._marks.append(len(self._stack))

    def remember(self, index: int) -> None:
        self._memo[index] = self._top()

    def recall(self, index: int) -> None:
        _require(index in self._memo, "a value that was not kept")
        self.push(self._memo[index])

    def name(self, text: str) -> None:
        known = text in (_ORDERED_DICT, _REBUILD, *_DTYPES)
        _require(known, f"the name {text!r}, which no tensor needs")
        self.push(_Name(text))

    def tuple_of(self, size: int) -> None:
        self.push(tuple([self._pop() for _ in range(size)][::-1]))

    def tuple_since_mark(self, _: Any) -> None:
        self.push(tuple(self._since_mark()))

    def extend(self, _: Any) -> None:
        values, target = self._since_mark(), self._top()
        _require(type(target) is list, "a list that is none")
        target.extend(values)

    def set_one(self, _: Any) -> None:
        value, key = self._pop(), self._pop()
        self._set([key, value])

    def set_many(self, _: Any) -> None:
        self._set(self._since_mark())

    def attach(self, _: Any) -> None:
        """Take what a table of tensors says of itself (the versions of layers), and forget it."""
        state, target = self._pop(), self._top()
        _require(type(state) is dict and type(target) is dict, "a state that is no table's")

    def storage(self, _: Any) -> None:
        self.push(_storage_of(self._pop()))

    def build(self, _: Any) -> None:
        """An empty table, or a tensor: the only two that ``REDUCE`` makes."""
        values, name = self._pop(), self._pop()
        _require(type(values) is tuple and type(name) is _Name, "a call of something unknown")
        if name.text == _ORDERED_DICT:
            _require(not values, "a table that is not empty at first")
            self.push({})
        else:
            _require(name.text == _REBUILD, f"a call of {name.text!r}")
            self.push(_tensor_of(values))

    def _set(self, keys_and_values: list[Any]) -> None:
        target, keys = self._top(), keys_and_values[::2]
        _require(type(target) is dict and len(keys_and_values) % 2 == 0, "a table that is none")
        _require(all(type(key) is str for key in keys), "a table with keys that are no text")
        target.update(zip(keys, keys_and_values[1::2], strict=True))

    def _since_mark(self) -> list[Any]:
        _require(bool(self._marks), "no mark")
        start = self._marks.pop()
        values = self._stack[start:]
        del self._stack[start:]
        return values

    def _pop(self) -> Any:
        value = self._top()
        del self._stack[-1]
        return value

    def _top(self) -> Any:
        bottom = self._marks[-1] if self._marks else 0
        _require(len(self._stack) > bottom, "an empty stack")
        return self._stack[-1]


def _taken(file: BytesIO, size: int) -> bytes:
    data = file.read(size)
    _require(len(data) == size, "an end in the middle")
    return data


def _unsigned(size: int) -> Callable[[BytesIO], int]:
    return lambda file: int.from_bytes(_taken(file, size), "little")


def _signed(size: int) -> Callable[[BytesIO], int]:
    return lambda file: int.from_bytes(_taken(file, size), "little", signed=True)


def _long(file: BytesIO) -> int:
    return _signed(_unsigned(1)(file))(file)


def _text(file: BytesIO) -> str:
    return _taken(file, _unsigned(4)(file)).decode()


def _dotted(file: BytesIO) -> str:
    """A module and a name in it, a line each."""
    return " ".join(file.readline(LONGEST_NAME).decode("ascii").rstrip("\n") for _ in range(2))


def _nothing(_: BytesIO) -> None:
    pass


_OPCODES: dict[bytes, tuple[Callable[[BytesIO], Any], Callable[[_Machine, Any], None]]] = {
    b"\x80": (_unsigned(1), _Machine.skip),  # PROTO
    b"J": (_signed(4), _Machine.push),  # BININT
    b"K": (_unsigned(1), _Machine.push),  # BININT1
    b"M": (_unsigned(2), _Machine.push),  # BININT2
    b"\x8a": (_long, _Machine.push),  # LONG1
    b"X": (_text, _Machine.push),  # BINUNICODE
    b"N": (_nothing, _Machine.push),  # NONE
    b"\x88": (lambda _: True, _Machine.push),  # NEWTRUE
    b"\x89": (lambda _: False, _Machine.push),  # NEWFALSE
    b"}": (lambda _: {}, _Machine.push),  # EMPTY_DICT
    b"]": (lambda _: [], _Machine.push),  # EMPTY_LIST
    b")": (lambda _: (), _Machine.push),  # EMPTY_TUPLE
    b"\x85": (lambda _: 1, _Machine.tuple_of),  # TUPLE1
    b"\x86": (lambda _: 2, _Machine.tuple_of),  # TUPLE2
    b"t": (_nothing, _Machine.tuple_since_mark),  # TUPLE
    b"(": (_nothing, _Machine.mark),  # MARK
    b"q": (_unsigned(1), _Machine.remember),  # BINPUT
    b"r": (_unsigned(4), _Machine.remember),  # LONG_BINPUT
    b"h": (_unsigned(1), _Machine.recall),  # BINGET
    b"j": (_unsigned(4), _Machine.recall),  # LONG_BINGET
    b"c": (_dotted, _Machine.name),  # GLOBAL
    b"e": (_nothing, _Machine.extend),  # APPENDS
    b"s": (_nothing, _Machine.set_one),  # SETITEM
    b"u": (_nothing, _Machine.set_many),  # SETITEMS
    b"b": (_nothing, _Machine.attach),  # BUILD
    b"Q": (_nothing, _Machine.storage),  # BINPERSID
    b"R": (_nothing, _Machine.build),  # REDUCE
}
"""All that is carried out: how what follows an opcode is read, and what is done with it."""


def _storage_of(values: Any) -> _Storage:
    _require(type(values) is tuple and len(values) == 6, "a storage of another kind")
    word, name, key, _, size, view = values
    _require(word == "storage" and view is None, "a storage of another kind")
    _require(type(name) is _Name and name.text in _DTYPES, "a storage of another type")
    _require(type(key) is str and _are_counts((size,)), "a storage of another kind")
    return _Storage(key, _DTYPES[name.text], size)


def _tensor_of(values: tuple[Any, ...]) -> _Tensor:
    _require(len(values) == 6, "a tensor of another kind")
    storage, start, shape, strides = values[:4]
    _require(type(storage) is _Storage and _are_counts((start,)), "a tensor of another kind")
    for counts in (shape, strides):
        _require(type(counts) is tuple and _are_counts(counts), "a tensor of another shape")
    _require(len(shape) == len(strides) <= MOST_DIMENSIONS, "a tensor of another shape")
    return _Tensor(storage, start, shape, strides)


def _are_counts(values: tuple[Any, ...]) -> bool:
    return all(type(value) is int and 0 <= value < 2**40 for value in values)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
