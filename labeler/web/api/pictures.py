"""Where pictures are, as JSON: one by one, many in one file, and the files they were read from."""

from collections.abc import Sequence
from dataclasses import replace

from labeler.storage import rows
from labeler.typed_json import Shape
from labeler.web.http.context import workspace
from labeler.web.http.sprites import image_url, original_url, sprite_url
from labeler.workflow.pictures.images import strip_of
from labeler.workflow.pictures.originals import original_of


class Image(Shape):
    """Where image 0 is: put another number in its place for another image."""

    url: str
    width: int
    height: int


class Cell(Shape):
    """Where one image is in a sprite; it begins at the top.

    Attributes
    ----------
    original : Original or None
        What it is a small picture of, where the sprite holds such.
    """

    x: int
    width: int
    height: int
    original: "Original | None"


class Sprite(Image):
    """One file with several images side by side.

    Attributes
    ----------
    width, height : int
        Of one image in it, where all are of one size.
    count : int
    cells : list of Cell
        Where each is.
    total, tallest : int
        Width and height of the file.
    is_smooth : bool
        Whether these are photographs made small, rather than images pixel by pixel.
    """

    count: int
    cells: list[Cell]
    total: int
    tallest: int
    is_smooth: bool


class Original(Shape):
    """The file that an image was read from.

    Attributes
    ----------
    url : str
        The whole file; a line of text and 404 or 409 where it moved or changed since.
    path : str
        Below the folder or inside the archive that was read; empty in an audit, which is blind.
    place : str or None
        Where it lies; null where it was uploaded.
    height, width : int
        In pixels, as the camera was held.
    """

    url: str
    path: str
    place: str | None
    height: int
    width: int


def image(dataset: rows.Dataset) -> Image:
    """Where the images of a data set are."""
    height, width = dataset.details["image_shape"][:2]
    return Image(url=image_url(dataset, 0), width=width, height=height)


def sprite(dataset: rows.Dataset, images: Sequence[int]) -> Sprite | None:
    """One file with all of ``images`` side by side."""
    if not images:
        return None
    strip = strip_of(workspace(), dataset, images)
    return Sprite.of(
        image(dataset),
        strip,
        url=sprite_url(dataset, images),
        count=len(images),
        cells=[
            Cell.of(cell, original=cell.original and original(dataset, image))
            for image, cell in zip(images, strip.cells, strict=True)
        ],
        total=strip.width,
        tallest=strip.height,
    )


def original(dataset: rows.Dataset, image: int, *, is_named: bool = True) -> Original | None:
    """The file that an image was read from; without its name where that could tell the class."""
    file = original_of(workspace(), dataset, image)
    if file is None:
        return None
    if not is_named:
        file = replace(file, path="", place=None)
    return Original.of(file, url=original_url(dataset, image))
