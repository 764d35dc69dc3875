"""Label, one at a time: a question, its evidence, one key for the answer."""

from secrets import token_urlsafe

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from labeler.plugins import QUERIES
from labeler.storage.rows import GivenAnswer, Verdict
from labeler.web.http.context import annotator, workspace
from labeler.web.http.fields import form_int
from labeler.web.screens.keys import keyed_classes
from labeler.words import whole_number
from labeler.workflow import labeling, runs
from labeler.workflow.pictures.originals import original_of
from labeler.workflow.run import open_run
from labeler.workflow.views import QuestionView

blueprint = Blueprint("label", __name__)


@blueprint.get("/runs/<run_id>/label")
def show(run_id: str) -> ResponseReturnValue:
    """One question, large; the page's script takes over from there."""
    run = open_run(workspace(), run_id)
    if not run.is_prepared:
        return redirect(url_for("runs.show", run_id=run_id), 303)
    view, asking = runs.view_of(run), labeling.asking(run)
    questions, choosing = asking.questions, asking.choosing
    question = current_question(questions)
    return render_template(
        "label.html",
        view=view,
        run=run.row,
        keyed=keyed_classes(view.classes),
        began_without_classes=run.row.settings.truth == (),
        question=question,
        position=question.position,
        before=questions[question.position - 1] if question.position else None,
        after=questions[question.position + 1] if question.position + 1 < len(questions) else None,
        has_suggestions=any(asked.suggestion for asked in questions),
        original=original_of(workspace(), run.dataset, question.image),
        evidence=labeling.evidence(run, question.id),
        progress=asking.progress,
        choosing=choosing,
        choosing_failed=choosing if choosing is not None and choosing.status.is_final else None,
        op_id=token_urlsafe(16),
        later=QUERIES.get(view.config.plan.later or ""),
    )


@blueprint.post("/runs/<run_id>/label")
def answer(run_id: str) -> ResponseReturnValue:
    """Record one answer of the form: the way without script."""
    verdict = parse_verdict(form_int("question_id"), request.form.get("answer", ""))
    labeling.record_answers(workspace(), run_id, _op_id(), annotator(), [verdict])
    return redirect(url_for("label.show", run_id=run_id), 303)


@blueprint.post("/runs/<run_id>/undo")
def undo(run_id: str) -> ResponseReturnValue:
    """Take back the newest answer of this annotator, and show its question."""
    recorded = labeling.undo(workspace(), run_id, _op_id(), annotator())
    flash("Taken back.", "done")
    return redirect(url_for("label.show", run_id=run_id, q=recorded.question_ids[0]), 303)


@blueprint.post("/runs/<run_id>/choose")
def choose(run_id: str) -> ResponseReturnValue:
    """Have the next questions chosen: the way without script."""
    labeling.ask_ahead(workspace(), run_id)
    return redirect(url_for("label.show", run_id=run_id), 303)


def parse_verdict(question_id: int, answer: str) -> GivenAnswer:
    """``class:7``, ``skip`` or ``mixed``, as the buttons of a form send it."""
    kind, _, class_id = answer.partition(":")
    if kind not in tuple(Verdict):
        abort(400, "An answer is a class, a skip or “mixed”.")
    return GivenAnswer(question_id, Verdict(kind), whole_number(class_id, 15))


def current_question(questions: tuple[QuestionView, ...]) -> QuestionView:
    """The one asked for; else the first that nobody answered; else the last."""
    asked = request.args.get("q", "")
    chosen = next((question for question in questions if str(question.id) == asked), None)
    first_open = next((question for question in questions if question.verdict is None), None)
    return chosen or first_open or questions[-1]


def _op_id() -> str:
    return request.form.get("op_id", "")
