"""The labels in a zip, such as a whole exported set: images beside them are not looked at.

They are one file, or what an export with a part to validate on has: a file for each side.
"""

from pathlib import Path, PurePosixPath
from typing import BinaryIO

from labeler.datasets.containers.archive import ZipFiles
from labeler.datasets.provenance import MANIFEST
from labeler.exceptions import InputError
from labeler.formats import FORMATS
from labeler.formats.reading.base import MAX_BYTES
from labeler.formats.reading.manifest import LONGEST, Described, described
from labeler.formats.rows import Side

ZIP = b"PK\x03\x04"


class LabelArchive:
    """A zip with labels in it.

    Parameters
    ----------
    file : file object
        Stays open as long as its entries are read.
    source : str
        What to call the archive in messages.
    suffixes : collection of str
        Endings that files of labels may have.

    Attributes
    ----------
    source : str
    names : tuple of str
        Of the entries with the labels: one, or the sides of one exported set in their order.
    dataset_hash : str or None
        Of the data set that they are about, if a manifest is with them.

    Raises
    ------
    InputError
        ZIP-1 to ZIP-5; LABEL-4 for sides that are too large together; LABEL-6 for no such file,
        or several that are not the sides of one set.
    """

    def __init__(self, file: BinaryIO, source: str, suffixes: frozenset[str]) -> None:
        self.files = ZipFiles(file, Path(source))
        self.source = source
        paths = [
            PurePosixPath(name)
            for name in self.files.names
            if PurePosixPath(name).suffix.lower() in suffixes
            and PurePosixPath(name).name != MANIFEST
        ]
        self._manifest = self._described(paths[0].parent) if paths else None
        sides = self._sides(paths)
        if len(paths) != 1 and not sides:
            raise self._not_one(len(paths), suffixes)
        self.names = sides or (str(paths[0]),)
        self._require_size()
        manifest = self._manifest
        self.dataset_hash = (
            manifest.dataset_hash if manifest and paths[0].name in manifest.names else None
        )

    def _described(self, folder: PurePosixPath) -> Described | None:
        manifest = str(folder / MANIFEST)
        if manifest not in self.files.names or self.files.size(manifest) > LONGEST:
            return None
        with self.files.open(manifest) as file:
            return described(file.read())

    def _sides(self, paths: list[PurePosixPath]) -> tuple[str, ...]:
        """All files of one set of Labeler's that has a file for each side; else nothing."""
        manifest = self._manifest
        folders = {path.parent for path in paths}
        if manifest is None or manifest.format not in FORMATS or len(folders) > 1:
            return ()
        sides = [FORMATS[manifest.format].side_file.format(side=side.word) for side in Side]
        by_name = {path.name: str(path) for path in paths}
        if by_name.keys() != manifest.names or not by_name.keys() <= set(sides):
            return ()
        return tuple(by_name[side] for side in sides if side in by_name)

    def _require_size(self) -> None:
        """Text is read as a whole; several files of it count as one."""
        n_bytes = sum(map(self.files.size, self.names))
        if len(self.names) > 1 and n_bytes > MAX_BYTES and not self.names[0].endswith(".parquet"):
            raise InputError(
                "LABEL-4",
                self.source,
                found=f"files of {n_bytes:,} bytes together",
                expected=f"at most {MAX_BYTES:,} in one set",
                remedy="Unpack it, and import its files one after the other.",
            )

    def _not_one(self, n_found: int, suffixes: frozenset[str]) -> InputError:
        return InputError(
            "LABEL-6",
            self.source,
            found=f"{n_found:,} files of labels in this zip",
            expected=f"one ending in {', '.join(sorted(suffixes))}, or all sides of one exported "
            f"set with its {MANIFEST}",
            remedy="Unpack it, and give the file with the labels.",
        )
