"""Browse: the folders of this machine that may be read, with the pictures in each counted."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from labeler.exceptions import InputError
from labeler.web.http.data_roots import allowed_path, entries_of, folders_above, pictures_in, roots

blueprint = Blueprint("browse", __name__)


@blueprint.get("/browse")
def show() -> ResponseReturnValue:
    """The allowed folders, and what lies in one of them, for a new run or to be added to one."""
    run_id = request.args.get("run") or None
    allowed = roots()
    text = request.args.get("at", "") or (str(allowed[0]) if len(allowed) == 1 else "")
    if not text:
        return render_template(
            "browse.html", run_id=run_id, roots=[pictures_in(root) for root in allowed]
        )
    folder = allowed_path(text)
    try:
        entries, n_more = entries_of(folder)
    except OSError as error:
        raise InputError(
            "DIR-1",
            text[:200],
            found=f"the folder cannot be read ({error.strerror or error})",
            expected="a readable folder",
            remedy="Check its permissions.",
        ) from error
    return render_template(
        "browse.html",
        run_id=run_id,
        here=pictures_in(folder),
        above=list(folders_above(folder)),
        entries=entries,
        n_more=n_more,
        has_others=len(allowed) > 1,
    )
