"""Image decoders with defects, for the processes that a test starts."""

from pathlib import Path

import pytest

CRASH = b"planted: crash"
SPIN = b"planted: spin"
SLEEP = b"planted: sleep"
HOARD = b"planted: hoard"
END = b"planted: end"
CHATTER = b"planted: chatter"

_PLANT = f"""
import ctypes, os, sys, time
from PIL import Image

opened = Image.open

def open(file, *arguments, **options):
    data = file.getvalue()
    if {CRASH!r} in data:
        ctypes.string_at(0)
    while {SPIN!r} in data:
        pass
    if {SLEEP!r} in data:
        time.sleep(600)
    if {HOARD!r} in data:
        bytearray(2_000_000_000)
    if {END!r} in data:
        os._exit(3)
    if {CHATTER!r} in data:
        os.write(1, b"a library says something")
    return opened(file, *arguments, **options)

if "labeler.imaging.decoding.child" in sys.orig_argv:
    Image.open = open
"""
"""Python imports a module of this name at its start; only a decoding child is changed."""


def plant(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, a decoding child breaks over an image that holds one of the words above."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_PLANT, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))
