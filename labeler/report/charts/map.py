"""A sample of the pool in two dimensions: a dot for each image, coloured in one way or more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from labeler.report.charts import svg

SIDE = 640
_EDGE, _TITLE, _GAP = 12, 32, 24
_NAME = 20


@dataclass(frozen=True)
class Spot:
    """One image.

    Attributes
    ----------
    image : int
        Its number.
    x, y : float
        From 0 to 1, from the bottom left.
    colours : dict of str to str
        Its colour in each way to colour it, by the way's name.
    place : int
        Its cluster.
    """

    image: int
    x: float
    y: float
    colours: Mapping[str, str]
    place: int


@dataclass(frozen=True)
class Colouring:
    """One way to colour the dots, and names to be put where most of each lie."""

    by: str
    title: str
    names: Mapping[int, str]


def map_picture(spots: Sequence[Spot], by: str) -> svg.Drawing:
    """Every dot with its number and all of its colours, for a script to read."""
    body = "".join(_told(spot, by) for spot in spots)
    return svg.Drawing("map-chart", SIDE, SIDE, f"Map of {len(spots)} images", body)


def map_chart(
    spots: Sequence[Spot], colourings: Sequence[Colouring], groups: Mapping[str, np.ndarray]
) -> svg.Drawing:
    """One map for each way to colour it, side by side, with names.

    Parameters
    ----------
    spots : sequence of Spot
    colourings : sequence of Colouring
    groups : dict of str to ndarray of shape (len(spots),)
        By way, the cluster or class of each spot.
    """
    body = ""
    for number, colouring in enumerate(colourings):
        dots = "".join(_dot(spot, colouring.by) for spot in spots)
        names = _names(spots, groups[colouring.by], colouring.names)
        title = svg.text(0, 16, colouring.title, "title")
        frame = svg.rectangle(0, 0, SIDE, SIDE, "frame")
        inner = svg.tag("g", frame + dots + names, transform=f"translate(0 {_TITLE})")
        body += svg.tag("g", title + inner, transform=f"translate({number * (SIDE + _GAP)} 0)")
    width = len(colourings) * (SIDE + _GAP) - _GAP
    told = "A sample of the pool in two dimensions, coloured by cluster and by class."
    return svg.Drawing("map-chart", width, SIDE + _TITLE, told, body)


def _at(spot: Spot) -> tuple[float, float]:
    room = SIDE - 2 * _EDGE
    return _EDGE + room * spot.x, _EDGE + room * (1 - spot.y)


def _dot(spot: Spot, by: str) -> str:
    x, y = _at(spot)
    return svg.circle(x, y, 4, f"c{spot.colours[by]}")


def _told(spot: Spot, by: str) -> str:
    x, y = _at(spot)
    told = {f"data_{way}": colour for way, colour in spot.colours.items()}
    return svg.tag(
        "circle",
        cx=x,
        cy=y,
        r=4,
        cls=f"c{spot.colours[by]}",
        data_n=str(spot.image),
        data_p=str(spot.place),
        **told,
    )


def _names(spots: Sequence[Spot], groups: np.ndarray, names: Mapping[int, str]) -> str:
    at = np.array([_at(spot) for spot in spots])
    drawn = ""
    for number, name in names.items():
        x, y = np.median(at[groups == number], axis=0).tolist()
        half = svg.text_width(name, _NAME) / 2 + 5
        drawn += svg.rectangle(x - half, y - 15, 2 * half, 30, "plate")
        drawn += svg.text(x, y + 7, name, "name", "middle")
    return drawn
