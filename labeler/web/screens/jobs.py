"""A job: what is being done, how far it is, and how it ended."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from labeler.plugins import PROPAGATIONS
from labeler.storage.rows import Job, JobStatus
from labeler.web.http.context import workspace
from labeler.web.http.fields import form_float
from labeler.web.screens.runs import next_screen
from labeler.workflow import jobs as use_cases
from labeler.workflow import runs
from labeler.workflow.job_kinds import IMPORT, LOOK, SPREAD, kind_named
from labeler.workflow.run import Run
from labeler.workflow.spread import spreading
from labeler.workflow.views import RunView

blueprint = Blueprint("jobs", __name__)

AFTER_SPREADING = ("train", "export", "check")
"""Screens that show spread labels, and lead here while there are none."""


@blueprint.get("/jobs/<int:job_id>")
def show_import(job_id: int) -> ResponseReturnValue:
    """The reading of images, before there is a run."""
    job = use_cases.get_job(workspace(), job_id)
    if job.run_id is not None:
        return redirect(job_url(job), 303)
    if job.status is JobStatus.DONE and job.result is not None:
        return redirect(_after_runless(job, job.result), 303)
    return _page(None, job)


@blueprint.get("/runs/<run_id>/jobs/<int:job_id>")
def show(run_id: str, job_id: int) -> ResponseReturnValue:
    """How far the job is; leads on by itself when it is done."""
    run, job = use_cases.run_with_job(workspace(), run_id, job_id)
    view = runs.view_of(run)
    if job.status is JobStatus.DONE:
        return redirect(_after(view, job), 303)
    return _page(view, job)


@blueprint.post("/jobs/<int:job_id>/cancel")
def cancel(job_id: int) -> ResponseReturnValue:
    """Stop the job; what it made so far is thrown away."""
    return redirect(job_url(use_cases.cancel_job(workspace(), job_id)), 303)


@blueprint.post("/jobs/<int:job_id>/retry")
def retry(job_id: int) -> ResponseReturnValue:
    """Ask for the same job again."""
    return redirect(job_url(use_cases.retry_job(workspace(), job_id)), 303)


@blueprint.post("/runs/<run_id>/spread")
def spread(run_id: str) -> ResponseReturnValue:
    """Have the answers spread by confidence, and show the job."""
    threshold = form_float("threshold") if request.form.get("threshold") else None
    method = request.form.get("propagation")
    job = spreading.request_spread(workspace(), run_id, threshold, method)
    if job is None:
        return redirect(url_for(f"{_screen_after()}.show", run_id=run_id), 303)
    return redirect(_spread_url(job, _screen_after()), 303)


def spread_first(
    run: Run, screen: str, threshold: float | None = None, method: str | None = None
) -> Any:
    """What is shown instead of ``screen`` while there are no spread labels; None if there are.

    The job that makes them; or, where nobody asked for it, a form that does, which the page's
    script sends at once.
    """
    wanted = spreading.look_for_spread(run, threshold, method)
    if wanted is None:
        return None
    if wanted.job is not None:
        return redirect(_spread_url(wanted.job, screen), 303)
    return render_template(
        "spread.html",
        takes=PROPAGATIONS[str(wanted.inputs["method"])].takes,
        view=runs.view_of(run),
        run=run.row,
        screen=screen,
        threshold=threshold,
        method=method,
    )


def _spread_url(job: Job, screen: str) -> str:
    return url_for("jobs.show", run_id=job.run_id, job_id=job.id, then=screen)


def _screen_after() -> str:
    then = request.values.get("then", "")
    return then if then in AFTER_SPREADING else AFTER_SPREADING[0]


def _page(view: RunView | None, job: Job) -> str:
    return render_template(
        "job.html",
        view=view,
        job=job,
        title=title(job),
        about=about(job),
        can_retry=use_cases.can_retry(job),
        waiting=use_cases.waiting_for(workspace(), job),
    )


def job_url(job: Job) -> str:
    """The page of a job."""
    if job.run_id is None:
        return url_for("jobs.show_import", job_id=job.id)
    return url_for("jobs.show", run_id=job.run_id, job_id=job.id)


def title(job: Job) -> str:
    """What the job does, in plain words."""
    return kind_named(job.kind).title


def about(job: Job) -> str:
    """What somebody else calls the images that it reads, without the folders of this machine."""
    source = job.inputs.get("filename") or job.inputs.get("source") or ""
    return PurePath(str(source)).name if job.kind in (IMPORT, LOOK) else ""


def _after_runless(job: Job, result: Mapping[str, Any]) -> str:
    """To what was seen, the run that was made, the clusters that were explored; else the start."""
    if job.kind == LOOK:
        return url_for("new_run.show", look=job.id)
    if result.get("run_id") is not None:
        return url_for("runs.show", run_id=result["run_id"])
    if result.get("dataset_id") is not None:
        values = {"dataset_id": result["dataset_id"], "features": result.get("features")}
        return url_for("datasets.clusters", **values)
    return url_for("runs.index")


def _after(view: RunView, job: Job) -> str:
    kind = kind_named(job.kind)
    screen = _screen_after() if job.kind == SPREAD else kind.leads_to
    if screen is None:
        return next_screen(view)
    return url_for(f"{screen}.show", run_id=view.run.id, _anchor=kind.anchor)
