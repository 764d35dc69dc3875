"""What goes through the pipes between a decoding child and its parent: lengths, then bytes.

No pickle: what a child sends may be what a file made it send.
"""

import struct
from collections.abc import Sequence
from typing import IO

READY = (b"ready", b"")
"""The child's first reply."""

MAX_REPLY_BYTES = 100_000_000

_COUNT = struct.Struct(">I")
_LENGTH = struct.Struct(">Q")
_LENGTHS = struct.Struct(">II")


def write_batch(pipe: IO[bytes], images: Sequence[bytes | memoryview]) -> None:
    """Send the files of a batch."""
    pipe.write(_COUNT.pack(len(images)))
    for data in images:
        pipe.write(_LENGTH.pack(len(data)))
        pipe.write(data)
    pipe.flush()


def read_batch(pipe: IO[bytes]) -> list[bytes] | None:
    """The files of the next batch; None at the end."""
    head = _read(pipe, _COUNT.size)
    if head is None:
        return None
    images = []
    for _ in range(_COUNT.unpack(head)[0]):
        length = _read(pipe, _LENGTH.size)
        data = None if length is None else _read(pipe, _LENGTH.unpack(length)[0])
        if data is None:
            return None
        images.append(data)
    return images


def write_reply(pipe: IO[bytes], words: bytes, pixels: bytes = b"") -> None:
    """Send what became of one file."""
    pipe.write(_LENGTHS.pack(len(words), len(pixels)) + words + pixels)
    pipe.flush()


def read_reply(pipe: IO[bytes]) -> tuple[bytes, bytes] | None:
    """Words and pixels; None where the other side ended, or makes no sense."""
    head = _read(pipe, _LENGTHS.size)
    if head is None:
        return None
    n_words, n_pixels = _LENGTHS.unpack(head)
    if n_words + n_pixels > MAX_REPLY_BYTES:
        return None
    body = _read(pipe, n_words + n_pixels)
    return None if body is None else (body[:n_words], body[n_words:])


def _read(pipe: IO[bytes], n_bytes: int) -> bytes | None:
    data = pipe.read(n_bytes)
    return data if len(data) == n_bytes else None
