"""Export: the label set as a file, filtered, each row saying where its label came from."""

import re
from collections import Counter

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from labeler.records import Source
from labeler.web.context import workspace
from labeler.web.helpers import query_float
from labeler.web.jobs import spread_url
from labeler.workflow import runs, spreading
from labeler.workflow.exporting import SOURCES, export_csv

blueprint = Blueprint("export", __name__)


@blueprint.get("/runs/<run_id>/export")
def show(run_id: str) -> ResponseReturnValue:
    """The filters, with how many images each source labeled."""
    view = runs.get_run(workspace(), run_id)
    if not view.is_prepared:
        return redirect(url_for("runs.show", run_id=run_id), 303)
    job = spreading.request_spread(workspace(), run_id)
    if job is not None:
        return redirect(spread_url(job, "export"), 303)
    spread = spreading.spread(workspace(), run_id)
    by_source = Counter(Source(source).name.lower() for source in spread.label_set.sources.tolist())
    return render_template(
        "export.html", view=view, run=view.run, spread=spread, by_source=by_source, sources=SOURCES
    )


@blueprint.get("/runs/<run_id>/export.csv")
def download(run_id: str) -> ResponseReturnValue:
    """The labels as CSV, streamed."""
    view = runs.get_run(workspace(), run_id)
    content = export_csv(
        workspace(),
        run_id,
        sources=request.args.getlist("source") or None,
        classes=request.args.getlist("class") or None,
        min_confidence=query_float("min_confidence", 0.0, 1.0),
        fraction=query_float("fraction", 0.0, 1.0),
        threshold=query_float("threshold", 0.0, 1.0),
    )
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", view.run.name).strip("-")[:60] or "labels"
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(content, mimetype="text/csv", headers=headers)
