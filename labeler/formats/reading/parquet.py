"""Labels in Parquet, with the CSV's columns; images in the file are never looked at.

A label that is a number is an index into the class names of Hugging Face's schema metadata,
where the file has them. The file is read by a process of its own: Arrow ends the whole process at
some damaged files, and that must not be the server.
"""

import json
from typing import BinaryIO, NoReturn

from labeler.datasets.tabular.parquet_process import said_by
from labeler.formats.reading.base import LabelFile, LabelReader

NAME = "parquet"
PLACE = 3
SUFFIXES = (".parquet",)

MAX_SECONDS = 600
"""For one file."""

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
    reader = LabelReader(source, "parquet")
    with said_by(_CHILD, file, MAX_SECONDS) as said:
        for line in said:
            if not line.endswith(b"\n"):
                break
            message = json.loads(line)
            if "refused" in message:
                reader.refuse(*message["refused"])
            if "end" in message:
                return reader.finish(message["end"])
            reader.add_block(message["row"], message["cells"])
    return _refuse_damaged(reader)


def _refuse_damaged(reader: LabelReader) -> NoReturn:
    found = "it cannot be read: reading it ended in the middle"
    reader.refuse("PARQUET-1", found, "a whole Parquet file", "Export it again.")
