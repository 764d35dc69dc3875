"""Our end of one decoding child: its start, its limits, its end."""

import os
import signal
import tempfile
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from threading import RLock

from labeler.exceptions import InputError, LabelerError
from labeler.imaging.decoding.frames import READY, read_reply, write_batch
from labeler.imaging.decoding.replies import Outcome, parse_reply
from labeler.sandbox.children import PIPE, Child, Watch, start_python

BROKEN = "IMG-5"
"""The code of an image whose decoding broke its child."""

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


class DecodingProcess:
    """A child that decodes, started with the first batch and anew after a file that broke it.

    All but ``kill`` is for one thread: only the system can end a wait for a child that hangs.

    Parameters
    ----------
    at_most, deep, on_scale, square
        As for ``labeler.imaging.images.decode_image``.
    limits : Limits
    """

    def __init__(
        self,
        at_most: int,
        limits: Limits,
        deep: bool,
        on_scale: tuple[float, float] | None = None,
        square: bool = False,
    ) -> None:
        self._at_most = at_most
        self._deep = int(deep)
        self._square = int(square)
        self._on_scale = on_scale or ()
        self._limits = limits
        self._process: Child | None = None
        self._lock = RLock()  # a collected generator kills in whatever thread collects it
        self._is_killed = False

    def kill(self) -> None:
        """End it for good, whatever it is doing; whoever waits for it hears that it ended."""
        with self._lock:
            self._is_killed = True
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """End it and let go of it; it may be started again."""
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return
        self._watch.stop()
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, self._said):
            if stream is not None:
                with suppress(OSError), closing(stream):
                    pass

    def send(self, images: Sequence[bytes]) -> None:
        """Give it a batch; it reads all of that before it decodes any.

        Raises
        ------
        LabelerError
            It could not be started, or ended while it had nothing to do.
        """
        process = self._process or self._begin()
        assert process.stdin is not None
        with self._watch.patient_for(self._limits.seconds):
            try:
                write_batch(process.stdin, images)
            except OSError as error:
                process.wait()
                ended = self._how_it_ended(process)
                raise LabelerError(
                    f"The process that decodes images ended ({ended}); try again."
                ) from error

    def receive(self, source: str) -> Outcome:
        """What became of the next image of the batch; IMG-5 where that broke the child."""
        process = self._process
        assert process is not None
        # The child's own clocks come first where it has any; ours is for those that have none.
        heard = self._heard(process, self._limits.seconds + _GRACE_SECONDS)
        outcome = None if heard is None else parse_reply(heard, source, self._at_most)
        return outcome or self._refusal(process, source)

    def _begin(self) -> Child:
        with self._lock:
            if self._is_killed:
                raise LabelerError("Decoding was given up.")
            self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the child
            self._process = process = self._start()
        self._watch = Watch(process)
        self._watch.start()
        if self._heard(process, _START_SECONDS) != READY:
            raise LabelerError(
                f"The process that decodes images could not be started: {self._last_words(process)}"
            )
        return process

    def _start(self) -> Child:
        limits = self._limits
        costs = (limits.cpu_seconds, limits.seconds, limits.memory_bytes)
        return start_python(
            _CHILD,
            *map(str, (self._at_most, *costs, self._deep, self._square, *self._on_scale)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=self._said,
            environment=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        )

    def _heard(self, process: Child, seconds: float) -> tuple[bytes, bytes] | None:
        """The child's next reply; None where it ended instead."""
        assert process.stdout is not None
        with self._watch.patient_for(seconds):
            return read_reply(process.stdout)

    def _refusal(self, process: Child, source: str) -> InputError:
        process.kill()
        process.wait()
        return InputError(
            BROKEN,
            source,
            found=f"could not be decoded safely: {self._how_it_ended(process)}",
            expected=f"an image that takes at most {self._limits.cpu_seconds} seconds and "
            f"{self._limits.memory_bytes / 1e6:.0f} MB to decode",
            remedy="Save it anew with an image program, or leave it out; nothing was kept.",
        )

    def _how_it_ended(self, process: Child) -> str:
        status = process.returncode
        if self._watch.has_killed or -status in _CLOCKS:
            return "decoding did not end"
        if -status in _KILLED:
            return "decoding was stopped"
        if status < 0:
            return f"the decoder crashed ({signal.Signals(-status).name})"
        return f"the decoder crashed (status {status:#x})"

    def _last_words(self, process: Child) -> str:
        process.kill()
        process.wait()
        self._said.seek(0)
        lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else self._how_it_ended(process)
