"""scikit-learn and SciPy, loaded once and by one thread.

Their modules import each other in circles: threads that begin at once with different ones stand
in each other's way (``_DeadlockError``, half-made modules). They cost a second and a hundred
megabytes, so that they are not loaded before a page needs them: such a view is marked.
"""

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

MODULES = (
    "scipy.cluster.hierarchy",
    "scipy.optimize",
    "scipy.signal",
    "scipy.sparse",
    "scipy.spatial.distance",
    "scipy.special",
    "sklearn.cluster",
    "sklearn.datasets",
    "sklearn.decomposition",
    "sklearn.exceptions",
    "sklearn.metrics",
    "sklearn.metrics.pairwise",
    "sklearn.model_selection",
    "sklearn.neighbors",
    "labeler.pipeline.out_of_sample",
)
"""All that is imported late in what a request can reach, but for what only some have installed."""

PERHAPS = ("pyarrow.compute", "pyarrow.parquet")

_lock = Lock()
_is_loaded = False


def load() -> None:
    """Import it all; who comes meanwhile waits until it is there."""
    global _is_loaded
    with _lock:
        if _is_loaded:
            return
        installed = [
            module for module in PERHAPS if find_spec(module.partition(".")[0]) is not None
        ]
        for name in (*MODULES, *installed):
            import_module(name)
        _is_loaded = True


def needs_science(view: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Mark a view that computes with these libraries."""

    @wraps(view)
    def loaded(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        if not _is_loaded:
            load()
        return view(*args, **kwargs)

    return loaded
