"""Labels read back from files: one reader for each format, found by its name or the suffix.

A file that sets ``NAME`` and ``SUFFIXES`` is a format: its reader is ``read_`` and the file's name.
The others are what readers are made with::

    base.py                 what a file of labels says, row by row
    block.py                many rows at once, where nothing about them is in doubt
    values.py, times.py     what a value may be; when an answer was given
    json_text.py            JSON from outside, read with every doubt
    archive.py              the labels in a zip
    manifest.py, sides.py   what lies beside a file; the files of one set as one
    parquet_blocks.py       Parquet, in a process of its own
    studio_annotations.py, studio_images.py, studio_rows.py
                            what tasks of Label Studio say, and about which image
"""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, NoReturn

from labeler.datasets.containers.files import escaped, open_file
from labeler.exceptions import ConfigError, InputError
from labeler.formats.reading.archive import ZIP, LabelArchive
from labeler.formats.reading.base import LabelFile
from labeler.formats.reading.manifest import hash_beside
from labeler.formats.reading.sides import join_sides
from labeler.plugins import read_formats

Reader = Callable[[BinaryIO, str], LabelFile]

_MODULES = {file.stem: import_module(f"{__name__}.{file.stem}") for file in read_formats().values()}

READERS: dict[str, Reader] = {
    module.NAME: getattr(module, f"read_{stem}") for stem, module in _MODULES.items()
}
"""Every format that labels are read from, by the name that ``export`` gives it."""

SUFFIXES: dict[str, str] = {
    suffix: module.NAME for module in _MODULES.values() for suffix in module.SUFFIXES
} | {".zip": "zip"}
"""What the ending of a file says; a zip holds labels in any of the formats."""


def read_labels(path: Path, format: str | None = None, name: str | None = None) -> LabelFile:
    """Read a file of labels, or those in a zip; a manifest beside them is looked into, too.

    Parameters
    ----------
    path : Path
        A file of labels, or a zip that holds some.
    format : str, optional
        One of ``READERS``; by default what the suffix says.
    name : str, optional
        What the user calls the file, where that is not ``path``.

    Returns
    -------
    LabelFile
        What the file says, whatever its format.

    Raises
    ------
    ConfigError
        There is no such format, or its library is not installed.
    InputError
        LABEL-5 for a suffix that says nothing, else as the readers say.
    """
    shown = escaped(name or str(path))
    chosen = format_of(name or path.name, format)
    with open_file(path) as file:
        is_zip = file.read(len(ZIP)) == ZIP
        file.seek(0)
        if is_zip:
            return _read_zipped(file, shown, None if format == "zip" else format)
        if chosen == "zip":
            _refuse_suffix(shown, "not a zip file")
        labels = READERS[chosen](file, shown)
    return labels if labels.dataset_hash else replace(labels, dataset_hash=hash_beside(path))


def format_of(name: str, format: str | None = None) -> str:
    """The format of a file: the one given, else the one its suffix stands for.

    Parameters
    ----------
    name : str
        Of the file.
    format : str, optional
        One of ``READERS``, or ``zip``.

    Returns
    -------
    str
        One of ``READERS``, or ``zip``.

    Raises
    ------
    ConfigError, InputError
        As ``read_labels``.
    """
    if format is not None:
        if format not in SUFFIXES.values():
            known = ", ".join(READERS)
            raise ConfigError(f"format is {format!r}; labels are read from {known}.")
        return format
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        ending = f"a file ending in {suffix!r}" if suffix else "a file without an ending"
        _refuse_suffix(escaped(name), ending)
    return SUFFIXES[suffix]


def _read_zipped(file: BinaryIO, shown: str, format: str | None) -> LabelFile:
    of_format = {
        suffix for suffix, name in SUFFIXES.items() if format in (None, name) and name != "zip"
    }
    archive = LabelArchive(file, shown, frozenset(of_format))
    read = READERS[format_of(archive.names[0], format)]
    sides = []
    for name in archive.names:
        with archive.files.open(name) as entry:
            sides.append(read(entry, archive.files.describe(name)))
    labels = sides[0] if len(sides) == 1 else join_sides(sides, archive.names, archive.source)
    return labels if labels.dataset_hash else replace(labels, dataset_hash=archive.dataset_hash)


def _refuse_suffix(shown: str, found: str) -> NoReturn:
    raise InputError(
        "LABEL-5",
        shown,
        found=found,
        expected=", ".join(SUFFIXES),
        remedy="Rename the file, or say its format.",
    )


__all__ = ["READERS", "SUFFIXES", "LabelFile", "format_of", "read_labels"]
