"""Spread and train: how far the answers reach, and what a classifier learns from them."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from labeler.plugins import CLASSIFIERS, PROPAGATIONS
from labeler.web.http.context import workspace
from labeler.web.http.fields import form_float, query_float
from labeler.web.screens.jobs import job_url, spread_first
from labeler.workflow import labeling, runs
from labeler.workflow.run import open_run
from labeler.workflow.spread import spreading
from labeler.workflow.training.request import request_training

blueprint = Blueprint("train", __name__)


@blueprint.get("/runs/<run_id>/train")
def show(run_id: str) -> ResponseReturnValue:
    """The slider with what it labels, and the form that begins a training."""
    run = open_run(workspace(), run_id)
    if not run.is_prepared:
        return redirect(url_for("runs.show", run_id=run_id), 303)
    fraction = query_float("fraction", 0.0, 1.0)
    threshold = query_float("threshold", 0.0, 1.0)
    method = request.args.get("propagation")
    first: ResponseReturnValue | None = None
    if fraction is None:
        first = spread_first(run, "train", threshold, method)
    if first is not None:
        return first
    spread = spreading.spread(run, fraction, threshold, method)
    return render_template(
        "train.html",
        view=runs.view_of(run),
        run=run.row,
        spread=spread,
        way=PROPAGATIONS[spread.method],
        ways=spreading.possible_propagations(run),
        most=max(spread.counts.values(), default=0),
        progress=labeling.progress_of(run),
        n_mixed=sum(
            question.cluster is not None for question in labeling.questions(run, labeling.MIXED)
        ),
        classifiers=CLASSIFIERS.values(),
        chosen=run.config.classifier,
    )


@blueprint.post("/runs/<run_id>/train")
def begin(run_id: str) -> ResponseReturnValue:
    """Keep how the answers are spread, put the training in the queue and show its job."""
    by_confidence = "threshold" in request.form
    job = request_training(
        workspace(),
        run_id,
        None if by_confidence else form_float("fraction"),
        request.form.get("classifier"),
        comparisons="comparisons" in request.form,
        threshold=form_float("threshold") if by_confidence else None,
        method=request.form.get("propagation"),
        keep=True,
    )
    return redirect(job_url(job), 303)
