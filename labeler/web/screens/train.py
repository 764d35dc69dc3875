"""Spread and train: how far the answers reach, and what a classifier learns from them."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from labeler.plugins import CLASSIFIERS
from labeler.web.http.context import workspace
from labeler.web.http.helpers import form_float, query_float
from labeler.web.screens.jobs import job_url, spread_first
from labeler.workflow import labeling, runs, spreading
from labeler.workflow.training.request import request_training

blueprint = Blueprint("train", __name__)


@blueprint.get("/runs/<run_id>/train")
def show(run_id: str) -> ResponseReturnValue:
    """The slider with what it labels, and the form that begins a training."""
    ws, view = workspace(), runs.get_run(workspace(), run_id)
    if not view.is_prepared:
        return redirect(url_for("runs.show", run_id=run_id), 303)
    fraction = query_float("fraction", 0.0, 1.0)
    threshold = query_float("threshold", 0.0, 1.0)
    first: ResponseReturnValue | None = None
    if fraction is None:
        first = spread_first(view, "train", threshold)
    if first is not None:
        return first
    spread = spreading.spread(ws, run_id, fraction, threshold)
    return render_template(
        "train.html",
        view=view,
        run=view.run,
        spread=spread,
        most=max(spread.counts.values(), default=0),
        progress=labeling.progress_of(ws, run_id),
        n_mixed=sum(
            one.cluster is not None for one in labeling.questions(ws, run_id, labeling.MIXED)
        ),
        classifiers=CLASSIFIERS.values(),
        chosen=view.run.config["classifier"],
    )


@blueprint.post("/runs/<run_id>/train")
def begin(run_id: str) -> ResponseReturnValue:
    """Keep how the answers are spread, put the training in the queue and show its job."""
    ws = workspace()
    fraction = threshold = None
    if "threshold" in request.form:
        threshold = form_float("threshold")
        spreading.choose_threshold(ws, run_id, threshold)
    else:
        fraction = form_float("fraction")
        spreading.choose_fraction(ws, run_id, fraction)
    job = request_training(
        ws,
        run_id,
        fraction,
        request.form.get("classifier"),
        comparisons="comparisons" in request.form,
        threshold=threshold,
    )
    return redirect(job_url(job), 303)
