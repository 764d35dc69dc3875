"""What documentation, comments and docstrings name is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEXTS = ("*.md", "Makefile", ".ci/*", "labeler/**/*.py", "benchmarks/*.py", "tests/**/*.py")
FILE = re.compile(r"(?<![\w/.-])((?:benchmarks|docs|labeler|tests|\.ci)/[\w./-]*\w)")
TARGET = re.compile(r"(?:`|^ {4})(?:\w+=\w+ )?make ([a-z]+)", re.MULTILINE)


def texts() -> list[tuple[str, str]]:
    paths = {path for pattern in TEXTS for path in ROOT.glob(pattern) if path != Path(__file__)}
    assert len(paths) > 300
    return [
        (path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(paths)
        if path.is_file()
    ]


def test_every_file_that_is_named_is_there() -> None:
    """Names of files that are to be written, as ``your_format.py``, begin with ``your``."""
    named = {(source, name) for source, text in texts() for name in FILE.findall(text)}
    assert any(name == "benchmarks/graph.py" for _, name in named)
    missing = [
        (source, name)
        for source, name in sorted(named)
        if "/your_" not in name and not (ROOT / name).exists()
    ]
    assert not missing


def test_every_make_target_that_is_named_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {(source, name) for source, text in texts() for name in TARGET.findall(text)}
    assert {"demo", "check"} <= {name for _, name in named}
    assert not [(source, name) for source, name in sorted(named) if name not in targets]


PINNED = re.compile(r"^(\S+==\S+)((?: ; .*)?) \\$", re.MULTILINE)


def test_the_lock_for_developing_holds_the_runtimes_as_it_is() -> None:
    runtime, developing = (
        set(PINNED.findall((ROOT / name).read_text(encoding="utf-8")))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert len(runtime) > 50
    assert runtime < developing
