"""Contact sheet: all questions at once, look-alikes side by side, one key for a selection."""

from collections import Counter
from secrets import token_urlsafe

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from labeler.storage.rows import Verdict
from labeler.web.http.context import annotator, workspace
from labeler.web.http.fields import form_ints
from labeler.web.screens.keys import keyed_classes
from labeler.web.screens.label import parse_verdict
from labeler.words import counted
from labeler.workflow import labeling, runs
from labeler.workflow.run import open_run
from labeler.workflow.views import QuestionView

blueprint = Blueprint("sheet", __name__)

_STATES = {None: "unanswered", Verdict.SKIP: "skipped", Verdict.MIXED: "mixed"}


@blueprint.get("/runs/<run_id>/sheet")
def show(run_id: str) -> ResponseReturnValue:
    """Every question as a tile; the filter in the address narrows them without script."""
    run = open_run(workspace(), run_id)
    if not run.is_prepared:
        return redirect(url_for("runs.show", run_id=run_id), 303)
    view, questions = runs.view_of(run), labeling.questions(run)
    states = {question.id: state_of(question) for question in questions}
    keyed = keyed_classes(view.classes)
    return render_template(
        "sheet.html",
        view=view,
        run=run.row,
        keyed=keyed,
        names={str(class_.id): class_.name for class_ in keyed},
        questions=sorted(questions, key=lambda question: question.order),
        states=states,
        counts=Counter(states.values()),
        chosen=request.args.get("show", "all"),
        op_id=token_urlsafe(16),
    )


@blueprint.post("/runs/<run_id>/sheet")
def answer(run_id: str) -> ResponseReturnValue:
    """Give all selected questions one answer: the way without script."""
    selected = form_ints("question")
    if not selected:
        abort(400, "Select at least one image first.")
    verdicts = [
        parse_verdict(question_id, request.form.get("answer", "")) for question_id in selected
    ]
    op_id = request.form.get("op_id", "")
    labeling.record_answers(workspace(), run_id, op_id, annotator(), verdicts)
    flash(f"{counted(len(verdicts), 'answer')} recorded.", "done")
    return redirect(url_for("sheet.show", run_id=run_id), 303)


def state_of(question: QuestionView) -> str:
    """What the filter knows a question by: its class's id, or a word."""
    if question.class_id is not None:
        return str(question.class_id)
    if question.verdict is Verdict.MIXED and question.was_regrouped:
        return "split"
    return _STATES[question.verdict]
