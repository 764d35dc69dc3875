"""Keras, imported only when it is needed, and without TensorFlow's greeting.

TensorFlow takes seconds to start and greets with a screenful of lines about processors and
graphics cards, which no setting of its own keeps back entirely.
"""

import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np


def import_keras(module: str = "keras") -> Any:
    """Import ``module`` of Keras, with TensorFlow behind it.

    Raises
    ------
    ImportError
        Keras or TensorFlow is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    # Other processes of ours may compute on the same graphics card: take what is needed, not all.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    with _standard_error_shut():
        imported = importlib.import_module(module)
    _use_one_thread()
    return imported


def make_deterministic(keras: Any, seed: int) -> None:
    """Seed what Keras draws from; on a graphics card, have sums added up in one order, too."""
    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "tensorflow":
        config = importlib.import_module("tensorflow").config
        if config.list_physical_devices("GPU"):
            config.experimental.enable_op_determinism()


def weights_state(model: Any) -> dict[str, np.ndarray]:
    """The numbers of a net in their order, as plain arrays."""
    return {f"weights.{number}": array for number, array in enumerate(model.get_weights())}


def weights_from(state: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """The numbers that ``weights_state`` told."""
    n_arrays = sum(name.startswith("weights.") for name in state)
    return [state[f"weights.{number}"] for number in range(n_arrays)]


def threads_matter() -> bool:
    """Whether Keras is here and cuts its sums by the number of threads: see ``threads``.

    So it is where something else (a notebook's own work) computed with TensorFlow before Labeler
    imported it, and with another backend of Keras.
    """
    if "keras" not in sys.modules:
        return False
    threading = _tensorflow_threading()
    return threading is None or threading.get_intra_op_parallelism_threads() != 1


def _use_one_thread() -> None:
    threading = _tensorflow_threading()
    if threading is None or threading.get_intra_op_parallelism_threads() == 1:
        return
    # Once TensorFlow has computed anything, it can no longer be told.
    with suppress(RuntimeError):
        threading.set_intra_op_parallelism_threads(1)


def _tensorflow_threading() -> Any:
    """Where TensorFlow is told of threads; None where it is not what Keras computes with."""
    backend = importlib.import_module("keras").backend.backend()
    return (
        importlib.import_module("tensorflow").config.threading if backend == "tensorflow" else None
    )


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
