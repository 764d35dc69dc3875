"""Parquet files, read by processes of their own: a damaged one can end a whole process."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import IO, BinaryIO

from labeler.datasets.containers.files import on_disk
from labeler.exceptions import ConfigError
from labeler.sandbox.children import DEVNULL, PIPE, Watch, start_python
from labeler.words import installing


@contextmanager
def said_by(module: str, file: BinaryIO, seconds: float) -> Iterator[IO[bytes]]:
    """What a process says that reads a Parquet file; it does not outlive the block.

    Parameters
    ----------
    module : str
        What it runs, with the file as its standard input.
    file : file object
    seconds : float
        By the wall clock; the process itself has limits on computing and memory.

    Raises
    ------
    ConfigError
        pyarrow is not installed.
    """
    if find_spec("pyarrow") is None:
        raise ConfigError(f"Parquet needs pyarrow: {installing('parquet')}.")
    with (
        on_disk(file) as real,
        start_python(module, stdin=real, stdout=PIPE, stderr=DEVNULL) as process,
    ):
        assert process.stdout is not None
        watch = Watch(process)
        watch.start()
        try:
            with watch.patient_for(seconds):
                yield process.stdout
        finally:
            process.kill()
            watch.stop()
