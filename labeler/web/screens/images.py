"""Images by id: as PNG or WebP files made here, alone or many in one row, and their originals."""

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from labeler.exceptions import InputError
from labeler.storage.rows import Dataset
from labeler.web.http.context import workspace
from labeler.web.http.sprites import version
from labeler.words import whole_number
from labeler.workflow import datasets
from labeler.workflow.pictures.images import image_file, image_strip
from labeler.workflow.pictures.originals import (
    Content,
    OriginalChangedError,
    OriginalGoneError,
    original_for_browser,
)

blueprint = Blueprint("images", __name__)

MOST_IMAGES = 400


@blueprint.get("/images/<int:dataset_id>/<int:image>.<any(png, webp):ending>")
def show(dataset_id: int, image: int, ending: str) -> ResponseReturnValue:
    """One image as it is shown where it is small."""
    dataset = datasets.get_dataset(workspace(), dataset_id)
    return _file(dataset, image_file(workspace(), dataset, image), ending)


@blueprint.get("/images/<int:dataset_id>/sprite.<any(png, webp):ending>")
def sprite(dataset_id: int, ending: str) -> ResponseReturnValue:
    """Many images side by side, as one file."""
    images, dataset = _asked_for(), datasets.get_dataset(workspace(), dataset_id)
    return _file(dataset, image_strip(workspace(), dataset, images), ending)


@blueprint.get("/images/<int:dataset_id>/<int:image>/original")
def original(dataset_id: int, image: int) -> ResponseReturnValue:
    """The file that an image was read from; a line of plain text where it is not to be had."""
    dataset = datasets.get_dataset(workspace(), dataset_id)
    try:
        content = original_for_browser(workspace(), dataset, image)
    except (OriginalGoneError, OriginalChangedError, InputError) as error:
        status = 404 if isinstance(error, OriginalGoneError) else 409
        return Response(str(error), status, mimetype="text/plain")
    # The file is the user's and may change: a browser asks each time, and is told if it did not.
    response = _sandboxed(content)
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response.make_conditional(request)


def _asked_for() -> tuple[int, ...]:
    texts = request.args.get("i", "").split(",")
    if len(texts) > MOST_IMAGES:
        abort(400, f"{len(texts)} images asked for; at most {MOST_IMAGES} are sent at once.")
    numbers = tuple(number for text in texts if (number := whole_number(text, 9)) is not None)
    if len(numbers) < len(texts):
        abort(400, "i must be image numbers, separated by commas.")
    return numbers


def _file(dataset: Dataset, content: Content, ending: str = "") -> Response:
    if not content.media_type.endswith(ending):
        abort(404, f"This data set's images are sent as {content.media_type}.")
    response = _sandboxed(content)
    # Under an address that names the content, an image never changes.
    if request.args.get("v") == version(dataset):
        response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


def _sandboxed(content: Content) -> Response:
    response = Response(content.data, mimetype=content.media_type)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
