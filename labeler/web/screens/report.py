"""Report: how good the labels are, what a classifier made of them, and where it goes wrong."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from labeler import words
from labeler.config import RunConfig
from labeler.records import Simulation
from labeler.records.label_quality import Audited
from labeler.report.charts.accuracy import accuracy_chart
from labeler.report.charts.confusion import heat
from labeler.report.scores import main_stage
from labeler.web.http.context import workspace
from labeler.web.http.science import needs_science
from labeler.workflow import runs
from labeler.workflow.audit.telling import audited_labels
from labeler.workflow.pictures.left_out import left_out_of
from labeler.workflow.run import Run, open_run
from labeler.workflow.training import results
from labeler.workflow.training.versions import in_words

blueprint = Blueprint("report", __name__)

FIRST_CLUSTERS = 8
FIRST_LEFT_OUT = 10


@blueprint.get("/runs/<run_id>/report")
def show(run_id: str) -> ResponseReturnValue:
    """The newest figures, and the clusters from worst to best."""
    run = open_run(workspace(), run_id)
    if not run.is_prepared:
        return redirect(url_for("runs.show", run_id=run_id), 303)
    report = results.run_report(run, _audited(run))
    every = "clusters" in request.args
    return render_template(
        "report_page.html",
        view=runs.view_of(run),
        run=run.row,
        found=report,
        versions=report.versions,
        few=words.FEW,
        since_last=() if report.versions is None else in_words(report.versions),
        then=None if report.verdict is None else report.verdict.then,
        dataset=run.dataset,
        left_out=left_out_of(workspace(), run.dataset, FIRST_LEFT_OUT),
        clusters=report.clusters if every else report.clusters[:FIRST_CLUSTERS],
        **_figures(report.simulation),
    )


@blueprint.get("/runs/<run_id>/report/cell")
def cell(run_id: str) -> ResponseReturnValue:
    """The test images behind one cell of the confusion matrix."""
    run = open_run(workspace(), run_id)
    stage, true, predicted = (_place(name) for name in ("stage", "true", "predicted"))
    result = _place("result")
    images = results.confusion_images(run, stage, true, predicted, result_id=result)
    names = next(row for row in run.results if row.id == result).metrics.classes
    if max(true, predicted) >= len(names):
        abort(404, "The confusion matrix has no such cell.")
    return render_template(
        "cell.html", view=runs.view_of(run), run=run.row, images=images, true=names[true],
        predicted=names[predicted], most=results.MAX_CELL_IMAGES,
    )  # fmt: skip


def _audited(run: Run) -> Audited | None:
    """What an audit found; only where there is one, SciPy is needed."""
    return None if run.audit is None else needs_science(audited_labels)(run)


def is_own(stage: Any, config: RunConfig) -> bool:
    """Whether a row is what the run's own answers led to, as it spreads them."""
    if stage.stage == "answers":
        return True
    return (
        stage.stage in ("propagated", "combined", "chosen") and stage.method == config.propagation
    )


def _figures(simulation: Simulation | None) -> dict[str, Any]:
    """What the figures of a training add to the page; nothing where nothing was scored."""
    if simulation is None or not simulation.stages:
        return {"stages": (), "chart": None, "matrix": None}
    stages = simulation.stages
    config = simulation.config
    asked = request.args.get("stage", "")
    place = words.whole_number(asked, 3)
    if place is None or place >= len(stages):
        place = _main_place(simulation)
    return {
        "stages": stages,
        "chart": accuracy_chart(simulation),
        "place": place,
        "matrix": heat(stages[place].scores[0].confusion),
        "scores": stages[place].scores[0],
        "is_own": lambda stage: is_own(stage, config),
    }


def _main_place(simulation: Simulation) -> int:
    """The stage that is looked at closely unless another is asked for."""
    main = main_stage(simulation)
    return 0 if main is None else simulation.stages.index(main)


def _place(name: str) -> int:
    place = words.whole_number(request.args.get(name, ""), 9)
    if place is None:
        abort(400, f"{name} must be a whole number.")
    return place
