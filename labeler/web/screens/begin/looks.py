"""Looks: the user's own images looked at before a run begins, and the pictures that are shown."""

from pathlib import Path

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from labeler.exceptions import ConfigError, LabelerError
from labeler.imaging.renditions import MEDIA_TYPE
from labeler.storage.rows import Job
from labeler.web.http.context import workspace
from labeler.web.http.uploads import kept_if_used
from labeler.web.screens.begin.new_run import allow_uploads, refused
from labeler.web.screens.begin.own_images import KINDS, chosen_look
from labeler.web.screens.jobs import job_url
from labeler.workflow import baskets
from labeler.workflow.looks import sample_picture, start_look

blueprint = Blueprint("looks", __name__)


@blueprint.post("/looks")
def begin() -> ResponseReturnValue:
    """Look at the images that the form for a new run names; go to the job that does it."""
    allow_uploads()
    try:
        job = _begin()
    except LabelerError as error:
        return refused(error)
    return redirect(job_url(job), 303)


@blueprint.get("/looks/<int:job_id>/pictures/<int:number>.webp")
def picture(job_id: int, number: int) -> ResponseReturnValue:
    """One of the pictures that a look shows."""
    response = Response(sample_picture(workspace(), job_id, number), mimetype=MEDIA_TYPE)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response


@blueprint.post("/baskets/<basket_id>/remove")
def remove_basket(basket_id: str) -> ResponseReturnValue:
    """Remove pictures that were uploaded and not read yet."""
    baskets.remove_basket(workspace(), basket_id)
    return redirect(url_for("new_run.show"), 303)


def _begin() -> Job:
    kind, _, value = request.form.get("dataset", "").partition(":")
    if kind not in KINDS:
        raise ConfigError("Known data sets, and those that were read before, need no look: begin.")
    look = chosen_look(kind, value)
    with kept_if_used(Path(look.source) if kind == baskets.UPLOAD else None):
        return start_look(workspace(), look)
