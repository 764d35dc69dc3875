"""Labels read back from files: one reader for each format, found by its name or the suffix."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from labeler.datasets.files import open_file, printable
from labeler.exceptions import ConfigError, InputError
from labeler.label_files.base import LabelFile
from labeler.label_files.csv import read_csv
from labeler.label_files.jsonl import read_jsonl
from labeler.label_files.label_studio import read_label_studio
from labeler.label_files.parquet import read_parquet

Reader = Callable[[BinaryIO, str], LabelFile]

READERS: dict[str, Reader] = {
    "csv": read_csv,
    "jsonl": read_jsonl,
    "parquet": read_parquet,
    "label-studio": read_label_studio,
}
"""Every format that labels are read from, by the name that ``export`` gives it."""

SUFFIXES = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".json": "label-studio",
}


def read_labels(path: Path, format: str | None = None, name: str | None = None) -> LabelFile:
    """Read a file of labels.

    Parameters
    ----------
    path : Path
    format : str, optional
        One of ``READERS``; by default what the suffix says.
    name : str, optional
        What the user calls the file, where that is not ``path``.

    Raises
    ------
    ConfigError
        There is no such format, or its library is not installed.
    InputError
        LABEL-5 for a suffix that says nothing, else as the readers say.
    """
    shown = printable(name or str(path))
    read = READERS[format_of(name or path.name, format)]
    with open_file(path) as file:
        return read(file, shown)


def format_of(name: str, format: str | None = None) -> str:
    """The format of a file: the one given, else the one its suffix stands for.

    Raises
    ------
    ConfigError, InputError
        As ``read_labels``.
    """
    if format is not None:
        if format not in READERS:
            known = ", ".join(READERS)
            raise ConfigError(f"format is {format!r}; labels are read from {known}.")
        return format
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(
            "LABEL-5",
            printable(name),
            found=f"a file ending in {suffix!r}" if suffix else "a file without an ending",
            expected=", ".join(SUFFIXES),
            remedy="Rename the file, or say its format.",
        )
    return SUFFIXES[suffix]


__all__ = ["READERS", "SUFFIXES", "LabelFile", "format_of", "read_labels"]
