"""Check: how right the labels are, by images named blind; the label page asks them."""

from secrets import token_urlsafe
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from labeler.learning.audit import FIRST_CHECKPOINTS, n_asked_twice
from labeler.storage.errors import NotFoundError
from labeler.typed_json import json_text
from labeler.web.http.context import annotator, workspace
from labeler.web.http.fields import form_int
from labeler.web.http.science import needs_science
from labeler.web.screens.jobs import spread_first
from labeler.web.screens.keys import keyed_classes
from labeler.web.screens.label import current_question, parse_verdict
from labeler.words import FEW, counted
from labeler.workflow import runs
from labeler.workflow.audit import answers as use_cases
from labeler.workflow.audit.begin import begin_audit, judged_labels, n_to_judge
from labeler.workflow.audit.certificate import certificate, images_csv
from labeler.workflow.audit.certificate_page import certificate_html
from labeler.workflow.audit.figures import (
    AuditFigures,
    OtherFigure,
    figure_of_labels,
    figures_of,
    newest_figures,
)
from labeler.workflow.audit.kept import (
    RunAudit,
    audit_among,
    audit_numbered,
    audit_of,
    audit_that_counts,
    audits_of,
)
from labeler.workflow.audit.listed import listed
from labeler.workflow.audit.release import release_answers
from labeler.workflow.audit.telling import interval
from labeler.workflow.exchange.export_jobs import set_name
from labeler.workflow.pictures.originals import original_of
from labeler.workflow.run import Run, open_run
from labeler.workflow.spread import spreading
from labeler.workflow.training.last_trained import choose_set

blueprint = Blueprint("check", __name__)

MIMETYPES = {"html": "text/html", "json": "application/json", "csv": "text/csv"}


@blueprint.get("/runs/<run_id>/check")
@needs_science
def show(run_id: str) -> ResponseReturnValue:
    """What is known of the labels, and what comes next."""
    run = open_run(workspace(), run_id)
    audits = audits_of(run)
    if not run.is_prepared:
        return redirect(url_for("runs.show", run_id=run_id), 303)
    audit = next(iter(audits), None)
    first: ResponseReturnValue | None = spread_now(run) if audit is None else None
    if first is not None:
        return first
    figures = () if audit is None else figures_of(audit)
    newest = figures[-1] if figures else None
    n_first = min(FIRST_CHECKPOINTS[0], n_to_judge(run)) if audit is None else 0
    return render_template(
        "check.html",
        view=runs.view_of(run),
        run=run.row,
        audit=audit,
        figures=figures,
        newest=newest,
        told=None if newest is None else certificate(newest),
        later=None if newest is None else _later(newest),
        interval=interval,
        counts=None if audit is None else audit_that_counts(run, audit.row.label_set),
        earlier=listed(audits[1:]),
        more=use_cases.MORE,
        few=FEW,
        first=n_first,
        first_twice=n_asked_twice(n_first),
        class_ids=dict(zip(run.labels.names, run.labels.class_ids, strict=True)),
    )


@blueprint.post("/runs/<run_id>/check")
@needs_science
def begin(run_id: str) -> ResponseReturnValue:
    """Begin an audit of the labels of now."""
    audit = begin_audit(workspace(), run_id)
    return redirect(url_for(".name", run_id=run_id, number=audit.number), 303)


@blueprint.get("/runs/<run_id>/check/<int:number>")
def name(run_id: str, number: int) -> ResponseReturnValue:
    """One image to name, large, with nothing that says how it is labeled."""
    run = open_run(workspace(), run_id)
    audit = audit_numbered(run, number)
    if audit.is_released or (not audit.n_open and "q" not in request.args):
        return redirect(url_for(".show", run_id=run_id), 303)
    return render_template("label.html", **_naming(run, audit))


@blueprint.post("/runs/<run_id>/check/<int:number>")
def answer(run_id: str, number: int) -> ResponseReturnValue:
    """Record one answer of the form: the way without script."""
    verdict = parse_verdict(form_int("question_id"), request.form.get("answer", ""))
    use_cases.answer(workspace(), run_id, number, _op_id(), annotator(), [verdict])
    return redirect(url_for(".name", run_id=run_id, number=number), 303)


@blueprint.post("/runs/<run_id>/check/<int:number>/undo")
def undo(run_id: str, number: int) -> ResponseReturnValue:
    """Take back the newest answer of this auditor, and show its question."""
    recorded = use_cases.undo(workspace(), run_id, number, _op_id(), annotator())
    flash("Taken back.", "done")
    question_id = recorded.question_ids[0]
    return redirect(url_for(".name", run_id=run_id, number=number, q=question_id), 303)


@blueprint.post("/runs/<run_id>/check/<int:number>/further")
def go_on(run_id: str, number: int) -> ResponseReturnValue:
    """Ask until the next checkpoint."""
    use_cases.go_on(workspace(), run_id, number)
    return redirect(url_for(".name", run_id=run_id, number=number), 303)


@blueprint.post("/runs/<run_id>/check/<int:number>/more")
@needs_science
def more(run_id: str, number: int) -> ResponseReturnValue:
    """Ask about further images of one class, which count for that class alone."""
    use_cases.ask_more(workspace(), run_id, number, form_int("class_id"))
    return redirect(url_for(".name", run_id=run_id, number=number), 303)


@blueprint.post("/runs/<run_id>/check/<int:number>/release")
def release(run_id: str, number: int) -> ResponseReturnValue:
    """Make answers of the run of those of the audit."""
    done = release_answers(workspace(), run_id, number)
    flash(
        f"{counted(done.n_answers, 'answer')} released: labels learn from them when they are "
        "spread next. They can be taken back under Export, Import instead.",
        "done",
    )
    return redirect(url_for(".show", run_id=run_id), 303)


@blueprint.get("/runs/<run_id>/check/certificate.<any(html, json, csv):form>")
@needs_science
def paper(run_id: str, form: str) -> ResponseReturnValue:
    """The certificate of the newest audit: a page, its figures or the audited images."""
    run = open_run(workspace(), run_id)
    return _download(newest_figures(audit_of(run)), form, f"{set_name(run.name)}-certificate")


@blueprint.get("/runs/<run_id>/check/<int:number>/certificate.<any(html, json, csv):form>")
@needs_science
def earlier_paper(run_id: str, number: int, form: str) -> ResponseReturnValue:
    """The certificate of any audit of the run."""
    run = open_run(workspace(), run_id)
    figures = newest_figures(audit_among(audits_of(run), number))
    return _download(figures, form, f"{set_name(run.name)}-certificate-{number}")


def spread_now(run: Run) -> Any:
    """What is shown while the labels that would be judged are not spread; None if they are."""
    settings = choose_set(run).settings
    if settings.plugin.takes_fraction:
        return None
    return spread_first(run, "check", settings.threshold, settings.method)


def _naming(run: Run, audit: RunAudit) -> dict[str, Any]:
    """What the label page is given to ask the questions of an audit."""
    view, asking = runs.view_of(run), use_cases.asking(audit)
    questions = asking.questions
    question = current_question(questions)
    following = questions[question.position + 1 : question.position + 2]
    return {
        "view": view,
        "run": run.row,
        "audit": audit,
        "keyed": keyed_classes(view.classes),
        "question": question,
        "position": question.position,
        "before": questions[question.position - 1] if question.position else None,
        "after": following[0] if following else None,
        "has_suggestions": False,
        "original": original_of(workspace(), run.dataset, question.image),
        "evidence": None,
        "progress": asking.progress,
        "choosing": None,
        "choosing_failed": None,
        "op_id": token_urlsafe(16),
        "later": None,
    }


def _later(figures: AuditFigures) -> OtherFigure | None:
    """The figure of the labels of now, where they are others and spread already."""
    run = figures.audit.run
    settings = choose_set(run).settings
    waits = None
    if not settings.plugin.takes_fraction:
        waits = spreading.look_for_spread(run, settings.threshold, settings.method)
    if waits is not None or figures.audit.is_released or not figures.audit.is_newest:
        return None
    other = figure_of_labels(run, figures, judged_labels(run))
    is_other = other is not None and other.label_set != figures.audit.row.label_set
    return other if is_other else None


def _download(figures: AuditFigures | None, form: str, name: str) -> Response:
    if figures is None:
        raise NotFoundError("There is no certificate before 50 images are named.")
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(_written(figures, form), mimetype=MIMETYPES[form], headers=headers)


def _written(figures: AuditFigures, form: str) -> bytes:
    if form == "csv":
        return images_csv(figures)
    told = certificate(figures, _later(figures))
    if form == "html":
        return certificate_html(told).encode("utf-8", "replace")
    return json_text(told, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _op_id() -> str:
    return request.form.get("op_id", "")
