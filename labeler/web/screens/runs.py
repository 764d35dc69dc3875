"""Runs: every labeling effort as a card; new, duplicate, rename, delete and take back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from labeler.web.http.context import workspace
from labeler.words import whole_number
from labeler.workflow import runs as use_cases
from labeler.workflow.job_kinds import kind_named
from labeler.workflow.runs.pages import run_page
from labeler.workflow.views import RunView

blueprint = Blueprint("runs", __name__)


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Runs, the last active first, one page of them."""
    return render_template("runs.html", page=run_page(workspace(), _page_number()))


@blueprint.get("/runs/<run_id>")
def show(run_id: str) -> ResponseReturnValue:
    """Lead to the screen that fits: the job, the questions, or what comes after them."""
    return redirect(next_screen(use_cases.get_run(workspace(), run_id)), 303)


def next_screen(view: RunView) -> str:
    """Where somebody who opens this run wants to be."""
    job = view.active_job or view.failed_job
    if job is not None and (not kind_named(job.kind).is_beside or not view.is_prepared):
        return url_for("jobs.show", run_id=view.run.id, job_id=job.id)
    if view.summary.n_open or view.more_to_come:
        return url_for("label.show", run_id=view.run.id)
    screen = "report.show" if view.summary.best_accuracy is not None else "train.show"
    return url_for(screen, run_id=view.run.id)


@blueprint.post("/runs/<run_id>/rename")
def rename(run_id: str) -> ResponseReturnValue:
    """Give the run another name."""
    use_cases.rename_run(workspace(), run_id, request.form.get("name", ""))
    return redirect(url_for("runs.index"), 303)


@blueprint.post("/runs/<run_id>/duplicate")
def duplicate(run_id: str) -> ResponseReturnValue:
    """The same questions once more, without the answers."""
    copy = use_cases.duplicate_run(workspace(), run_id)
    flash(f"“{copy.name}” has the same questions and no answers yet.", "done")
    return redirect(url_for("runs.index"), 303)


@blueprint.get("/runs/<run_id>/delete")
def ask_to_delete(run_id: str) -> ResponseReturnValue:
    """Ask once more, saying what would go."""
    return render_template("delete.html", view=use_cases.get_run(workspace(), run_id))


@blueprint.post("/runs/<run_id>/delete")
def delete(run_id: str) -> ResponseReturnValue:
    """Move the run to the bin; the next page offers to take that back."""
    use_cases.delete_run(workspace(), run_id)
    return redirect(url_for("runs.index", deleted=run_id), 303)


@blueprint.post("/runs/<run_id>/restore")
def restore(run_id: str) -> ResponseReturnValue:
    """Take the run out of the bin."""
    use_cases.restore_run(workspace(), run_id)
    return redirect(url_for("runs.index"), 303)


def _page_number() -> int:
    """From the address; what is no number is the first page."""
    number = whole_number(request.args.get("page", ""), 9)
    return 1 if number is None else number
