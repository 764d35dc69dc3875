"""Nothing is imported from the folder that Labeler is run in.

This module itself imports only what every Python has loaded when it starts.
"""

import os
import sys


def leave_current_folder() -> None:
    """Import nothing from the current folder any more, here and in whatever is started."""
    sys.path[:] = [entry for entry in sys.path if not _is_current_folder(entry)]
    os.environ.update(safe_environment(dict(os.environ)))


def safe_environment(environment: dict[str, str]) -> dict[str, str]:
    """The same, so that a Python started with it does not import from the current folder."""
    paths = environment.get("PYTHONPATH", "").split(os.pathsep)
    kept = os.pathsep.join(path for path in paths if not _is_current_folder(path))
    return {**environment, "PYTHONPATH": kept, "PYTHONSAFEPATH": "1"}


def _is_current_folder(entry: str) -> bool:
    """Whether an entry of ``sys.path`` means the folder we are in; an empty one does."""
    try:
        return not entry or os.path.samefile(entry, os.curdir)
    except OSError:
        return False
