"""A network in a process of its own, which ends with the pass, or with what looks again and again.

TensorFlow takes half a gigabyte for as long as a process lives, and what comes after the pass needs
room too; but it takes seconds to start, which whoever names picture by picture would wait for each
time. The process is told pictures and says vectors, both as plain bytes.
"""

import os
import signal
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from labeler.exceptions import LabelerError
from labeler.feature_names import KERAS_PREFIX
from labeler.imaging.decoding.frames import read_reply, write_batch
from labeler.learning.networks.base import Network
from labeler.learning.networks.replies import (
    Failed,
    Made,
    Refused,
    Reply,
    Seen,
    as_error,
    parse,
    rows,
)
from labeler.progress import SILENT, Progress, Task
from labeler.sandbox.children import PIPE, Child, Watch, start_python

_CHILD = "labeler.learning.networks.child"
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}
_GRACE_SECONDS = 5.0
_NONSENSE = "what it says makes no sense"


class NetworkApart:
    """A network that can be opened again and again, in another process each time.

    Parameters
    ----------
    features : str
        As for ``labeler.learning.networks.network``.
    weights : Path, optional
    keeps_open : bool
        Whether its process waits for the next time, as long as this object is there.
    """

    def __init__(
        self, features: str, weights: Path | None = None, *, keeps_open: bool = False
    ) -> None:
        self._features = features
        self._arguments = (features, *([] if weights is None else [str(weights)]))
        self.keeps_open = keeps_open
        self._made: Made | None = None
        self._waiting: list[_Process] = []

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_waiting": []}  # a copy has a process of its own

    @contextmanager
    def opened(self, progress: Progress = SILENT) -> Iterator[Network]:
        """The network, whose process does not outlive the block unless it is kept open.

        The first time it is started at once, to be asked what it is; later with the first picture.

        Raises
        ------
        ConfigError, InputError
            As ``labeler.learning.networks.network``.
        LabelerError
            The process ended.
        """
        process = self._process()
        with ExitStack() as stack:
            stack.callback(process.close)
            if self._made is None:
                with process.loading(progress):
                    self._made = process.start()
            yield _Remote(self._made, process)
            if self.keeps_open and not self._waiting:
                stack.pop_all()
                process.end_with(self)
                self._waiting.append(process)

    def _process(self) -> "_Process":
        """The one that waits, if it is alive; else another one."""
        with suppress(IndexError):
            waiting = self._waiting.pop()
            if waiting.is_alive:
                return waiting
            waiting.close()
        return _Process(self._features, self._arguments)


class _Remote:
    """A network as it is seen from here."""

    def __init__(self, made: Made, process: "_Process") -> None:
        self.name, self.side = made.name, made.side
        self.signature, self.licence = made.signature, made.licence
        self._process = process

    def vectors(self, pictures: np.ndarray, progress: Progress = SILENT) -> np.ndarray:
        """Vectors of ``pictures``, a few at a time; see ``Network``."""
        if self._process.has_looked:
            return self._process.look(pictures)
        with self._process.loading(progress):  # some of what it needs comes with the first picture
            self._process.start()
            return self._process.look(pictures)


class _Process:
    """Our end of the pipes."""

    def __init__(self, name: str, arguments: tuple[str, ...]) -> None:
        self._name = name
        self._arguments = arguments
        self.has_looked = False
        self._child: Child | None = None
        self._made: Made | None = None
        self._finalizer: weakref.finalize[..., object] | None = None
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process

    @property
    def is_alive(self) -> bool:
        """Whether it waits for pictures, or is not started yet."""
        return self._child is None or self._child.poll() is None

    def loading(self, progress: Progress) -> AbstractContextManager[Task]:
        name = self._name.removeprefix(KERAS_PREFIX)
        may_download = name != self._name and not self._arguments[1:]
        what = ", downloading its weights if need be" if may_download else ""
        return progress.task(f"Loading {name}{what}")

    def start(self) -> Made:
        """What the network is, once it is ready; it is started once."""
        if self._made is not None:
            return self._made
        self._child = start_python(
            _CHILD,
            *self._arguments,
            stdin=PIPE,
            stdout=PIPE,
            stderr=self._said,
            environment=os.environ | _ENVIRONMENT,
        )
        made, _ = self._heard()
        self._made = made if isinstance(made, Made) else self._give_up(_NONSENSE)
        return self._made

    def look(self, pictures: np.ndarray) -> np.ndarray:
        """What the network sees in each."""
        assert self._child is not None
        assert self._child.stdin is not None
        try:
            write_batch(self._child.stdin, [np.ascontiguousarray(pictures).data.cast("B")])
        except OSError:
            self._give_up()
        seen, numbers = self._heard()
        vectors = rows(seen, numbers, len(pictures)) if isinstance(seen, Seen) else None
        self.has_looked = True
        return self._give_up(_NONSENSE) if vectors is None else vectors

    def end_with(self, owner: object) -> None:
        """End it when nobody has the owner any more, or Python ends."""
        if self._finalizer is None:
            self._finalizer = weakref.finalize(owner, self.close)

    def close(self) -> None:
        """End it, whatever it is doing."""
        if self._finalizer is not None:
            self._finalizer.detach()
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            for stream in (self._child.stdin, self._child.stdout):
                if stream is not None:
                    with suppress(OSError), closing(stream):
                        pass
        self._said.close()

    def _heard(self) -> tuple[Reply, bytes]:
        assert self._child is not None
        assert self._child.stdout is not None
        heard = read_reply(self._child.stdout)
        words, numbers = heard or self._give_up()
        reply = parse(words) or self._give_up(_NONSENSE)
        if isinstance(reply, Refused | Failed):
            raise as_error(reply)
        return reply, numbers

    def _give_up(self, reason: str = "") -> NoReturn:
        raise LabelerError(
            f"The process that looks with {self._name} ended ({reason or self._how_it_ended()}). "
            "Do it again: it goes on where it was."
        )

    def _how_it_ended(self) -> str:
        assert self._child is not None
        watch = Watch(self._child)
        watch.start()
        with watch.patient_for(_GRACE_SECONDS):
            status = self._child.wait()
        watch.stop()
        if watch.has_killed:
            return _NONSENSE
        if -status == getattr(signal, "SIGKILL", None):
            return "the system or somebody stopped it; too little memory is the usual reason"
        if status < 0:
            return f"it crashed: {signal.Signals(-status).name}"
        self._said.seek(0)
        lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"status {status:#x}"
