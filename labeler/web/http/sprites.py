"""Where images are: one by one, or many side by side in one file."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from labeler.storage.rows import Dataset

SPRITE_IMAGES = 100


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
    total : int
        Width of the sprite.
    """

    image: int
    url: str
    x: int
    width: int
    height: int
    total: int


def thumbs(dataset: Dataset, images: Sequence[int]) -> list[Thumb]:
    """Draw ``images`` with few requests: a hundred of them come as one file."""
    height, width = dataset.details["image_shape"][:2]
    drawn = []
    for start in range(0, len(images), SPRITE_IMAGES):
        part = images[start : start + SPRITE_IMAGES]
        url = sprite_url(dataset, part)
        drawn += [
            Thumb(image, url, place * width, width, height, len(part) * width)
            for place, image in enumerate(part)
        ]
    return drawn


def sprite_url(dataset: Dataset, images: Sequence[int]) -> str:
    """Where ``images`` are, side by side in one file."""
    listed = ",".join(map(str, images))
    return url_for("images.sprite", dataset_id=dataset.id, i=listed, v=version(dataset))


def image_url(dataset: Dataset, image: int) -> str:
    """Where one image is; the address changes with the data set's content."""
    return url_for("images.show", dataset_id=dataset.id, image=image, v=version(dataset))


def version(dataset: Dataset) -> str:
    return dataset.content_hash[:12]
