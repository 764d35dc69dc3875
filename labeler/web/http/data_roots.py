"""The folders of this machine that pages may read from, and nothing outside."""

from contextlib import suppress
from pathlib import Path

from labeler.exceptions import InputError
from labeler.web.http.context import web

MOST_SHOWN = 200


def allowed_path(text: str) -> Path:
    """A path under one of the allowed folders, links resolved; never another.

    Raises
    ------
    InputError
        DIR-1, the same whether there is something or not.
    """
    with suppress(OSError, ValueError, RuntimeError):
        path = Path(text).expanduser().resolve(strict=True)
        if text and any(path.is_relative_to(root.resolve()) for root in roots()):
            return path
    raise InputError(
        "DIR-1",
        text[:200] or "path",
        found="nothing that Labeler may read",
        expected="a folder or file under an allowed data folder",
        remedy="Start Labeler with --data-root FOLDER to allow another one.",
    )


def roots() -> tuple[Path, ...]:
    """The folders that were allowed."""
    return web().settings.data_roots


def places() -> list[str]:
    """What lies in the allowed folders, to choose from."""
    found: list[str] = []
    for root in roots():
        with suppress(OSError):
            found += [str(entry) for entry in sorted(root.iterdir()) if entry.name[0] != "."]
    return found[:MOST_SHOWN]
