"""A set, put in its place at once: one file, a folder or a zip, with its manifest beside it."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from labeler.datasets.provenance import MANIFEST
from labeler.files import new_file, new_folder, write_atomically
from labeler.formats.arrays import LONG_AGO
from labeler.formats.base import File, Format, Options
from labeler.formats.rows import LabelRows, Side

COMPRESSED_ALREADY = (
    ".gz",
    ".npz",
    ".parquet",
    ".png",
    ".jpg",
    ".jpeg",
    ".webp",
    ".gif",
    ".avif",
    ".heic",
)


@dataclass(frozen=True)
class WrittenFile:
    """One file of a set, as it was written.

    Attributes
    ----------
    sha256 : str
        In hexadecimal.
    """

    name: str
    n_bytes: int
    sha256: str


Describe = Callable[[list[WrittenFile]], dict[str, Any]]
"""The manifest of a set of these files, as plain values."""


def write_set(
    path: Path, format: Format, rows: LabelRows, options: Options, describe: Describe
) -> None:
    """Write a set to ``path``, whole or not at all.

    A path that ends with ``.zip`` is a zip of everything, the manifest in it. Otherwise a format
    of one file is that file, with ``<path>.manifest.json`` beside it, and a format of several is
    a folder, with ``manifest.json`` in it. So is a format of one file where a part is set aside to
    validate on and the path has no suffix: it then has a file for each side, as in a zip.

    Parameters
    ----------
    path : Path
        A file is replaced; a folder must be new or empty.
    format : Format
        What kind of set.
    rows : LabelRows
        The labels, a row for each image.
    options : Options
        What its files depend on beside the rows.
    describe : callable
        Makes the manifest, of the files that were written.

    Raises
    ------
    ConfigError
        The format's library is missing, the rows do not fit the format, or the folder is there.
    OSError
        The place cannot be written to.
    """
    format.require_available()
    is_zip = path.suffix.lower() == ".zip"
    has_files = format.suffix is None or (not path.suffix and lies_apart(format, rows))
    files = _files(format, rows, options) if is_zip or has_files else format.files(rows, options)
    if is_zip:
        with new_file(path) as file:
            write_zip(file, files, describe)
    elif has_files:
        _write_folder(path, files, describe)
    else:
        _write_single(path, files, describe)


def lies_apart(format: Format, rows: LabelRows) -> bool:
    """Whether each side has a file or a folder of its own, where the set is not one file."""
    if format.suffix is None:
        return rows.has_sides
    return bool(format.side_file) and bool((rows.codes == Side.VALIDATION).any())


def manifest_path(path: Path) -> Path:
    """Where the manifest of a set of one file is."""
    return path.with_name(f"{path.name}.{MANIFEST}")


def write_zip(file: BinaryIO, files: Iterable[File], describe: Describe) -> None:
    """Write a set as a zip into an open file."""
    written = []
    with ZipFile(file, "w") as archive:
        for source in files:
            if source.is_folder:
                archive.writestr(_folder_entry(source.name), b"")
                continue
            with archive.open(_entry(source.name), "w", force_zip64=True) as entry:
                written.append(_copy(source, entry))
        archive.writestr(_entry(MANIFEST), _encoded(describe(written)))


def _files(format: Format, rows: LabelRows, options: Options) -> Iterator[File]:
    """The files of a set in a folder; a format of one file has one for each side."""
    if format.suffix is None or not lies_apart(format, rows):
        yield from format.files(rows, options)
        return
    for side, part in rows.sides():
        (single,) = format.files(part, options)
        yield File(format.side_file.format(side=side.word), single.chunks)


def _write_single(path: Path, files: Iterator[File], describe: Describe) -> None:
    (source,) = files
    beside = manifest_path(path)
    if path.exists() and not path.is_file():  # a pipe or a device: nothing lies beside it
        write_atomically(path, source.chunks)
        return
    with new_file(path) as file:
        written = _copy(File(path.name, source.chunks), file)
        # Between the two names there is no manifest rather than that of other labels.
        beside.unlink(missing_ok=True)
    write_atomically(beside, _encoded(describe([written])))


def _write_folder(path: Path, files: Iterable[File], describe: Describe) -> None:
    with new_folder(path) as folder:
        written = []
        for source in files:
            target = folder / source.name
            if source.is_folder:
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            written.append(_link(source, target) or _copy_to(source, target))
        (folder / MANIFEST).write_bytes(_encoded(describe(written)))


def _link(source: File, target: Path) -> WrittenFile | None:
    """A second name for the original, if that can be: None if not."""
    if source.original is None:
        return None
    try:
        os.link(source.original, target)
    except OSError:
        return None
    with open(os.devnull, "wb") as nowhere:
        return _copy(source, nowhere)


def _copy_to(source: File, target: Path) -> WrittenFile:
    with target.open("xb") as file:
        return _copy(source, file)


def _copy(source: File, target: Any) -> WrittenFile:
    digest, n_bytes = hashlib.sha256(), 0
    for chunk in source.chunks:
        target.write(chunk)
        digest.update(chunk)
        n_bytes += len(chunk)
    return WrittenFile(source.name, n_bytes, digest.hexdigest())


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, LONG_AGO)
    entry.compress_type = ZIP_STORED if name.lower().endswith(COMPRESSED_ALREADY) else ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _folder_entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, LONG_AGO)
    entry.external_attr = (0o40755 << 16) | 0x10  # a folder, on Unix and on Windows
    return entry


def _encoded(manifest: dict[str, Any]) -> bytes:
    text = json.dumps(manifest, indent=2, ensure_ascii=False, default=_plain)
    return f"{text}\n".encode("utf-8", "backslashreplace")


def _plain(value: object) -> Any:
    if isinstance(value, WrittenFile):
        return {"name": value.name, "bytes": value.n_bytes, "sha256": value.sha256}
    raise TypeError(f"{type(value).__name__} has no place in a manifest")
