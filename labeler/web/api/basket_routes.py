"""Baskets over the API: pictures sent one by one, each acknowledged when it is on the disk."""

from collections.abc import Iterator
from typing import Annotated

from flask import request
from msgspec import Meta

from labeler.config import default_labels
from labeler.typed_json import Shape
from labeler.web.api.bodies import KEEPABLE, Given
from labeler.web.api.routes import WRITES, api, blueprint
from labeler.web.api.routing import Answer
from labeler.web.http.body_limit import largest_upload
from labeler.web.http.context import web, workspace
from labeler.workflow import baskets

__all__ = ["api", "blueprint"]

_CHUNK = 1 << 16


class FileName(Given):
    """Which file is sent.

    Attributes
    ----------
    name : str
        With its folders, forward slashes between them.
    """

    name: Annotated[str, Meta(min_length=1, max_length=2000, pattern=KEEPABLE)] = ""


class Basket(Shape):
    """Pictures that were uploaded and not read yet.

    Attributes
    ----------
    files : dict of str to int
        Bytes of each file by its name.
    max_bytes : int
        That all files may have together.
    n_pictures : int
        Files that are no list of names or labels.
    n_proposed : int
        How many answers a run of them asks for unless told otherwise, were each of these an image.
    """

    id: str
    n_files: int
    n_bytes: int
    max_bytes: int
    n_pictures: int
    n_proposed: int
    files: dict[str, int]


class Kept(Shape):
    """A file that is on the disk."""

    name: str
    size: int


@api.route("POST", "/baskets", "newBasket", Answer(201, "Made", Basket), errors=(400, *WRITES))
def new_basket() -> Basket:
    """Make an empty basket."""
    return _shown(baskets.new_basket(workspace()))


@api.route("GET", "/baskets/<basket_id>", "getBasket", Answer(200, "Done", Basket))
def basket(basket_id: str) -> Basket:
    """What is in a basket, so that an upload that was cut off goes on with what is missing."""
    return _shown(baskets.get_basket(workspace(), basket_id))


@api.route(
    "PUT",
    "/baskets/<basket_id>/files",
    "putFile",
    Answer(201, "Kept", Kept),
    Answer(200, "Was there before", Kept),
    errors=(413, *WRITES),
    takes_file=True,
)
def put_file(basket_id: str, query: FileName) -> tuple[Kept, int]:
    """Put a file into a basket; on disk when this answers."""
    request.max_content_length = largest_upload(web())
    size = request.content_length or 0
    most = web().settings.max_upload_bytes
    is_new = baskets.put_file(workspace(), basket_id, query.name, size, _chunks(), most)
    return Kept(name=query.name, size=size), 201 if is_new else 200


def _shown(kept: baskets.Basket) -> Basket:
    return Basket(
        id=kept.id,
        n_files=len(kept.sizes),
        n_bytes=kept.n_bytes,
        max_bytes=web().settings.max_upload_bytes,
        n_pictures=kept.n_pictures,
        n_proposed=default_labels("", kept.n_pictures),
        files=kept.sizes,
    )


def _chunks() -> Iterator[bytes]:
    while chunk := request.stream.read(_CHUNK):
        yield chunk
