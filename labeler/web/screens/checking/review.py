"""Review: spread labels looked at page by page, the most doubtful first."""

from secrets import token_urlsafe
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from labeler.web.http.context import annotator, workspace
from labeler.web.http.fields import form_int, form_ints
from labeler.web.screens.jobs import job_url
from labeler.web.screens.keys import keyed_classes
from labeler.words import whole_number
from labeler.workflow import runs
from labeler.workflow.pictures.images import has_renditions
from labeler.workflow.reviewing.pages import open_review
from labeler.workflow.reviewing.queue import request_order
from labeler.workflow.reviewing.record import confirm_page, undo_page

blueprint = Blueprint("review", __name__)


@blueprint.get("/runs/<run_id>/review")
def show(run_id: str) -> ResponseReturnValue:
    """One page of labels; the page's script takes over from there, and loads the next ahead."""
    review = open_review(workspace(), run_id)
    if not review.run.is_prepared:
        return redirect(url_for("runs.show", run_id=run_id), 303)
    view, of_class = runs.view_of(review.run), _number("class")
    left = review.left if of_class is None else review.left_of(of_class)
    wanted = _number("page")
    number = next(iter(left), None) if wanted is None else wanted
    return render_template(
        "review.html",
        view=view,
        run=view.run,
        review=review,
        page=None if number is None else review.page(number),
        following=None if number is None else next((n for n in left if n > number), None),
        is_recorded=number in {page.page for page in review.done},
        of_class=of_class,
        keyed=keyed_classes(view.classes),
        last=review.last_of(annotator()),
        op_id=token_urlsafe(16),
        is_photographs=has_renditions(view.dataset),
    )


@blueprint.post("/runs/<run_id>/review")
def confirm(run_id: str) -> ResponseReturnValue:
    """Record a page: what is marked does not belong there, the rest is let stand."""
    marks: dict[int, int | None] = dict.fromkeys(form_ints("mark"))
    op_id = request.form.get("op_id", "")
    queue, page = form_int("queue"), form_int("page")
    seen = form_ints("seen") or None
    confirm_page(workspace(), run_id, op_id, annotator(), queue, page, marks, seen=seen)
    return redirect(_there(run_id), 303)


@blueprint.post("/runs/<run_id>/review/undo")
def undo(run_id: str) -> ResponseReturnValue:
    """Take the last page back and show it again: the way without script."""
    op_id, target = request.form.get("op_id", ""), request.form.get("target", "")
    undo_page(workspace(), run_id, op_id, annotator(), target)
    flash("Taken back.", "done")
    return redirect(_there(run_id, page=form_int("page")), 303)


@blueprint.post("/runs/<run_id>/review/order")
def order(run_id: str) -> ResponseReturnValue:
    """Put the labels in order, as they are spread now, and show the job."""
    return redirect(job_url(request_order(workspace(), run_id)), 303)


def _there(run_id: str, **query: Any) -> str:
    """The pages again, of one class only where the form was of these."""
    query["class"] = whole_number(request.form.get("class", ""), 15)
    return url_for("review.show", run_id=run_id, **query)


def _number(name: str) -> int | None:
    return whole_number(request.args.get(name, ""), 15)
