"""Uploaded files: streamed to a folder of their own, until they are read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from flask import request
from werkzeug.datastructures import FileStorage

from labeler.datasets.text.file_kinds import READABLE
from labeler.exceptions import InputError
from labeler.words import printable

_LONGEST_NAME = 200
EXPECTED = "a zip, tar, IDX, CSV, NPZ or Parquet file"


def chosen_file(expected: str, remedy: str = "Choose a file first.") -> FileStorage:
    """The file of the form.

    Raises
    ------
    InputError
        UP-1 if nobody chose one.
    """
    file = request.files.get("file")
    if file is None or not file.filename:
        raise InputError("UP-1", "upload", found="no file", expected=expected, remedy=remedy)
    return file


def stage(folder: Path, upload: FileStorage) -> Path:
    """Keep an uploaded file under a name of ours, until its import is over.

    Parameters
    ----------
    folder : Path
        Made if need be.
    upload : FileStorage
        The last part of its name says what kind of file it is and is kept.

    Raises
    ------
    InputError
        It is empty, or not a kind of file that is read.
    """
    target = folder / f"{token_hex(12)}{_kept_suffix(shown_name(upload))}"
    return _kept(upload, target, EXPECTED)


def stage_labels(folder: Path, upload: FileStorage, format: str) -> Path:
    """Keep an uploaded file of labels, whose format is told by its new name.

    Raises
    ------
    InputError
        It is empty.
    """
    return _kept(upload, folder / f"labels-{token_hex(12)}.{format}", "a file of labels")


@contextmanager
def kept_if_used(staged: Path | None) -> Iterator[None]:
    """Remove an uploaded file where what it is for cannot be begun; None: there is none."""
    try:
        yield
    except BaseException:
        if staged is not None:
            staged.unlink(missing_ok=True)
        raise


def shown_name(upload: FileStorage) -> str:
    """What the user called the file: one line, without folders."""
    name = (upload.filename or "").replace("\\", "/").rsplit("/", 1)[-1]
    return printable(name)[-_LONGEST_NAME:] or "upload"


def _kept(upload: FileStorage, target: Path, expected: str) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    with kept_if_used(target):
        upload.save(target)
        _require_content(target, shown_name(upload), expected)
    return target


def _kept_suffix(name: str) -> str:
    """IDX files are told by a word in their name, which is kept too."""
    suffix = Path(name).suffix.lower()
    if "ubyte" in name or "idx" in name.lower():
        return "-idx-ubyte.gz" if suffix == ".gz" else "-idx-ubyte"
    if suffix not in READABLE:
        raise InputError(
            "UP-2",
            name,
            found=f"a file ending in {suffix!r}" if suffix else "a file without an ending",
            expected=EXPECTED,
            remedy="Pack single images into a zip, in one folder for each class.",
        )
    return suffix


def _require_content(file: Path, name: str, expected: str) -> None:
    if file.stat().st_size == 0:
        raise InputError(
            "UP-1",
            name,
            found="an empty file",
            expected=expected,
            remedy="Check that the file is complete, and upload it again.",
        )
