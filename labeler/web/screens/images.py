"""Images by id, encoded anew: alone, or many in one row."""

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from labeler.storage.rows import Dataset
from labeler.web.http.context import workspace
from labeler.web.http.sprites import version
from labeler.words import whole_number
from labeler.workflow import datasets
from labeler.workflow.images import image_png, image_strip_png

blueprint = Blueprint("images", __name__)

MOST_IMAGES = 400


@blueprint.get("/images/<int:dataset_id>/<int:image>.png")
def show(dataset_id: int, image: int) -> ResponseReturnValue:
    """One image in its own size."""
    dataset = datasets.get_dataset(workspace(), dataset_id)
    return _png(dataset, image_png(workspace(), dataset, image))


@blueprint.get("/images/<int:dataset_id>/sprite.png")
def sprite(dataset_id: int) -> ResponseReturnValue:
    """Many images side by side, as one file."""
    images, dataset = _asked_for(), datasets.get_dataset(workspace(), dataset_id)
    return _png(dataset, image_strip_png(workspace(), dataset, images))


def _asked_for() -> tuple[int, ...]:
    texts = request.args.get("i", "").split(",")
    if len(texts) > MOST_IMAGES:
        abort(400, f"{len(texts)} images asked for; at most {MOST_IMAGES} are sent at once.")
    numbers = tuple(number for text in texts if (number := whole_number(text, 9)) is not None)
    if len(numbers) < len(texts):
        abort(400, "i must be image numbers, separated by commas.")
    return numbers


def _png(dataset: Dataset, content: bytes) -> Response:
    response = Response(content, mimetype="image/png")
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    # Under an address that names the content, an image never changes.
    if request.args.get("v") == version(dataset):
        response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
