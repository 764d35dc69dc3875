"""Pages that need nothing beside themselves: how their templates are found, pictures inlined."""

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from labeler.datasets.base import Split
from labeler.imaging.thumbnails import png
from labeler.locations import templates_folder
from labeler.report.drawing import DARK, LIGHT, Theme

LARGEST_TILE = 96


@dataclass(frozen=True)
class Picture:
    """One plot for either appearance of the page, with what it shows in words."""

    light: str
    dark: str
    alt: str


def render(template: str, values: Mapping[str, Any]) -> str:
    """A page from its template; all text is escaped."""
    environment = Environment(
        loader=FileSystemLoader(templates_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(values)


def picture(alt: str, draw: Callable[[Theme], bytes]) -> Picture:
    """Draw a plot for light and for dark."""
    return Picture(data_uri(draw(LIGHT)), data_uri(draw(DARK)), alt)


def tiles(pool: Split, images: Iterable[int]) -> tuple[str, ...]:
    """Some images of the pool, each as an address that holds it."""
    return tuple(tile(pool, image) for image in images)


def tile(pool: Split, image: int) -> str:
    """One image of the pool as an address that holds it, at most ``LARGEST_TILE`` pixels long."""
    return data_uri(png(pool.images[image], LARGEST_TILE))


def data_uri(file: bytes) -> str:
    """A PNG file as an address that holds it."""
    return "data:image/png;base64," + base64.b64encode(file).decode("ascii")
