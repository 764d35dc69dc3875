"""The files that a data set's images were read from: found again, and known to be the same.

An original stays where the user has it. What is kept is its path below the folder or archive that
was read, the SHA-256 of its content, its size in pixels, and a small rendition for people. An
uploaded archive is kept as it came, as an array of bytes, so that a backup holds it. Images that
were added later may lie in another folder or archive: each has the number of its source.
"""

import io
import os
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path, PurePosixPath
from weakref import finalize

import numpy as np

from labeler.datasets.containers.archive import ZipFiles
from labeler.datasets.containers.files import Files, open_file
from labeler.datasets.originals import decode_name
from labeler.datasets.registry import open_files
from labeler.exceptions import ConfigError, InputError, LabelerError
from labeler.imaging.decoding import decode_images
from labeler.imaging.images import MAX_IMAGE_BYTES
from labeler.imaging.sniffing import content_kind
from labeler.imaging.thumbnails import png
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import Dataset
from labeler.workflow.array_names import of_part
from labeler.workflow.original_arrays import Source, load_blobs, source_numbers, sources_of
from labeler.workflow.workspace import Workspace

MEDIA_TYPES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "WebP": "image/webp",
    "AVIF": "image/avif",
}
"""What every browser shows as it is; other files are converted to PNG."""

CONVERTED_SIDE = 4096
"""Pixels along the longer side, at most, where they are."""


class OriginalGoneError(NotFoundError):
    """The file is not where it was."""


class OriginalChangedError(LabelerError):
    """Another file lies where it was."""


@dataclass(frozen=True)
class OriginalFile:
    """One of the files.

    Attributes
    ----------
    path : str
        Below the folder or inside the archive that was read.
    place : str or None
        Where to look for it, for people. None where it was uploaded.
    height, width : int
        In pixels, as the camera was held.
    sha256 : str
        Of its content.
    """

    path: str
    place: str | None
    height: int
    width: int
    sha256: str


@dataclass(frozen=True)
class Content:
    """What a browser is sent."""

    data: bytes
    media_type: str


def original_of(ws: Workspace, dataset: Dataset, image: int) -> OriginalFile | None:
    """The file that an image was read from; None where it was not read from one of its own.

    Parameters
    ----------
    ws : Workspace
    dataset : storage.rows.Dataset
    image : int
        Images of the pool come first, then those of the test part.

    Raises
    ------
    NotFoundError
        There is no such image.
    """
    part, index = place_of(dataset, image)
    paths = load_blobs(ws, dataset.artefacts, part, "path")
    if paths is None:
        return None
    path = decode_name(paths[index])
    height, width = ws.array(dataset.artefacts[of_part(part, "sizes")])[index].tolist()
    digest = ws.array(dataset.artefacts[of_part(part, "hashes")])[index].tobytes().hex()
    place = _shown_place(_source_of(ws, dataset, part, index), path)
    return OriginalFile(path, place, height, width, digest)


def rendition_of(ws: Workspace, dataset: Dataset, image: int) -> bytes | None:
    """An image for people, as a WebP file; None where it is shown as it was read.

    Raises
    ------
    NotFoundError
    """
    part, index = place_of(dataset, image)
    renditions = load_blobs(ws, dataset.artefacts, part, "rendition")
    return None if renditions is None else renditions[index]


def _source_of(ws: Workspace, dataset: Dataset, part: str, index: int) -> Source:
    return sources_of(dataset)[int(source_numbers(ws, dataset, part)[index])]


def read_original(ws: Workspace, dataset: Dataset, image: int) -> bytes:
    """The whole file that an image was read from, if it still is the same.

    Raises
    ------
    OriginalGoneError
        The image has no file, or it is not where it was, or cannot be read.
    OriginalChangedError
        Another file lies in its place.
    NotFoundError
        There is no such image.
    """
    original = original_of(ws, dataset, image)
    if original is None:
        raise OriginalGoneError("This image was not read from a file of its own.")
    shown = original.place or original.path
    try:
        data = _read(ws, _source_of(ws, dataset, *place_of(dataset, image)), original.path)
    except (InputError, OSError, KeyError) as error:
        raise OriginalGoneError(
            f"The original is not where it was when it was read: {shown}. "
            "Put it back; labels and the small picture are kept."
        ) from error
    if sha256(data).hexdigest() != original.sha256:
        raise OriginalChangedError(
            f"The original changed since it was read: {shown}. "
            "Labels are kept; they are of the picture as it was."
        )
    return data


def original_for_browser(ws: Workspace, dataset: Dataset, image: int) -> Content:
    """The original as it is, or converted to PNG where browsers cannot show it.

    Raises
    ------
    OriginalGoneError, OriginalChangedError, NotFoundError
    InputError
        It cannot be decoded any more.
    """
    data = read_original(ws, dataset, image)
    media_type = MEDIA_TYPES.get(content_kind(data[:512]))
    if media_type is not None:
        return Content(data, media_type)
    (decoded,) = decode_images([("the original", data)], CONVERTED_SIDE)
    return Content(png(decoded.pixels), MEDIA_TYPES["PNG"])


class KeptOriginals:
    """The originals of a data set for an export; see ``labeler.formats.rows.Originals``.

    Parameters
    ----------
    ws : Workspace
    dataset : storage.rows.Dataset
    """

    def __init__(self, ws: Workspace, dataset: Dataset) -> None:
        self._ws = ws
        self._dataset = dataset

    def ending(self, place: int) -> str:
        """``.jpg``, as the file's own name has it."""
        return PurePosixPath(self._of(place).path).suffix.lower()

    def size(self, place: int) -> tuple[int, int]:
        """(height, width) in pixels."""
        original = self._of(place)
        return original.height, original.width

    def read(self, place: int) -> bytes:
        """The whole file.

        Raises
        ------
        ConfigError
            It moved or changed since it was read.
        """
        try:
            return read_original(self._ws, self._dataset, place)
        except (OriginalGoneError, OriginalChangedError) as error:
            raise ConfigError(
                f"{error} Or export small pictures in their place (images: thumbnails)."
            ) from error

    def file(self, place: int) -> Path | None:
        """Where it lies in the user's folder; None where it is in an archive."""
        in_part = place_of(self._dataset, place)
        folder = _source_of(self._ws, self._dataset, *in_part).folder
        return None if folder is None else folder / self._of(place).path

    def _of(self, place: int) -> OriginalFile:
        original = original_of(self._ws, self._dataset, place)
        if original is None:
            raise OriginalGoneError(f"Image {place} has no file of its own.")
        return original


def place_of(dataset: Dataset, image: int) -> tuple[str, int]:
    """In which part of its data set an image is, and where there.

    Raises
    ------
    NotFoundError
        There is no such image.
    """
    n_pool, n_test = (dataset.counts.get(part, 0) for part in ("pool", "test"))
    if 0 <= image < n_pool:
        return "pool", image
    if n_pool <= image < n_pool + n_test:
        return "test", image - n_pool
    raise NotFoundError(f"The data set has no image {image}.")


def _read(ws: Workspace, source: Source, path: str) -> bytes:
    if source.upload is not None:
        with _uploaded_files(ws, source.upload).open(path) as file:
            return file.read(MAX_IMAGE_BYTES)
    root = Path(source.root or "")
    if not root.is_absolute():
        raise FileNotFoundError(path)
    if root.is_dir():
        with open_file(_below(root, path)) as file:
            return file.read(MAX_IMAGE_BYTES)
    status = os.stat(root)
    with _archive_files(root, status.st_mtime_ns, status.st_size).open(path) as file:
        return file.read(MAX_IMAGE_BYTES)


def _below(root: Path, path: str) -> Path:
    """A path that was read there once; a link put in its place since may not lead elsewhere."""
    resolved = (root / path).resolve()
    if not resolved.is_relative_to(root.resolve()):
        raise FileNotFoundError(path)
    return resolved


def _shown_place(source: Source, path: str) -> str | None:
    root = source.root
    if source.upload is not None or root is None:
        return None
    return f"{root}: {path}" if Path(root).is_file() else str(Path(root) / path)


@lru_cache(maxsize=4)
def _archive_files(path: Path, _changed: int, _size: int) -> Files:
    stack = ExitStack()
    opened = stack.enter_context(open_files(path))
    if opened is None:
        raise FileNotFoundError(path)
    finalize(opened[0], stack.close)
    return opened[0]


@lru_cache(maxsize=4)
def _uploaded_files(ws: Workspace, reference: str) -> ZipFiles:
    return ZipFiles(io.BufferedReader(_Bytes(ws.array(reference))), Path("upload"))


class _Bytes(io.RawIOBase):
    """An array of bytes on disk, read as a file."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = (0, self._at, len(self._array))[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        part = self._array[self._at : self._at + len(buffer)]
        buffer[: len(part)] = part.data
        self._at += len(part)
        return len(part)
