"""Pages that need nothing beside themselves: images and style sheets are in them."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from labeler.datasets.base import Split
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
    """One image of the pool as an address that holds it, at most ``LARGEST_TILE`` pixels long."""
    return data_uri(png(pool.images[image], LARGEST_TILE))


def data_uri(file: bytes) -> str:
    """A PNG file as an address that holds it."""
    return "data:image/png;base64," + base64.b64encode(file).decode("ascii")
