"""Import: labels from a file, looked over before anything is written, and taken back again."""

import re
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from labeler.exceptions import LabelerError
from labeler.records import Source
from labeler.web.http.body_limit import largest_upload
from labeler.web.http.context import annotator, web, workspace
from labeler.web.http.errors import status_of
from labeler.web.http.uploads import chosen_file, shown_name, stage_labels
from labeler.words import counted, joined
from labeler.workflow import runs
from labeler.workflow.exchange import importing, suggestions
from labeler.workflow.exchange.choices import READ
from labeler.workflow.exchange.import_history import past_imports, undo_import
from labeler.workflow.exchange.importing import Imported, ImportOptions, ImportPlan
from labeler.workflow.run import Run, open_run

blueprint = Blueprint("import_labels", __name__)

SHOWN = 200
"""Conflicts, and rows that are left out, that the page lists; the others are counted."""

_TOKEN = re.compile(r"labels-[0-9a-f]{24}\.[a-z-]{3,12}", re.ASCII)


@blueprint.get("/runs/<run_id>/import")
def show(run_id: str) -> ResponseReturnValue:
    """The form, and what was imported before."""
    run = open_run(workspace(), run_id)
    if not run.is_prepared:
        return redirect(url_for("runs.show", run_id=run_id), 303)
    return _page(run)


@blueprint.post("/runs/<run_id>/import")
def upload(run_id: str) -> ResponseReturnValue:
    """Keep the file until it was looked over; a file that cannot be read is refused at once."""
    request.max_content_length = largest_upload(web())
    run = open_run(workspace(), run_id)
    staged = None
    try:
        file = chosen_file(f"a file of labels: {joined(list(READ))}")
        name = shown_name(file)
        format = importing.format_of(name, request.form.get("format") or None)
        staged = stage_labels(workspace().uploads, file, format)
        importing.plan_import(run, importing.read_labels(staged, format, name))
    except LabelerError as error:
        _remove(staged)
        flash(str(error), "error")
        return _page(run), status_of(error)[0]
    return redirect(url_for(".review", run_id=run_id, token=staged.name, name=name), 303)


@blueprint.get("/runs/<run_id>/import/<token>")
def review(run_id: str, token: str) -> ResponseReturnValue:
    """What the file would do: nothing is written yet."""
    return _review(run_id, token, _options(request.args))


@blueprint.post("/runs/<run_id>/import/<token>")
def confirm(run_id: str, token: str) -> ResponseReturnValue:
    """Write what was looked over; the file is let go."""
    staged, options = _staged(token), _options(request.form)
    if request.form.get("do") == "discard":
        _remove(staged)
        flash("The file is gone; nothing was imported.", "done")
        return redirect(url_for(".show", run_id=run_id), 303)
    labels = importing.read_labels(staged, _format(token), _name(token))
    seen = request.form.get("seen", "")
    try:
        done = importing.import_labels(
            workspace(), run_id, labels, options, annotator=annotator(), confirmed=seen
        )
    except LabelerError as error:
        flash(str(error), "error")
        return _review(run_id, token, options), status_of(error)[0]
    _remove(staged)
    flash(_told(done), "done")
    return redirect(url_for(".show", run_id=run_id), 303)


@blueprint.post("/runs/<run_id>/imports/<int:import_id>/undo")
def undo(run_id: str, import_id: int) -> ResponseReturnValue:
    """Take an import back."""
    undone = undo_import(workspace(), run_id, import_id)
    flash(f"{undone.file} is taken back: {counted(undone.n_answers, 'answer')}.", "done")
    return redirect(url_for(".show", run_id=run_id), 303)


@blueprint.post("/runs/<run_id>/suggestions/remove")
def remove_suggestions(run_id: str) -> ResponseReturnValue:
    """Suggest nothing any more."""
    n_gone = suggestions.remove_suggestions(workspace(), run_id)
    flash(f"{counted(n_gone, 'suggestion')} removed; answers stay.", "done")
    return redirect(url_for(".show", run_id=run_id), 303)


def _page(run: Run) -> str:
    return render_template(
        "import_labels.html",
        view=runs.view_of(run),
        run=run.row,
        formats=READ,
        endings=",".join(importing.SUFFIXES),
        past=past_imports(run),
        n_suggestions=suggestions.count_suggestions(run),
        most_bytes=web().settings.max_upload_bytes,
    )


def _review(run_id: str, token: str, options: ImportOptions) -> str:
    run = open_run(workspace(), run_id)
    labels = importing.read_labels(_staged(token), _format(token), _name(token))
    plan = importing.plan_import(run, labels, options)
    return render_template(
        "import_review.html",
        view=runs.view_of(run),
        run=run.row,
        plan=plan,
        options=options,
        token=token,
        name=_name(token),
        shown=SHOWN,
        n_oracle=sum(answer.source is Source.ORACLE for answer in plan.answers),
        by_reason=Counter(misfit.why for misfit in plan.misfits),
        n_written=_n_written(plan, options),
        most_questions=importing.MAX_NEW_QUESTIONS,
    )


def _n_written(plan: ImportPlan, options: ImportOptions) -> int:
    taken = len(plan.conflicts) if options.on_conflict == importing.TAKE else 0
    return len(plan.answers) + taken


def _options(fields: Any) -> ImportOptions:
    """From the review's form, or from its address."""
    return ImportOptions(
        on_conflict=fields.get("on_conflict") or importing.KEEP,
        unmarked=fields.get("unmarked") or importing.UNMARKED[0],
        add_classes=fields.get("add_classes") == "yes",
        add_questions=fields.get("leave_unasked") != "yes",
        other_dataset=fields.get("other_dataset") == "yes",
    )


def _staged(token: str) -> Path:
    """The waiting file; a name that is not one of ours names no file at all."""
    path = workspace().uploads / token
    if _TOKEN.fullmatch(token) is None or not path.is_file():
        abort(404, "This file is not waiting any more; upload it again.")
    return path


def _format(token: str) -> str:
    format = token.partition(".")[2]
    if format not in (*READ, "zip"):
        abort(404, "This file is not waiting any more; upload it again.")
    return format


def _name(token: str) -> str:
    """What the user called the file: one line, shown as text."""
    return shown_name(FileStorage(filename=request.values.get("name") or token))


def _remove(staged: Path | None) -> None:
    if staged is not None:
        with suppress(FileNotFoundError):
            staged.unlink()


def _told(done: Imported) -> str:
    if done.import_id is None:
        return done.why_nothing
    parts = [
        f"{counted(done.n_answers, 'answer')} recorded",
        f"{counted(done.n_replaced, 'answer')} of yours replaced" if done.n_replaced else "",
        f"{counted(done.n_kept, 'answer')} of yours kept" if done.n_kept else "",
        f"{counted(done.n_suggestions, 'suggestion')} to look at" if done.n_suggestions else "",
        f"{counted(done.n_left_out, 'row')} left out" if done.n_left_out else "",
    ]
    return f"Imported: {joined([part for part in parts if part])}."
