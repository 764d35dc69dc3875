"""Images by number, as files made here: alone, or many side by side in one.

Where images were read from files of their own, people are shown their renditions, smooth and in
their own aspect; else the images themselves, pixel by pixel.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from labeler.imaging import renditions
from labeler.imaging.pixels import fitted_size
from labeler.imaging.thumbnails import png
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import Dataset
from labeler.workflow.array_names import of_part
from labeler.workflow.pictures.originals import (
    MEDIA_TYPES,
    Content,
    OriginalFile,
    original_of,
    place_of,
    rendition_of,
)
from labeler.workflow.workspace import Workspace

CELL_SIDE = 128
"""Pixels along the longer side of a photograph in a strip."""


@dataclass(frozen=True)
class Cell:
    """Where one image is in a strip; it begins at the top.

    Attributes
    ----------
    x, width, height : int
    original : OriginalFile or None
        What it is a small picture of, where the strip holds such.
    """

    x: int
    width: int
    height: int
    original: OriginalFile | None


@dataclass(frozen=True)
class Strip:
    """Several images side by side in one file, without gaps.

    Attributes
    ----------
    cells : tuple of Cell
    width, height : int
        Of the whole.
    is_smooth : bool
        Whether these are photographs made small, rather than images pixel by pixel.
    """

    cells: tuple[Cell, ...]
    width: int
    height: int
    is_smooth: bool


def has_renditions(dataset: Dataset) -> bool:
    """Whether its images are shown by renditions."""
    return of_part("pool", "renditions") in dataset.artefacts


def strip_of(ws: Workspace, dataset: Dataset, images: Sequence[int]) -> Strip:
    """Where each image is in the file that ``image_strip`` makes of them.

    Raises
    ------
    NotFoundError
        There is no such image.
    """
    is_smooth = has_renditions(dataset)
    cells: list[Cell] = []
    x = 0
    for image in images:
        original = original_of(ws, dataset, image) if is_smooth else None
        height, width = _shown_size(dataset, image, original)
        cells.append(Cell(x, width, height, original))
        x += width
    return Strip(tuple(cells), x, max((cell.height for cell in cells), default=0), is_smooth)


def image_strip(ws: Workspace, dataset: Dataset, images: Sequence[int]) -> Content:
    """Many images in one file: a sprite sheet.

    Raises
    ------
    NotFoundError
        There is no such image, or none was asked for.
    """
    if not images:
        raise NotFoundError("No image was asked for.")
    if not has_renditions(dataset):
        row = np.concatenate([image_array(ws, dataset, image) for image in images], axis=1)
        return Content(png(row), MEDIA_TYPES["PNG"])
    strip = strip_of(ws, dataset, images)
    sheet = Image.new("RGB", (strip.width, strip.height))
    for image, cell in zip(images, strip.cells, strict=True):
        shown = _rendition(ws, dataset, image)
        sheet.paste(shown.resize((cell.width, cell.height), reducing_gap=2.0), (cell.x, 0))
    return Content(renditions.encode(np.asarray(sheet)), renditions.MEDIA_TYPE)


def image_file(ws: Workspace, dataset: Dataset, image: int) -> Content:
    """One image as people are shown it where it is small: its rendition, else itself as PNG.

    Raises
    ------
    NotFoundError
        There is no such image.
    """
    rendition = rendition_of(ws, dataset, image)
    if rendition is not None:
        return Content(rendition, renditions.MEDIA_TYPE)
    return Content(png(image_array(ws, dataset, image)), MEDIA_TYPES["PNG"])


def image_array(ws: Workspace, dataset: Dataset, image: int) -> np.ndarray:
    """The pixels that features are made of, uint8 of shape (height, width) or (height, width, 3).

    Raises
    ------
    NotFoundError
    """
    part, index = place_of(dataset, image)
    return np.asarray(ws.array(dataset.artefacts[of_part(part, "images")])[index])


def _shown_size(dataset: Dataset, image: int, original: OriginalFile | None) -> tuple[int, int]:
    """(height, width) of one image in a strip."""
    if original is None:
        place_of(dataset, image)
        height, width = dataset.details["image_shape"][:2]
        return height, width
    return fitted_size(original.height, original.width, CELL_SIDE)


def _rendition(ws: Workspace, dataset: Dataset, image: int) -> Image.Image:
    rendition = rendition_of(ws, dataset, image)
    if rendition is None:
        raise NotFoundError(f"Image {image} has no rendition.")
    return renditions.decode(rendition)
