"""The file of labels in a zip, such as a whole exported set: images beside it are not looked at."""

from pathlib import PurePosixPath
from typing import BinaryIO

from labeler.datasets.archive import ZipFiles
from labeler.exceptions import InputError
from labeler.export.writing import MANIFEST
from labeler.label_files.manifest import LONGEST, hash_in

ZIP = b"PK\x03\x04"


class LabelArchive:
    """A zip with one file of labels in it.

    Parameters
    ----------
    file : file object
        Stays open as long as the entry is read.
    source : str
        What to call the archive in messages.
    suffixes : collection of str
        Endings that files of labels may have.

    Attributes
    ----------
    name : str
        Of the entry with the labels.
    dataset_hash : str or None
        Of the data set that they are about, if a manifest is with them.

    Raises
    ------
    InputError
        ZIP-1 to ZIP-5; LABEL-6 unless there is exactly one such file.
    """

    def __init__(self, file: BinaryIO, source: str, suffixes: frozenset[str]) -> None:
        self.files = ZipFiles(file, source)
        self.name = self._only(source, suffixes)
        self.source = self.files.describe(self.name)
        self.dataset_hash = self._hash()

    def _only(self, source: str, suffixes: frozenset[str]) -> str:
        found = [
            name
            for name in self.files.names
            if PurePosixPath(name).suffix.lower() in suffixes
            and PurePosixPath(name).name != MANIFEST
        ]
        if len(found) == 1:
            return found[0]
        raise InputError(
            "LABEL-6",
            source,
            found=f"{len(found):,} files of labels in this zip",
            expected=f"exactly one, ending in {', '.join(sorted(suffixes))}",
            remedy="Unpack it, and give the file with the labels.",
        )

    def _hash(self) -> str | None:
        folder = PurePosixPath(self.name).parent
        manifest = str(folder / MANIFEST)
        if manifest not in self.files.names or self.files.size(manifest) > LONGEST:
            return None
        with self.files.open(manifest) as file:
            return hash_in(file.read(), PurePosixPath(self.name).name)
