"""The process of a network: ``…networks.child FEATURES [WEIGHTS]``.

Says on standard output that the network is ready, then what it sees in the pictures that come on
standard input. When that ends the parent is gone, and so is this process, whatever it is doing.
"""

import os
import signal
import socket
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO

import numpy as np

from labeler.exceptions import LabelerError
from labeler.imaging.decoding.frames import read_batch, write_reply
from labeler.learning.networks import Network, network
from labeler.learning.networks.replies import Made, Seen, as_reply, as_words

NOT_NEEDED = ("pandas", "pyarrow", "scipy", "sklearn")
"""What Keras imports where it is installed, for data that is none of ours: 130 MB and a second."""

SILENT_SECONDS = 20.0
"""After which a server that weights are downloaded from is given up."""


def main() -> None:
    """Look until there is nothing more to look at."""
    socket.setdefaulttimeout(SILENT_SECONDS)
    for name in NOT_NEEDED:
        sys.modules[name] = None  # type: ignore[assignment] # how Python forbids an import
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the parent, which ends us
    replies, batches = _take_standard_output(), _read_beside()
    try:
        _look(batches, replies)
    except LabelerError as error:
        write_reply(replies, as_words(as_reply(error)))
    except Exception:  # noqa: BLE001 - a defect, whose last line the parent tells
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)  # a thread reads, and Python would not end without it


def _look(batches: "SimpleQueue[bytes]", replies: IO[bytes]) -> None:
    features, *weights = sys.argv[1:]
    net = network(features, Path(weights[0]) if weights else None)
    made = Made(net.name, net.side, net.signature, net.licence)
    write_reply(replies, as_words(made))
    for pictures in _pictures(net, batches):
        vectors = net.vectors(pictures)
        write_reply(replies, as_words(Seen(vectors.shape[1])), vectors.tobytes())


def _pictures(net: Network, batches: "SimpleQueue[bytes]") -> Iterator[np.ndarray]:
    while True:
        yield np.frombuffer(batches.get(), np.uint8).reshape(-1, net.side, net.side, 3)


def _read_beside() -> "SimpleQueue[bytes]":
    """Read in a thread, which alone can end a process that is in the middle of a long sum."""
    batches: SimpleQueue[bytes] = SimpleQueue()

    def read() -> None:
        while (batch := read_batch(sys.stdin.buffer)) is not None:
            batches.put(batch[0])
        os._exit(0)

    Thread(target=read, name="parent", daemon=True).start()
    return batches


def _take_standard_output() -> IO[bytes]:
    """Keep it for replies alone: a library that prints must not be taken for one."""
    ours = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(ours, "wb")


if __name__ == "__main__":
    main()
