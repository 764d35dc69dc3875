"""``labeler`` as tests run it: in this process, or in one of its own.

Both give what a shell would see. A process of its own costs seconds of imports, so it is for what
only a process can show: that the program starts, that it ends with a status and without a
traceback, that a second one finds what the first one wrote.
"""

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from labeler.cli import main

OUTSIDE = ("DATABASE_URL", "LABELER_CONFIG", "LABELER_INSTANCE", "LABELER_SEED", "LABELER_SEEDS")
"""Settings of whoever runs the tests, which are not those of the tests."""


class Finished(NamedTuple):
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def run_here(*arguments: str | Path, **environment: str) -> Finished:
    """Run a command in this process; a defect rises as the exception it is."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with (
        patch.dict(os.environ, _environment(environment), clear=True),
        patch.object(sys, "argv", ["labeler", *map(str, arguments)]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Finished(status, _written(out), _written(err))


def run_apart(*arguments: str | Path, **environment: str) -> Finished:
    """Run a command in a process of its own."""
    finished = subprocess.run(
        [sys.executable, "-m", "labeler", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=_environment(environment),
        timeout=300,
        check=False,
    )
    return Finished(finished.returncode, finished.stdout, finished.stderr)


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if name not in OUTSIDE}
    return {**others, "PYTHONIOENCODING": "utf-8", **own}


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
