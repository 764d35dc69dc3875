"""Keras, imported only when it is needed, and without TensorFlow's greeting.

TensorFlow takes seconds to start and greets with a screenful of lines about processors and
graphics cards, which no setting of its own keeps back entirely.
"""

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def import_keras(module: str = "keras") -> Any:
    """Import ``module`` of Keras, with TensorFlow behind it.

    Raises
    ------
    ImportError
        Keras or TensorFlow is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with _standard_error_shut():
        return importlib.import_module(module)


@contextmanager
def _standard_error_shut() -> Iterator[None]:
    """Send what native code writes to standard error nowhere; exceptions still rise."""
    try:
        shown = sys.stderr.fileno()
    except (AttributeError, OSError):
        # Standard error is no file here (a test, a notebook): there is nothing to redirect.
        yield
        return
    sys.stderr.flush()
    kept = os.dup(shown)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, shown)
        yield
    finally:
        os.dup2(kept, shown)
        os.close(kept)
        os.close(nowhere)
