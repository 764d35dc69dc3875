"""Export: the label set for other programs, filtered; small ones at once, large ones by a job."""

from collections import Counter
from typing import Any

from flask import (
    Blueprint,
    Response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from labeler.formats import FORMATS
from labeler.plugins import PROPAGATIONS
from labeler.web.http.context import workspace
from labeler.web.http.science import needs_science
from labeler.web.screens.jobs import job_url, spread_first
from labeler.web.screens.use.export_form import FIELDS, export_request
from labeler.workflow import runs
from labeler.workflow.audit.calibrating import what_calibrates
from labeler.workflow.exchange.choices import SOURCES
from labeler.workflow.exchange.export import count_rows, export_chunks, labels_of, settings_of
from labeler.workflow.exchange.export_jobs import (
    LOOKED_THROUGH,
    is_large,
    ready_set,
    ready_sets,
    request_export,
    set_name,
)
from labeler.workflow.exchange.export_request import (
    left_out_in_words,
    loading_line,
    one_sided_in_words,
    suffix_of,
)
from labeler.workflow.pictures.original_arrays import has_originals
from labeler.workflow.run import open_run

blueprint = Blueprint("export", __name__)

USUAL_SOURCES = ("human", "oracle", "reviewed", "corrected", "propagated")


@blueprint.get("/runs/<run_id>/export")
@needs_science
def show(run_id: str) -> ResponseReturnValue:
    """The formats, the filters, how many rows are left, and what is ready to be downloaded."""
    run = open_run(workspace(), run_id, n_jobs=LOOKED_THROUGH)
    if not run.is_prepared:
        return redirect(url_for("runs.show", run_id=run_id), 303)
    fields = request.args.copy()
    if not fields:
        fields.setlist("source", list(USUAL_SOURCES))
        fields["images"] = fields["test"] = "yes"
    asked = export_request(run_id, fields)
    settings = settings_of(run, asked)
    first: ResponseReturnValue | None = None
    if not settings.plugin.takes_fraction:
        first = spread_first(run, "export", settings.threshold, settings.method)
    if first is not None:
        return first
    count, usual = count_rows(run, asked), export_request(run_id, MultiDict())
    spread = labels_of(run, usual)
    return render_template(
        "export.html",
        view=runs.view_of(run),
        run=run.row,
        spread=spread,
        way=PROPAGATIONS[spread.method],
        by_source=Counter(SOURCES[source] for source in spread.label_set.sources.tolist()),
        formats=FORMATS,
        asked=asked,
        has_originals=has_originals(run.dataset),
        given=fields,
        count=count,
        left_out=left_out_in_words(count.left_out),
        one_sided=one_sided_in_words(count),
        line=loading_line(asked, count, run.dataset.details["image_shape"]),
        usual_set=count_rows(run, usual).spread,
        is_large=is_large(asked, count.n_rows),
        calibrated_by=what_calibrates(run, spread),
        ready=ready_sets(run),
    )


@blueprint.post("/runs/<run_id>/export")
@needs_science
def begin(run_id: str) -> ResponseReturnValue:
    """Send a small set at once; put the writing of a large one in the queue and show its job."""
    asked = export_request(run_id, request.form)
    if is_large(asked, count_rows(open_run(workspace(), run_id), asked).n_rows):
        return redirect(job_url(request_export(workspace(), asked)), 303)
    fields = {name: [value for value in request.form.getlist(name) if value] for name in FIELDS}
    query: dict[str, Any] = {name: values for name, values in fields.items() if values}
    return redirect(url_for(".download", run_id=run_id, name=asked.format, **query), 303)


@blueprint.get("/runs/<run_id>/export.<name>")
@needs_science
def download(run_id: str, name: str) -> ResponseReturnValue:
    """A set in the format of that name, streamed; ``zip``: with its manifest, as a zip."""
    run = open_run(workspace(), run_id)
    fields = request.args.copy()
    fields["format"] = name
    asked, as_zip = export_request(run_id, fields), "zip" in fields
    stem = set_name(run.name)
    content = export_chunks(run, asked, stem, as_zip=as_zip)
    suffix = ".zip" if as_zip else suffix_of(name)
    headers = {"Content-Disposition": f'attachment; filename="{stem}{suffix}"'}
    return Response(content, mimetype=_mimetype(suffix), headers=headers)


@blueprint.get("/runs/<run_id>/exports/<int:job_id>")
def fetch(run_id: str, job_id: int) -> ResponseReturnValue:
    """A set that a job wrote."""
    ready = ready_set(open_run(workspace(), run_id, n_jobs=LOOKED_THROUGH), job_id)
    return send_file(ready.path, _mimetype(ready.path.suffix), as_attachment=True)


@blueprint.get("/runs/<run_id>/exports/<int:job_id>/manifest")
def fetch_manifest(run_id: str, job_id: int) -> ResponseReturnValue:
    """What such a set holds and where it comes from, where that is not in its zip."""
    ready = ready_set(open_run(workspace(), run_id, n_jobs=LOOKED_THROUGH), job_id)
    if ready.manifest is None:
        return redirect(url_for(".fetch", run_id=run_id, job_id=job_id), 303)
    return send_file(ready.manifest, "application/json", as_attachment=True)


def _mimetype(suffix: str) -> str:
    types = {".csv": "text/csv", ".zip": "application/zip", ".jsonl": "application/jsonl"}
    return types.get(suffix, "application/octet-stream")
