"""Keras, imported only when it is needed, and without TensorFlow's greeting.

TensorFlow takes seconds to start and greets with a screenful of lines about processors and
graphics cards, which no setting of its own keeps back entirely.
"""

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
        found = importlib.import_module(module)
    _use_one_thread()
    return found


def _use_one_thread() -> None:
    """TensorFlow's sums, too, must not be cut by the number of processors: see ``threads``."""
    if os.environ["KERAS_BACKEND"] != "tensorflow":
        return
    tf = importlib.import_module("tensorflow")
    # Once it has computed anything (a notebook's own work), it can no longer be told.
    with suppress(RuntimeError):
        if tf.config.threading.get_intra_op_parallelism_threads() != 1:
            tf.config.threading.set_intra_op_parallelism_threads(1)


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
