"""Add images: more of them for a run, from a folder of this machine or uploaded, and taken back."""

from pathlib import Path

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from labeler.datasets.text.file_kinds import ARCHIVE_ENDINGS, LIST_ENDINGS
from labeler.exceptions import LabelerError
from labeler.storage.rows import Addition, Job
from labeler.web.http.context import web, workspace
from labeler.web.http.data_roots import roots
from labeler.web.http.errors import status_of
from labeler.web.http.uploads import chosen_file, kept_if_used, shown_name, stage
from labeler.web.screens.begin.new_run import allow_uploads
from labeler.web.screens.begin.own_images import chosen_look
from labeler.web.screens.jobs import job_url
from labeler.words import counted
from labeler.workflow import runs
from labeler.workflow.adding.history import run_with_additions, undo_addition
from labeler.workflow.adding.newcomers import newcomers_of, unfamiliar_by_class
from labeler.workflow.adding.request import request_addition, request_uploaded_addition
from labeler.workflow.baskets import BASKET, UPLOAD
from labeler.workflow.job_kinds import ADD
from labeler.workflow.pictures.original_arrays import has_originals
from labeler.workflow.run import Run, open_run

blueprint = Blueprint("add_images", __name__)

MOST_SHOWN = 100
"""Images of a class that are shown."""


@blueprint.get("/runs/<run_id>/images")
def show(run_id: str) -> ResponseReturnValue:
    """The form, and what was added before."""
    run, past = run_with_additions(workspace(), run_id)
    if not run.is_prepared:
        return redirect(url_for("runs.show", run_id=run_id), 303)
    return _page(run, past)


@blueprint.post("/runs/<run_id>/images")
def add(run_id: str) -> ResponseReturnValue:
    """Begin to read what is new, and show the job."""
    allow_uploads()
    try:
        job = _begin(run_id)
    except LabelerError as error:
        flash(str(error), "error")
        return _page(*run_with_additions(workspace(), run_id)), status_of(error)[0]
    return redirect(job_url(job), 303)


@blueprint.get("/runs/<run_id>/images/unfamiliar")
def unfamiliar(run_id: str) -> ResponseReturnValue:
    """Images that were added and are unlike those that were there, by what they were named."""
    run = open_run(workspace(), run_id)
    if not run.is_prepared:
        return redirect(url_for("runs.show", run_id=run_id), 303)
    found = unfamiliar_by_class(run)
    return render_template(
        "unfamiliar.html",
        view=runs.view_of(run),
        run=run.row,
        found={name: images[:MOST_SHOWN] for name, images in found.items()},
        counts={name: len(images) for name, images in found.items()},
    )


@blueprint.post("/runs/<run_id>/images/undo")
def undo(run_id: str) -> ResponseReturnValue:
    """Take the newest images back that were added."""
    try:
        undone = undo_addition(workspace(), run_id)
        flash(f"{counted(undone.n_images, 'image')} of {undone.source} taken back.", "done")
    except LabelerError as error:
        flash(str(error), "error")
    return redirect(url_for(".show", run_id=run_id), 303)


def _begin(run_id: str) -> Job:
    kind = request.form.get("from")
    if kind == UPLOAD:
        return _begin_upload(run_id)
    look = chosen_look(BASKET if kind == BASKET else "path", "")
    if look.kind == BASKET:
        waiting = Path(look.source)
        return request_uploaded_addition(workspace(), run_id, waiting, look.filename, BASKET)
    return request_addition(workspace(), run_id, look.source)


def _begin_upload(run_id: str) -> Job:
    """The file is kept only if it will be read."""
    upload = chosen_file("a zip or tar of images")
    name = shown_name(upload)
    staged = stage(workspace().uploads, upload)
    with kept_if_used(staged):
        return request_uploaded_addition(workspace(), run_id, staged, name)


def _page(run: Run, past: tuple[Addition, ...]) -> str:
    return render_template(
        "add_images.html",
        view=runs.view_of(run),
        run=run.row,
        given=request.values,
        can_grow=has_originals(run.dataset),
        root=run.dataset.details.get("root"),
        has_roots=bool(roots()),
        endings=",".join(ARCHIVE_ENDINGS),
        list_endings=",".join(LIST_ENDINGS),
        most_bytes=web().settings.max_upload_bytes,
        past=past,
        n_unfamiliar=int(newcomers_of(run).unfamiliar.sum()),
        newest=next((addition.number for addition in past if not addition.is_undone), None),
        last=_last_read(run, past),
    )


def _last_read(run: Run, past: tuple[Addition, ...]) -> Job | None:
    """What was read last, unless it was taken back."""
    for job in run.jobs:
        if job.kind == ADD and job.result:
            is_gone = job.result["n_images"] and past and past[0].is_undone
            return None if is_gone else job
    return None
