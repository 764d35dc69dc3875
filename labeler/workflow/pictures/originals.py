"""The files that a data set's images were read from: found again, and known to be the same.

An original stays where the user has it. What is kept is its path below the folder or archive that
was read, the SHA-256 of its content, its size in pixels, and a small rendition for people. An
uploaded archive is kept as it came, as an array of bytes, so that a backup holds it. Images that
were added later may lie in another folder or archive: each has the number of its source.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import numpy as np

from labeler.datasets.originals import decode_name
from labeler.exceptions import ConfigError, InputError, LabelerError
from labeler.imaging.decoding import decode_images
from labeler.imaging.sniffing import content_kind, is_deep_png
from labeler.imaging.thumbnails import png
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import Dataset
from labeler.workflow.array_names import of_part
from labeler.workflow.pictures.original_arrays import (
    Source,
    has_originals,
    load_blobs,
    source_numbers,
    sources_of,
)
from labeler.workflow.pictures.original_files import read_file
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
    if not has_originals(dataset):
        return None
    path = path_of(ws, dataset, image)
    height, width = ws.array(dataset.artefacts[of_part(part, "sizes")])[index].tolist()
    digest = ws.array(dataset.artefacts[of_part(part, "hashes")])[index].tobytes().hex()
    place = _shown_place(_source_of(ws, dataset, part, index), path)
    return OriginalFile(path, place, height, width, digest)


def path_of(ws: Workspace, dataset: Dataset, image: int) -> str:
    """The path of an original below the folder or inside the archive that was read.

    Raises
    ------
    NotFoundError
        There is no such image, or it has no file of its own.
    """
    part, index = place_of(dataset, image)
    paths = load_blobs(ws, dataset.artefacts, part, "path")
    if paths is None:
        raise OriginalGoneError(f"Image {image} has no file of its own.")
    return decode_name(paths[index])


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
        data = read_file(ws, _source_of(ws, dataset, *place_of(dataset, image)), original.path)
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

    One of 16 bits is shown on the scale of its data set.

    Raises
    ------
    OriginalGoneError, OriginalChangedError, NotFoundError
    InputError
        It cannot be decoded any more.
    """
    data = read_original(ws, dataset, image)
    media_type = MEDIA_TYPES.get(content_kind(data[:512]))
    scale: Sequence[float] | None = dataset.details.get("scale")
    if media_type is not None and not (scale and is_deep_png(data)):
        return Content(data, media_type)
    on_scale = (scale[0], scale[1]) if scale else None
    (decoded,) = decode_images([("the original", data)], CONVERTED_SIDE, on_scale=on_scale)
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

    @cached_property
    def folder(self) -> Path | None:
        """The folder of the user's that all lie in; None where some are in an archive."""
        folders = [str(folder) for folder in self._folders if folder is not None]
        if len(folders) < len(self._folders):
            return None
        folder = Path(os.path.commonpath(folders))
        return folder if folder.name else None

    def path(self, place: int) -> str:
        """Below the folder, or inside the archive."""
        file = None if self.folder is None else self.file(place)
        if file is None:
            return path_of(self._ws, self._dataset, place)
        return Path(os.path.relpath(file, self.folder)).as_posix()

    def file(self, place: int) -> Path | None:
        """Where it lies in the user's folders; None where it is in an archive."""
        part, index = place_of(self._dataset, place)
        folder = self._folders[int(self._numbers[part][index])]
        return None if folder is None else folder / path_of(self._ws, self._dataset, place)

    @cached_property
    def _folders(self) -> tuple[Path | None, ...]:
        """Of each source."""
        return tuple(source.folder for source in sources_of(self._dataset))

    @cached_property
    def _numbers(self) -> dict[str, np.ndarray]:
        """Of the source of each image, by the part."""
        parts = [part for part in ("pool", "test") if self._dataset.counts.get(part)]
        return {part: source_numbers(self._ws, self._dataset, part) for part in parts}

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


def _shown_place(source: Source, path: str) -> str | None:
    root = source.root
    if source.upload is not None or root is None:
        return None
    return f"{root}: {path}" if Path(root).is_file() else str(Path(root) / path)
