"""Pages that need nothing beside themselves: images and style sheets are in them."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from labeler.datasets.base import Split
from labeler.imaging import renditions
from labeler.imaging.thumbnails import png
from labeler.locations import templates_folder
from labeler.report.charts.svg import style_sheets

LARGEST_TILE = 96


def render(template: str, values: Mapping[str, Any]) -> str:
    """A page from its template; all text is escaped."""
    environment = Environment(
        loader=FileSystemLoader(templates_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(values, style_sheets=style_sheets())


def tiles(pool: Split, images: Iterable[int]) -> tuple[str, ...]:
    """Some images of the pool, each as an address that holds it."""
    return tuple(tile(pool, image) for image in images)


def tile(pool: Split, image: int) -> str:
    """One image of the pool as an address that holds it: its rendition, in its own aspect.

    An image without one is itself, at most ``LARGEST_TILE`` pixels long.
    """
    rendition = b"" if pool.originals is None else pool.originals.renditions[image]
    if rendition:
        return data_uri(rendition, renditions.MEDIA_TYPE)
    return data_uri(png(pool.images[image], LARGEST_TILE))


def data_uri(file: bytes, media_type: str = "image/png") -> str:
    """An image file as an address that holds it."""
    return f"data:{media_type};base64," + base64.b64encode(file).decode("ascii")
