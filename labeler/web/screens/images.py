"""Images by id, encoded anew: alone, or many in one row."""

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from labeler.web.http.context import workspace
from labeler.web.http.helpers import version
from labeler.workflow import datasets
from labeler.workflow.images import image_png, image_strip_png

blueprint = Blueprint("images", __name__)

MOST_IMAGES = 400


@blueprint.get("/images/<int:dataset_id>/<int:image>.png")
def show(dataset_id: int, image: int) -> ResponseReturnValue:
    """One image in its own size."""
    return _png(dataset_id, image_png(workspace(), dataset_id, image))


@blueprint.get("/images/<int:dataset_id>/sprite.png")
def sprite(dataset_id: int) -> ResponseReturnValue:
    """Many images side by side, as one file."""
    return _png(dataset_id, image_strip_png(workspace(), dataset_id, _asked_for()))


def _asked_for() -> tuple[int, ...]:
    numbers = request.args.get("i", "").split(",")
    if len(numbers) > MOST_IMAGES:
        abort(400, f"{len(numbers)} images asked for; at most {MOST_IMAGES} are sent at once.")
    if not all(number.isascii() and number.isdigit() and len(number) < 10 for number in numbers):
        abort(400, "i must be image numbers, separated by commas.")
    return tuple(map(int, numbers))


def _png(dataset_id: int, content: bytes) -> Response:
    response = Response(content, mimetype="image/png")
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    # Under an address that names the content, an image never changes.
    if request.args.get("v") == version(datasets.get_dataset(workspace(), dataset_id)):
        response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
