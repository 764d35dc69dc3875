"""The classes of a run: added, renamed, merged and given keys midway, no answer lost."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from labeler.storage.errors import ClassInUseError, InvalidError
from labeler.web.http.context import workspace
from labeler.web.http.fields import form_int
from labeler.web.http.security import own_path
from labeler.web.screens.keys import free_key
from labeler.workflow import labeling

blueprint = Blueprint("classes", __name__)


@blueprint.post("/runs/<run_id>/classes")
def change(run_id: str) -> ResponseReturnValue:
    """Add, rename, merge or separate classes, and go back to where the form was."""
    try:
        flash(_change(run_id), "done")
    except (ClassInUseError, InvalidError) as error:
        flash(str(error), "error")
    back = request.form.get("back") or url_for("label.show", run_id=run_id)
    # Who names one class mostly has another in mind.
    more = "?adding=1" if request.form.get("action") == "add" else ""
    return redirect(own_path(back) + more, 303)


def _change(run_id: str) -> str:
    action = request.form.get("action", "")
    if action == "add":
        return _add(run_id)
    if action == "merge":
        labeling.merge_class(workspace(), run_id, form_int("class_id"), form_int("into"))
        return "Merged. The answers of both now count for one class."
    if action == "unmerge":
        labeling.unmerge_class(workspace(), run_id, form_int("class_id"))
        return "The merge is taken back."
    if action == "rename":
        return _rename(run_id)
    raise InvalidError("A class can be added, renamed, merged, or a merge be taken back.")


def _add(run_id: str) -> str:
    key = free_key(request.form.get("key", ""))
    added = labeling.add_class(workspace(), run_id, request.form.get("name", ""), key)
    return f"“{added.name}” is a class now."


def _rename(run_id: str) -> str:
    class_id = form_int("class_id")
    labeling.set_key(workspace(), run_id, class_id, free_key(request.form.get("key", "")))
    named = labeling.rename_class(workspace(), run_id, class_id, request.form.get("name", ""))
    return f"“{named.name}” is changed."
