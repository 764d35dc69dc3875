"""Installs a lock with pip, and says what it is at and how far it is.

    .venv/bin/python .ci/install.py requirements.lock

A lock is complete, so nothing is resolved; nothing is built, and every file has to have its hash.
Only the standard library is used: nothing else is there yet.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections import deque
from pathlib import Path
from threading import Event, Thread

PIP = (sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input")
LOCKED = ("--no-deps", "--require-hashes", "--only-binary=:all:", "--progress-bar=off")
PINNED = re.compile(r"^([\w.-]+)==", re.MULTILINE)
TAKEN = re.compile(r"(?:Collecting |Processing .*[\\/]|Requirement already satisfied: )([^\s;]+)")
FETCHED = re.compile(r"\s+(?:Downloading|Using cached) .*\((\d[\d.]* .?B)\)")
LARGE = re.compile(r"\d{2,}(?:\.\d+)? MB|.* GB")
WHEEL = re.compile(r"([^-]+)-([^-]+)-.*\.whl")
BETWEEN_LINES = 10.0
LOOK = 0.5


class Teller:
    """One line that changes in a terminal; a line now and then in a log."""

    def __init__(self) -> None:
        self._is_terminal = sys.stdout.isatty()
        self._told_at = 0.0

    def tell(self, text: str, *, matters: bool = False) -> None:
        now = time.monotonic()
        if self._is_terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r{text[:width]:{width}}", end="", flush=True)
        elif matters or now - self._told_at > BETWEEN_LINES:
            print(text, flush=True)
            self._told_at = now

    def finish(self, text: str) -> None:
        self.tell(text, matters=True)
        if self._is_terminal:
            print(flush=True)


class Installation:
    """What pip said, read line by line."""

    def __init__(self, lock: Path, teller: Teller) -> None:
        self.said: deque[str] = deque(maxlen=30)
        self._teller = teller
        self._n_all = len(PINNED.findall(lock.read_text(encoding="utf-8")))
        self._n_taken = 0
        self._name = ""
        self._over = Event()

    def hear(self, line: str) -> None:
        if line.startswith("Ignoring "):
            self._n_all -= 1  # for another system or another Python
        elif taken := TAKEN.match(line):
            self._n_taken += 1
            self._name = WHEEL.sub(r"\1 \2", taken[1]).replace("==", " ")
            self._teller.tell(self._place())
        elif fetched := FETCHED.match(line):
            self._teller.tell(
                f"{self._place()}, {fetched[1]}", matters=bool(LARGE.match(fetched[1]))
            )
        elif line.startswith("Installing collected packages: "):
            names = line.partition(": ")[2].split(", ")
            Thread(target=self._watch_unpacking, args=(len(names),), daemon=True).start()
        else:
            self.said.append(line)

    def finish(self) -> None:
        self._over.set()

    def _place(self) -> str:
        return f"Fetching {self._n_taken} of {self._n_all}: {self._name}"

    def _watch_unpacking(self, n_new: int) -> None:
        """pip says nothing until it is done; each package that is there has a folder of its own."""
        packages, began = Path(sysconfig.get_path("purelib")), time.time()
        while not self._over.wait(LOOK):
            there = [one for one in packages.glob("*.dist-info") if one.stat().st_mtime >= began]
            self._teller.tell(f"Unpacking {min(len(there), n_new)} of {n_new}")


def main() -> int:
    lock, began, teller = Path(sys.argv[1]), time.monotonic(), Teller()
    installation = Installation(lock, teller)
    command = [*PIP, *LOCKED, "--requirement", str(lock)]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    with subprocess.Popen(
        command, text=True, encoding="utf-8", errors="replace", env=environment, **streams
    ) as pip:
        for line in pip.stdout:
            installation.hear(line.rstrip())
    installation.finish()
    if pip.returncode:
        teller.finish(f"{lock} could not be installed; pip says:")
        print(*installation.said, sep="\n", file=sys.stderr)
    else:
        teller.finish(f"{lock}: installed in {time.monotonic() - began:.0f} s")
    return pip.returncode


if __name__ == "__main__":
    sys.exit(main())
