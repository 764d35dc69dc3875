"""Python processes that Labeler starts: one way for all of them, and the limits they have.

A child runs this very copy of Labeler with the packages of this environment, and imports nothing
from the folder that Labeler was started in: who knows what modules lie there. The same holds for
whatever the child starts.

Children that read foreign files limit their own memory and time (``limit_process``) and are
watched from outside (``Watch``). The job worker has no limits: its work is the user's own and may
take hours; it runs at a lower priority and ends with its parent.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from math import inf
from pathlib import Path
from threading import Event, Thread, current_thread
from typing import IO, Self

from labeler.sandbox.import_path import safe_environment

Child = subprocess.Popen[bytes]
PIPE, DEVNULL = subprocess.PIPE, subprocess.DEVNULL

_ROOT = Path(__file__).parents[2]
_LOOK_SECONDS = 0.25
_PATIENT_SECONDS = 1.0
_BOOT = """
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from runpy import run_module

root, module = sys.argv[1:3]
sys.argv[:3] = [module]
spec = PathFinder.find_spec("labeler", [root])
sys.modules["labeler"] = package = module_from_spec(spec)
spec.loader.exec_module(package)
run_module(module, run_name="__main__", alter_sys=True)
"""
"""What a child does first: finds Labeler where its parent did, and nothing else there."""


def start_python(
    module: str,
    *arguments: str,
    stdin: int | IO[bytes],
    stdout: int | None = None,
    stderr: int | IO[bytes] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Child:
    """Start ``python -m module`` in a process of its own.

    Parameters
    ----------
    module : str
        Of Labeler.
    *arguments : str
        What it finds in ``sys.argv``. Every user of the machine can read them.
    stdin, stdout, stderr
        As for ``subprocess.Popen``; outputs are this process's own unless told otherwise.
    environment : mapping of str to str, optional
        This process's own by default.

    Returns
    -------
    Child
        A ``subprocess.Popen``.
    """
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _BOOT, str(_ROOT), module, *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=safe_environment(dict(os.environ if environment is None else environment)),
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def limit_process(memory_bytes: int, cpu_seconds: int | None = None) -> None:
    """Have the system end this process when it takes too much; also, it leaves no core file.

    Parameters
    ----------
    memory_bytes : int
        Beyond what it holds now. On Linux only.
    cpu_seconds : int, optional
        Of computing in all. Not on Windows.
    """
    with suppress(ImportError, OSError, ValueError):  # no such limits on this system
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if cpu_seconds is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
        n_pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        most = n_pages * resource.getpagesize() + memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


class Watch(Thread):
    """Kills a process that keeps us waiting; reading and writing then end by themselves.

    Attributes
    ----------
    has_killed : bool
    """

    def __init__(self, process: Child) -> None:
        super().__init__(name="watch", daemon=True)
        self.has_killed = False
        self._process = process
        self._deadline = inf
        self._over = Event()

    def patient_for(self, seconds: float) -> Self:
        """A ``with`` block that must not take longer."""
        self._deadline = time.monotonic() + seconds
        return self

    def __enter__(self) -> None:
        """The clock runs since ``patient_for``."""

    def __exit__(self, *exception: object) -> None:
        self._deadline = inf

    def run(self) -> None:
        """Look now and then, until ``stop``."""
        while not self._over.wait(_LOOK_SECONDS):
            if time.monotonic() > self._deadline:
                self.has_killed = True
                self._process.kill()
                return

    def stop(self) -> None:
        """Watch no longer.

        Where Python collects a generator in this very thread, it may be the one that calls, or that
        whoever calls is waited for.
        """
        self._over.set()
        if current_thread() is not self:
            self.join(_PATIENT_SECONDS)
