"""The process that decodes: ``…decoding.child AT_MOST CPU SECONDS BYTES DEEP SQUARE``.

Two numbers more are the values of 16 bits that become black and white.

Files come in batches on standard input; what became of each goes out on standard output at once,
so that the parent knows which one it was when there is no reply any more.
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import IO

from labeler.exceptions import InputError
from labeler.imaging.decoding.frames import READY, read_batch, write_reply
from labeler.imaging.decoding.replies import as_reply
from labeler.imaging.images import DecodedImage, decode_image
from labeler.sandbox.children import limit_process


def main() -> None:
    """Decode until standard input ends."""
    at_most, cpu_seconds, seconds, memory_bytes, deep, square = map(int, sys.argv[1:7])
    low_and_high = tuple(map(float, sys.argv[7:9]))
    on_scale = (low_and_high[0], low_and_high[1]) if low_and_high else None
    decode = partial(
        decode_image,
        source="",
        at_most=at_most,
        deep=bool(deep),
        on_scale=on_scale,
        with_rendition=not square,
        square=bool(square),
    )
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the parent, which ends us
    replies = _take_standard_output()
    limit_process(memory_bytes)
    write_reply(replies, *READY)
    while (batch := read_batch(sys.stdin.buffer)) is not None:
        for data in batch:
            _set_clocks(cpu_seconds, seconds)
            write_reply(replies, *_decoded(decode, data))
        _set_clocks(0, 0)


def _decoded(decode: Callable[[bytes], DecodedImage], data: bytes) -> tuple[bytes, bytes]:
    try:
        return as_reply(decode(data))
    except InputError as error:
        return as_reply(error)


def _take_standard_output() -> IO[bytes]:
    """Keep it for replies alone: a library that prints must not be taken for one."""
    ours = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(ours, "wb")


def _set_clocks(cpu_seconds: int, seconds: int) -> None:
    """Be killed by the system at that time, even inside a library; 0 is never (not on Windows)."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        signal.setitimer(signal.ITIMER_REAL, seconds)


if __name__ == "__main__":
    main()
