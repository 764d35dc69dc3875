"""Foreign image files decoded in a process of their own, so that none can take us with it.

Image decoders are large C libraries, and a file made to break them is one upload away. A child
process decodes; it has limits on time and memory, and all that comes back from it is numbers and
words that are checked. If it crashes or hangs, the image it was at is refused (IMG-5) and the
child is gone; whoever asked goes on.

One child decodes all images of a data set, many at a time: it costs its start, once, and a copy
of each image through a pipe. ``child.py`` is its side of that pipe,
``frames.py`` what goes through it.
"""

import json
import os
import signal
import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any, Self, cast

import numpy as np

from labeler.exceptions import InputError, LabelerError
from labeler.imaging.decoding.frames import READY, read_reply, write_batch
from labeler.imaging.images import DecodedImage
from labeler.sandbox.children import PIPE, Child, Watch, start_python

BATCH_IMAGES = 256
BATCH_BYTES = 8_000_000
MAX_BROKEN = 10
"""Files of one data set that may each break the process that decodes them."""

_START_SECONDS = 120.0
_GRACE_SECONDS = 5.0
_CHILD = "labeler.imaging.decoding.child"
_CLOCKS = {
    getattr(signal, name) for name in ("SIGALRM", "SIGPROF", "SIGXCPU") if hasattr(signal, name)
}
_KILLED = {getattr(signal, name) for name in ("SIGKILL", "SIGTERM") if hasattr(signal, name)}
"""Signals by which the system ends a process whose time is up, and by which somebody ends it."""


@dataclass(frozen=True)
class Limits:
    """What one image may cost.

    Attributes
    ----------
    cpu_seconds : int
        Of computing. Not on Windows, where ``seconds`` is the only clock.
    seconds : int
        By the wall clock: longer, since a busy machine makes everybody wait.
    memory_bytes : int
        Beyond what the child has when it starts. On Linux only.
    """

    cpu_seconds: int = 10
    seconds: int = 60
    memory_bytes: int = 768_000_000


def decode_images(
    files: Iterable[tuple[str, bytes]], at_most: int, limits: Limits | None = None
) -> Generator[DecodedImage, None, None]:
    """Decode image files, in their order, up to the first that is refused.

    Parameters
    ----------
    files : iterable of (str, bytes)
        What to call each in messages, and its content. Read a batch ahead.
    at_most : int
        Pixels along the longer side; see ``labeler.imaging.images.decode_image``.
    limits : Limits, optional

    Yields
    ------
    DecodedImage

    Raises
    ------
    InputError
        As ``labeler.imaging.images.decode_image``; IMG-5 where decoding crashed or did not end.
    LabelerError
        The child could not be started.
    """
    for decoded in decode_each(files, at_most, limits):
        if isinstance(decoded, InputError):
            raise decoded
        yield decoded


def decode_each(
    files: Iterable[tuple[str, bytes | InputError]],
    at_most: int,
    limits: Limits | None = None,
    *,
    deep: bool = False,
) -> Generator[DecodedImage | InputError, None, None]:
    """Decode image files, in their order, whatever becomes of each.

    Parameters
    ----------
    files : iterable of (str, bytes or InputError)
        As for ``decode_images``; an error where a file could not even be read.
    at_most, limits
        As for ``decode_images``.
    deep : bool
        See ``labeler.imaging.images.decode_image``.

    Yields
    ------
    DecodedImage or InputError
        The error, where a file is refused.

    Raises
    ------
    LabelerError
        The child could not be started.
    InputError
        IMG-5 where too many files broke their child.
    """
    n_broken = 0
    with _Child(at_most, limits or Limits(), deep) as child:
        for batch in _batches(files):
            rest = batch
            while rest:
                decoded = list[DecodedImage | InputError]()
                for one in _decode_some(child, rest):
                    decoded.append(one)
                    yield one
                rest = rest[len(decoded) :]
                if _is_broken(decoded[-1]):
                    n_broken += 1
                    if n_broken > MAX_BROKEN:
                        raise cast(InputError, decoded[-1])
                    child.restart()


def _decode_some(
    child: "_Child", batch: Sequence[tuple[str, bytes | InputError]]
) -> Iterator[DecodedImage | InputError]:
    """What becomes of the files of a batch, up to one that breaks the child."""
    child.send([data for _, data in batch if isinstance(data, bytes)])
    for source, data in batch:
        try:
            decoded = data if isinstance(data, InputError) else child.receive(source)
        except InputError as error:
            decoded = error
        yield decoded
        if _is_broken(decoded):
            return


def _is_broken(decoded: DecodedImage | InputError) -> bool:
    return isinstance(decoded, InputError) and decoded.code == "IMG-5"


def _batches(
    files: Iterable[tuple[str, bytes | InputError]],
) -> Iterator[list[tuple[str, bytes | InputError]]]:
    batch: list[tuple[str, bytes | InputError]] = []
    n_bytes = 0
    for file in files:
        batch.append(file)
        n_bytes += len(file[1]) if isinstance(file[1], bytes) else 0
        if len(batch) == BATCH_IMAGES or n_bytes >= BATCH_BYTES:
            yield batch
            batch, n_bytes = [], 0
    if batch:
        yield batch


class _Child:
    """Our end of the process; it ends with the ``with`` block, whatever it is doing."""

    def __init__(self, at_most: int, limits: Limits, deep: bool) -> None:
        self._at_most = at_most
        self._deep = int(deep)
        self._limits = limits

    def __enter__(self) -> Self:
        self._said = tempfile.TemporaryFile()
        self._process = self._start()
        self._watch = Watch(self._process)
        self._watch.start()
        try:
            if self._heard(_START_SECONDS) != READY:
                raise LabelerError(
                    f"The process that decodes images could not be started: {self._last_words()}"
                )
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._watch.stop()
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._said):
            if stream is not None:
                with suppress(OSError), closing(stream):
                    pass

    def restart(self) -> None:
        """Begin anew, after a file that broke the process."""
        self.__exit__()
        self.__enter__()

    def send(self, images: Sequence[bytes]) -> None:
        """Give it a batch; it reads all of that before it decodes any."""
        assert self._process.stdin is not None
        with self._watch.patient_for(self._limits.seconds):
            try:
                write_batch(self._process.stdin, images)
            except OSError as error:
                self._process.wait()
                raise LabelerError(
                    f"The process that decodes images ended ({self._how_it_ended()}); try again."
                ) from error

    def receive(self, source: str) -> DecodedImage:
        """The next image of the batch."""
        # The child's own clocks come first where it has any; ours is for those that have none.
        heard = self._heard(self._limits.seconds + _GRACE_SECONDS)
        image = None if heard is None else parse_reply(heard, source, self._at_most)
        if image is None:
            self._process.kill()
            self._process.wait()
            raise InputError(
                "IMG-5",
                source,
                found=f"could not be decoded safely: {self._how_it_ended()}",
                expected=f"an image that takes at most {self._limits.cpu_seconds} seconds and "
                f"{self._limits.memory_bytes / 1e6:.0f} MB to decode",
                remedy="Save it anew with an image program, or leave it out; nothing was kept.",
            )
        return image

    def _heard(self, seconds: float) -> tuple[bytes, bytes] | None:
        """The child's next reply; None where it ended instead."""
        assert self._process.stdout is not None
        with self._watch.patient_for(seconds):
            return read_reply(self._process.stdout)

    def _how_it_ended(self) -> str:
        status = self._process.returncode
        if self._watch.has_killed or -status in _CLOCKS:
            return "decoding did not end"
        if -status in _KILLED:
            return "decoding was stopped"
        if status < 0:
            return f"the decoder crashed ({signal.Signals(-status).name})"
        return f"the decoder crashed (status {status:#x})"

    def _last_words(self) -> str:
        self._process.kill()
        self._process.wait()
        self._said.seek(0)
        lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else self._how_it_ended()

    def _start(self) -> Child:
        limits = self._limits
        costs = (limits.cpu_seconds, limits.seconds, limits.memory_bytes)
        numbers = (self._at_most, *costs, self._deep)
        return start_python(
            _CHILD,
            *map(str, numbers),
            stdin=PIPE,
            stdout=PIPE,
            stderr=self._said,
            environment=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        )


def parse_reply(reply: tuple[bytes, bytes], source: str, at_most: int) -> DecodedImage | None:
    """What the child says, None if it makes no sense: its word is that of a foreign file.

    Raises
    ------
    InputError
        It says that the image is refused.
    """
    words, pixels = reply
    try:
        message: dict[str, Any] = json.loads(words)
        if "refused" in message:
            code, found, expected, remedy = map(str, message["refused"])
        else:
            return _image(message, pixels, at_most)
    except (ValueError, TypeError, KeyError):
        return None
    raise InputError(code, source, found=found, expected=expected, remedy=remedy)


def _image(message: dict[str, Any], pixels: bytes, at_most: int) -> DecodedImage:
    height, width, *channels = map(int, message["shape"])
    if not (0 < height <= at_most and 0 < width <= at_most and channels in ([], [3])):
        raise ValueError("shape")
    kind = {"uint8": np.uint8, "uint16": np.uint16}[message["kind"]]
    end = len(pixels) - int(message["rendition"])
    array = np.frombuffer(pixels[:end], dtype=kind).reshape(height, width, *channels)
    rows, columns = map(int, message["size"])
    changes = tuple(map(str, message["changes"]))
    return DecodedImage(array, (rows, columns), changes, pixels[end:])
