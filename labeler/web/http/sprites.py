"""Where images are: one by one, or many side by side in one file."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from labeler.storage.rows import Dataset
from labeler.web.http.context import workspace
from labeler.web.http.security import own_address
from labeler.workflow.pictures.images import has_renditions, strip_of
from labeler.workflow.pictures.originals import OriginalFile

SPRITE_IMAGES = 100

MOST_IN_LIST = 200
"""Images of a list that the addresses of its images name."""


@dataclass(frozen=True)
class Thumb:
    """One image inside a sprite: a row of images sent as one file.

    Attributes
    ----------
    image : int
    url : str
        Of the sprite.
    x : int
        Where the image begins in it.
    width, height : int
        Of the image.
    total, tallest : int
        Width and height of the sprite.
    is_smooth : bool
        Whether it may be enlarged smoothly: it is a photograph.
    original : OriginalFile or None
        What it is a small picture of.
    original_url : str
    """

    image: int
    url: str
    x: int
    width: int
    height: int
    total: int
    tallest: int
    is_smooth: bool
    original: OriginalFile | None
    original_url: str


def thumbs(dataset: Dataset, images: Sequence[int]) -> list[Thumb]:
    """Draw ``images`` with few requests: a hundred of them come as one file."""
    drawn = []
    for start in range(0, len(images), SPRITE_IMAGES):
        part = images[start : start + SPRITE_IMAGES]
        url, strip = sprite_url(dataset, part), strip_of(workspace(), dataset, part)
        drawn += [
            Thumb(
                image, url, cell.x, cell.width, cell.height,
                strip.width, strip.height, strip.is_smooth,
                cell.original, original_url(dataset, image),
            )
            for image, cell in zip(part, strip.cells, strict=True)
        ]  # fmt: skip
    return drawn


def sprite_url(dataset: Dataset, images: Sequence[int]) -> str:
    """Where ``images`` are, side by side in one file."""
    listed, v = ",".join(map(str, images)), version(dataset)
    return url_for("images.sprite", dataset_id=dataset.id, ending=_ending(dataset), i=listed, v=v)


def image_url(dataset: Dataset, image: int) -> str:
    """Where one image is; the address changes with the data set's content."""
    ending, v = _ending(dataset), version(dataset)
    return url_for("images.show", dataset_id=dataset.id, image=image, ending=ending, v=v)


def original_url(dataset: Dataset, image: int) -> str:
    """Where the file is that an image was read from."""
    v = version(dataset)
    return url_for("images.original", dataset_id=dataset.id, image=image, v=v)


def large_url(run_id: str, image: int, images: Sequence[int] = ()) -> str:
    """Where an image of a run is large, opened from the page that is shown.

    ``images``: the list that it stands in there, for going on to the next without a script.
    """
    listed = ",".join(map(str, images)) if 1 < len(images) <= MOST_IN_LIST else None
    return url_for("one_image.show", run_id=run_id, image=image, of=listed, back=own_address())


def _ending(dataset: Dataset) -> str:
    return "webp" if has_renditions(dataset) else "png"


def version(dataset: Dataset) -> str:
    return dataset.content_hash[:12]
