"""The files that a data set's images were read from: found again, and known to be the same.

An original stays where the user has it. What is kept is its path below the folder or archive that
was read, the SHA-256 of its content, its size in pixels, and a small rendition for people. An
uploaded archive is kept as it came, as an array of bytes, so that a backup holds it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import cast

import numpy as np

from labeler.datasets.originals import Blobs, Originals, decode_name, encode_names
from labeler.exceptions import ConfigError, InputError, LabelerError
from labeler.imaging.decoding import decode_images
from labeler.imaging.sniffing import content_kind, is_deep_png
from labeler.imaging.thumbnails import png
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import Dataset
from labeler.workflow.array_names import Array, of_part
from labeler.workflow.original_files import read_file
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


def original_arrays(originals: Originals, part: str) -> dict[str, np.ndarray]:
    """What is kept of one part's originals, by the names of the arrays."""
    arrays = {
        of_part(part, "hashes"): originals.hashes,
        of_part(part, "sizes"): originals.sizes,
        **blob_arrays(part, "path", encode_names(originals.paths)),
    }
    if any(originals.renditions):
        arrays |= blob_arrays(part, "rendition", Blobs.of(originals.renditions))
    return arrays


def blob_arrays(part: str, what: str, blobs: Blobs) -> dict[str, np.ndarray]:
    """Byte strings of one part as the two arrays that ``load_blobs`` reads."""
    return {
        of_part(part, f"{what}s"): blobs.data,
        of_part(part, f"{what}_lengths"): blobs.lengths,
    }


def load_blobs(ws: Workspace, artefacts: Mapping[str, str], part: str, what: str) -> Blobs | None:
    """Byte strings of one part, left on disk until they are looked at; None without any."""
    names = (of_part(part, f"{what}s"), of_part(part, f"{what}_lengths"))
    if names[0] not in artefacts:
        return None
    data, lengths = (artefacts[name] for name in names)
    return _load_blobs(ws, data, lengths)


def load_originals(ws: Workspace, dataset: Dataset, part: str) -> Originals | None:
    """The originals of one part; None where images were not read from files of their own."""
    paths = load_blobs(ws, dataset.artefacts, part, "path")
    if paths is None:
        return None
    renditions = load_blobs(ws, dataset.artefacts, part, "rendition")
    return Originals(
        tuple(map(decode_name, paths)),
        ws.array(dataset.artefacts[of_part(part, "hashes")]),
        ws.array(dataset.artefacts[of_part(part, "sizes")]),
        [b""] * len(paths) if renditions is None else cast(Sequence[bytes], renditions),
    )


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
    return OriginalFile(path, _shown_place(dataset, path), height, width, digest)


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
        data = read_file(ws, dataset, original.path)
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


def has_originals(dataset: Dataset) -> bool:
    """Whether each of its images was read from a file of its own."""
    return of_part("pool", "hashes") in dataset.artefacts


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

    @cached_property
    def folder(self) -> Path | None:
        """The user's folder that all lie in; None where they are in an archive."""
        root = Path(self._dataset.details.get("root") or "")
        is_kept = Array.UPLOAD in self._dataset.artefacts
        return root if root.is_absolute() and root.is_dir() and not is_kept else None

    def path(self, place: int) -> str:
        """Below the folder, or inside the archive."""
        return path_of(self._ws, self._dataset, place)

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


def _shown_place(dataset: Dataset, path: str) -> str | None:
    root = dataset.details.get("root")
    if Array.UPLOAD in dataset.artefacts or root is None:
        return None
    return f"{root}: {path}" if Path(root).is_file() else str(Path(root) / path)


@lru_cache(maxsize=16)
def _load_blobs(ws: Workspace, data: str, lengths: str) -> Blobs:
    return Blobs(ws.array(data), np.asarray(ws.array(lengths)))
