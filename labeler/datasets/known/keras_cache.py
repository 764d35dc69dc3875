"""Where keras keeps the data sets it downloaded, and how to have it download one."""

import contextlib
import io
import os
from pathlib import Path

import numpy as np

from labeler.datasets.base import Dataset, Split
from labeler.exceptions import DatasetNotFoundError
from labeler.learning.late_keras import import_keras
from labeler.progress import SILENT, Progress


def keras_folder() -> Path:
    """Keras' own folder of data sets, whether it exists or not."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "datasets"


def download(
    name: str,
    module: str,
    classes: tuple[str, ...],
    files: tuple[str, ...],
    progress: Progress = SILENT,
) -> Dataset:
    """Have keras download a data set and keep it for the next time.

    Parameters
    ----------
    name : str
    module : str
        Its module in ``keras.datasets``.
    classes : tuple of str
    files : tuple of str
        What to provide instead, for the message.
    progress : Progress

    Raises
    ------
    DatasetNotFoundError
        Keras is not installed, or the download failed.
    """
    try:
        keras_module = import_keras(f"keras.datasets.{module}")
    except ImportError as error:
        raise not_found(name, files, "keras, which downloads it, is not installed") from error
    try:
        # Standard output may carry our own JSON; Keras would write its progress there.
        with (
            progress.task(f"Downloading {name}"),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            (train_x, train_y), (test_x, test_y) = keras_module.load_data()
    except Exception as error:
        # Keras raises a bare Exception when the network fails, and more when a file is damaged.
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise not_found(name, files, f"the download failed ({reason})") from error
    train = Split(train_x, train_y.astype(np.int64))
    test = Split(test_x, test_y.astype(np.int64))
    return Dataset(name, classes, train, test, f"keras.datasets.{module}")


def not_found(name: str, files: tuple[str, ...], reason: str) -> DatasetNotFoundError:
    """The error that names the files to provide and the way to do it."""
    return DatasetNotFoundError(
        f"{name} is not here: {reason}. Put {', '.join(files)} into a folder and name it with "
        f"--data FOLDER, or into $LABELER_DATA/{name}/."
    )
