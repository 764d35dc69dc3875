"""Builds what a release is made of, and checks it; nothing is uploaded.

    make release

The version has to be the newest of the changelog, with its day, and everything committed. Built
are `dist/labeler-VERSION.tar.gz` and, from that, the wheel. Then twine reads what an index would
show, the wheel has to hold every file of the program and no other, and `.ci/wheel` installs it into
an empty environment, runs the demo there and asks for every page.
"""

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"
BIN = Path(sys.executable).parent
VERSION = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)
NEWEST = re.compile(r"^## (\S+) \((.+?)\)$", re.MULTILINE)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def version_of(package: str, changelog: str) -> str:
    """The version, where the changelog begins with it and its day."""
    found, newest = VERSION.search(package), NEWEST.search(changelog)
    if found is None or newest is None:
        raise SystemExit(
            "labeler/__init__.py has no version, or CHANGELOG.md no `## VERSION (DAY)`."
        )
    version, (told, day) = found[1], newest.groups()
    if version != told:
        raise SystemExit(f"labeler/__init__.py says {version}, CHANGELOG.md begins with {told}.")
    if not DAY.fullmatch(day):
        raise SystemExit(f"CHANGELOG.md says {told} ({day}); a release has its day, as 2026-01-31.")
    return version


def expected(tracked: Iterable[str]) -> set[str]:
    """What of the repository the wheel has, where it has it."""
    own = (path for path in tracked if path.startswith(("labeler/", "templates/", "static/")))
    return {path if path.startswith("labeler/") else f"labeler/{path}" for path in own}


def require_whole(wheel: Path, wanted: set[str]) -> None:
    """Refuse a wheel that lacks a file, or has one that is not of the program."""
    with ZipFile(wheel) as archive:
        there = {name for name in archive.namelist() if ".dist-info/" not in name}
    for what, names in (("lacks", wanted - there), ("should not have", there - wanted)):
        if names:
            raise SystemExit(f"{wheel.name} {what} {', '.join(sorted(names)[:10])}.")


def run(*command: str | Path) -> None:
    subprocess.run(command, cwd=ROOT, check=True)


def told(*command: str) -> list[str]:
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def build() -> list[Path]:
    """The archive of the sources, and the wheel that is made of it."""
    for old in DIST.glob("labeler-*"):
        old.unlink()
    run(BIN / "uv", "build", "--quiet", "--no-build-isolation", "--python", sys.executable)
    return sorted(DIST.glob("labeler-*"))


def main() -> None:
    package = (ROOT / "labeler" / "__init__.py").read_text(encoding="utf-8")
    version = version_of(package, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    if told("git", "status", "--porcelain"):
        raise SystemExit("Commit first: a release is made of what is committed.")
    built = build()
    wheel = next(path for path in built if path.suffix == ".whl")
    require_whole(wheel, expected(told("git", "ls-files")))
    run(BIN / "uv", "tool", "run", "twine", "check", "--strict", *built)
    run("bash", ".ci/wheel", wheel)
    print(f"\nLabeler {version} is in {DIST}; tag it with: git tag v{version}")


if __name__ == "__main__":
    main()
