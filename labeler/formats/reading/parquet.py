"""Labels in Parquet, with the CSV's columns; images in the file are never looked at.

A label that is a number is an index into the class names of Hugging Face's schema metadata,
where the file has them. The file is read by a process of its own: Arrow ends the whole process at
some damaged files, and that must not be the server.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import BinaryIO, NoReturn

from labeler.datasets.containers.files import on_disk
from labeler.exceptions import ConfigError
from labeler.formats.reading.base import LabelFile, LabelReader
from labeler.sandbox.children import DEVNULL, PIPE, Watch, start_python

NAME = "parquet"
PLACE = 3
SUFFIXES = (".parquet",)

MAX_SECONDS = 600
"""For one file, by the wall clock; the process itself has limits on computing and memory."""

_CHILD = "labeler.formats.reading.parquet_blocks"


def read_parquet(file: BinaryIO, source: str) -> LabelFile:
    """Read the labels of one open file.

    Raises
    ------
    InputError
        PARQUET-1 for a damaged file, PARQUET-2 for one that is too large, LABEL-1 and LABEL-2.
    ConfigError
        pyarrow is not installed.
    """
    if find_spec("pyarrow") is None:
        raise ConfigError("Parquet needs pyarrow: pip install 'labeler[parquet]'.")
    reader = LabelReader(source, "parquet")
    with on_disk(file) as real, _child(real) as lines:
        for line in lines:
            message = json.loads(line)
            if "refused" in message:
                reader.refuse(*message["refused"])
            if "end" in message:
                return reader.finish(message["end"])
            reader.add_block(message["row"], message["cells"])
    return _refuse_damaged(reader)


@contextmanager
def _child(file: BinaryIO) -> Iterator[Iterator[bytes]]:
    """What the process says, line by line; it does not outlive the block."""
    process = start_python(_CHILD, stdin=file, stdout=PIPE, stderr=DEVNULL)
    watch = Watch(process)
    watch.start()
    with process:
        assert process.stdout is not None
        try:
            with watch.patient_for(MAX_SECONDS):
                yield (line for line in process.stdout if line.endswith(b"\n"))
        finally:
            process.kill()
            watch.stop()


def _refuse_damaged(reader: LabelReader) -> NoReturn:
    found = "it cannot be read: reading it ended in the middle"
    reader.refuse("PARQUET-1", found, "a whole Parquet file", "Export it again.")
