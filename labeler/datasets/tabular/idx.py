"""IDX files, the format of MNIST: bytes in, arrays out.

A file is two zero bytes, the type (0x08: unsigned bytes), the number of dimensions, the size of
each as a 32-bit big-endian number, then the values; plain or gzipped::

    images   00 00 08 03  count  height  width   values …     (4 dimensions: colour, the last is 3)
    labels   00 00 08 01  count  values …

Everything the header promises is compared with what is there before anything is allocated.
"""

import gzip
import math
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, NoReturn

import numpy as np

from labeler.datasets import limits
from labeler.exceptions import refuse
from labeler.imaging.sniffing import content_kind
from labeler.progress import SILENT, Progress

_BLOCK = 1 << 22
_TYPES = {0x09: "int8", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64"}
MNIST_NAME = re.compile(
    r"(?P<prefix>(?:.*[-_.])?)(?P<part>train|t10k|test)[-_.](?P<kind>images|labels)"
    r"(?:[-_.]idx[13])?(?:[-_.]ubyte)?(?:\.idx)?(?:\.gz)?",
    re.IGNORECASE,
)


def idx_roles(names: tuple[str, ...]) -> dict[tuple[str, str], str]:
    """Find the four files of MNIST's naming among ``names``.

    Returns
    -------
    dict of (part, kind) to name
        ``part`` is ``train`` or ``test``, ``kind`` is ``images`` or ``labels``.
    """
    roles: dict[tuple[str, str], str] = {}
    for name in sorted(names, key=lambda name: (name.endswith(".gz"), name)):
        match = MNIST_NAME.fullmatch(name)
        if match:
            part = "train" if match["part"].lower() == "train" else "test"
            roles.setdefault((part, match["kind"].lower()), name)
    return roles


def parse_idx(
    file: BinaryIO, size: int, source: str, kind: str, progress: Progress = SILENT
) -> np.ndarray:
    """Read one IDX file, gzipped or not, from an open file.

    Parameters
    ----------
    file : file object
        At its start.
    size : int
        Bytes in the file as it lies there (compressed, if it is).
    source : str
        What to call it in messages.
    kind : str
        ``"images"`` or ``"labels"``: what it has to hold.

    Returns
    -------
    ndarray of dtype uint8
        Three or four dimensions for images, one for labels.

    Raises
    ------
    InputError
        IDX-1 to IDX-9.
    """
    with _unpacked(file, source) as (stream, packed):
        shape = _read_header(stream, source)
        _check_shape(shape, source, kind)
        n_held = None if packed else size - 4 - 4 * len(shape)
        _check_promise(shape, source, n_held, size)
        with progress.task(f"Reading {source}", math.prod(shape)) as task:
            values = np.empty(math.prod(shape), dtype=np.uint8)
            done = 0
            while done < len(values):
                count = stream.readinto(values[done : done + _BLOCK].data)  # type: ignore[attr-defined]
                if not count:
                    _refuse_short(shape, source, done)
                done += count
                task.advance(count)
        _check_end(stream, source, kind)
    return values.reshape(shape)


@contextmanager
def _unpacked(file: BinaryIO, source: str) -> Iterator[tuple[BinaryIO, bool]]:
    """The stream to read values from, and whether it is unpacked on the way."""
    head = file.read(512)
    file.seek(0)
    if head[:2] != b"\x1f\x8b":
        yield file, False
        return
    try:
        with gzip.open(file) as stream:
            yield stream, True  # type: ignore[misc]
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        refuse(
            "IDX-9",
            source,
            f"compressed file is damaged ({error})",
            "a complete gzip file",
            "Copy or download it again.",
        )


def _read_header(stream: BinaryIO, source: str) -> tuple[int, ...]:
    magic = stream.read(4)
    if magic[:2] == b"\x1f\x8b":
        refuse(
            "IDX-9",
            source,
            "compressed twice",
            "an IDX file that is gzipped once or not at all",
            "Unpack it once with gunzip.",
        )
    if magic[:2] != b"\0\0"[: len(magic)]:
        start = magic + stream.read(508)
        refuse(
            "IDX-2",
            source,
            f"not an IDX file: starts with {start[:4]!r} ({content_kind(start)})",
            "two zero bytes, then 0x08",
            "Give the file as the data set's page offers it, unpacked or gzipped.",
        )
    if len(magic) < 4:
        _refuse_header(source, len(magic), 4)
    if magic[2] != 8:
        kind = _TYPES.get(magic[2], f"of unknown type 0x{magic[2]:02X}")
        refuse(
            "IDX-3",
            source,
            f"values are {kind}; only unsigned bytes are read",
            "type 0x08 (unsigned bytes)",
            "Scale the values to 0-255 and save them as bytes.",
        )
    n_dimensions = magic[3]
    if not 1 <= n_dimensions <= 4:
        _refuse_dimensions(source, n_dimensions, "images need 3 (or 4 with colour), labels 1")
    sizes = stream.read(4 * n_dimensions)
    if len(sizes) < 4 * n_dimensions:
        _refuse_header(source, 4 + len(sizes), 4 + 4 * n_dimensions)
    return tuple(int(value) for value in np.frombuffer(sizes, dtype=">u4"))


def _check_shape(shape: tuple[int, ...], source: str, kind: str) -> None:
    if kind == "labels" and len(shape) != 1:
        what = "this is an image file; labels need 1" if len(shape) > 2 else "labels need 1"
        _refuse_dimensions(source, len(shape), what)
    if kind == "images" and len(shape) not in (3, 4):
        what = "this is a label file; images need 3 (or 4)"
        _refuse_dimensions(source, len(shape), what if len(shape) == 1 else "images need 3 (or 4)")
    if len(shape) == 4 and shape[3] != 3:
        _refuse_dimensions(source, 4, f"the last has to be 3 for colour, not {shape[3]:,}")
    if shape[0] == 0:
        refuse(
            "IDX-6",
            source,
            f"the header says 0 {kind}",
            f"at least one of the {kind}",
            "Give the file that holds the data.",
        )
    if any(not 1 <= side <= limits.MAX_SIDE for side in shape[1:3]):
        refuse(
            "IDX-6",
            source,
            f"image size {shape[1]} x {shape[2]} is impossible",
            f"1 to {limits.MAX_SIDE} pixels a side",
            "The header is damaged: copy or download the file again.",
        )


def _check_promise(shape: tuple[int, ...], source: str, n_held: int | None, size: int) -> None:
    """Compare what the header promises with what the file can hold; ``n_held`` None if packed."""
    promised = math.prod(shape)
    if n_held is None:
        if promised > limits.MAX_UNPACKED_BYTES:
            refuse(
                "IDX-9",
                source,
                f"unpacks beyond {limits.MAX_UNPACKED_BYTES // limits.GIGABYTE} GB "
                f"(the header promises {promised:,} bytes)",
                "a data set that fits in memory",
                "Give a smaller part of it.",
            )
        if promised > limits.DEFLATE_RATIO * size:
            _refuse_promise(source, promised, f"{size:,} compressed bytes cannot hold that")
    elif promised > n_held:
        _refuse_short(shape, source, n_held)
    elif promised > limits.MAX_UNPACKED_BYTES:
        _refuse_promise(source, promised, "that is more than fits in memory")


def _check_end(stream: BinaryIO, source: str, kind: str) -> None:
    """Refuse what follows the values; reading to the end also lets gzip check its checksum."""
    extra = 0
    while extra < _BLOCK and (rest := stream.read(1 << 16)):
        extra += len(rest)
    if extra:
        many = f"{extra:,}" if extra < _BLOCK else f"more than {_BLOCK:,}"
        refuse(
            "IDX-7",
            source,
            f"{many} bytes after the last of the {kind}",
            "the end of the file there",
            "The header and the data do not belong together: copy or download the file again.",
        )


def _refuse_header(source: str, n_bytes: int, expected: int) -> NoReturn:
    refuse(
        "IDX-1",
        source,
        f"file ends inside the header ({n_bytes} of {expected} bytes)",
        "a complete IDX file",
        "Copy or download it again.",
    )


def _refuse_dimensions(source: str, n_dimensions: int, explanation: str) -> NoReturn:
    plural = "" if n_dimensions == 1 else "s"
    refuse(
        "IDX-4",
        source,
        f"{n_dimensions} dimension{plural}: {explanation}",
        "images as count x height x width, labels as count",
        "Check which of the files is which.",
    )


def _refuse_promise(source: str, promised: int, found: str) -> NoReturn:
    refuse(
        "IDX-5",
        source,
        f"header promises {promised:,} bytes, {found}",
        "a header that fits its data",
        "The file is cut or damaged: copy or download it again.",
    )


def _refuse_short(shape: tuple[int, ...], source: str, n_held: int) -> NoReturn:
    """Cut inside the last item, or so short that the header itself is in doubt."""
    item = math.prod(shape[1:])
    promised = math.prod(shape)
    what = "image" if len(shape) > 1 else "label"
    if promised - n_held > item:
        found = f"after the header there are {n_held:,} ({n_held // item:,} {what}s)"
        _refuse_promise(source, promised, found)
    refuse(
        "IDX-7",
        source,
        f"ends in {what} {n_held // item + 1:,} of {shape[0]:,}",
        f"{promised:,} bytes after the header, not {n_held:,}",
        "The file is cut: copy or download it again.",
    )
