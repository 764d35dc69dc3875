"""Classifier: what the run has learned, as a file, and tried on pictures that are dropped here."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from labeler.exceptions import LabelerError
from labeler.feature_names import network_files
from labeler.storage.errors import NotFoundError
from labeler.web.http.context import workspace
from labeler.web.http.errors import status_of
from labeler.web.http.security import with_pictures_inside
from labeler.web.screens.jobs import job_url
from labeler.workflow import runs
from labeler.workflow.audit.kept import largest_sample
from labeler.workflow.exchange.export_jobs import LOOKED_THROUGH
from labeler.workflow.models.naming import MOST_BYTES, MOST_PICTURES, name_pictures
from labeler.workflow.models.request import ready_model, request_model, require_ready
from labeler.workflow.models.state import is_trained, own_stage
from labeler.workflow.run import Run, open_run
from labeler.workflow.training.versions import in_words, versions_of

blueprint = Blueprint("classifier", __name__)

_TOO_MUCH = (
    f"That is too much at once: up to {MOST_PICTURES} pictures, {MOST_BYTES / 1e6:.0f} MB in all. "
    "For more, use labeler predict."
)


@blueprint.get("/runs/<run_id>/classifier")
def show(run_id: str) -> ResponseReturnValue:
    """What the classifier is and how right; its file; and a form to try it."""
    run = open_run(workspace(), run_id, n_jobs=LOOKED_THROUGH)
    if not run.is_prepared:
        return redirect(url_for("runs.show", run_id=run_id), 303)
    return _page(run)


@blueprint.post("/runs/<run_id>/classifier")
def make(run_id: str) -> ResponseReturnValue:
    """Have the file made by a job."""
    return redirect(job_url(request_model(workspace(), run_id)), 303)


@blueprint.get("/runs/<run_id>/classifier/model.zip")
def download(run_id: str) -> ResponseReturnValue:
    """The file that was made last."""
    ready = require_ready(open_run(workspace(), run_id, n_jobs=LOOKED_THROUGH))
    return send_file(ready.path, "application/zip", as_attachment=True)


@blueprint.get("/runs/<run_id>/classifier/model.<any(onnx, keras):kind>")
def download_other(run_id: str, kind: str) -> ResponseReturnValue:
    """The same for other programs."""
    ready = require_ready(open_run(workspace(), run_id, n_jobs=LOOKED_THROUGH))
    if kind not in ready.others:
        raise NotFoundError(ready.missing.get(kind, "Make the model anew to have such a file."))
    return send_file(ready.others[kind], "application/octet-stream", as_attachment=True)


@blueprint.post("/runs/<run_id>/classifier/pictures")
def name(run_id: str) -> ResponseReturnValue:
    """What it says of a few pictures; none of them is kept."""
    request.max_content_length = MOST_BYTES
    run = open_run(workspace(), run_id, n_jobs=LOOKED_THROUGH)
    ready = require_ready(run)
    try:
        networks = network_files(run.config.features, run.config.weights)
        uploads = request.files.getlist("pictures")
        said = name_pictures(ready.path, uploads, workspace().uploads, networks)
    except LabelerError as error:
        flash(str(error), "error")
        return _page(run), status_of(error)[0]
    except RequestEntityTooLarge:
        flash(_TOO_MUCH, "error")
        return _page(run), 413
    return with_pictures_inside(_page(run, said))


def _page(run: Run, said: dict[str, Any] | None = None) -> str:
    newest = next(iter(run.results), None)
    stage = None if newest is None else own_stage(newest)
    versions, audited = versions_of(run), largest_sample(run)
    return render_template(
        "classifier.html",
        view=runs.view_of(run),
        run=run.row,
        is_trained=is_trained(run),
        accuracy=None if stage is None else stage.test_accuracy.mean,
        ready=ready_model(run),
        n_audited=0 if audited is None else len(audited.images),
        said=said,
        versions=versions,
        since_last=() if versions is None else in_words(versions),
        most_pictures=MOST_PICTURES,
        most_bytes=MOST_BYTES,
        too_much=_TOO_MUCH,
    )
