"""One image, large, opened from any list: what is known of it, and a key for what it is."""

from secrets import token_urlsafe
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from labeler.web.http.context import annotator, workspace
from labeler.web.http.fields import whole
from labeler.web.http.security import own_path
from labeler.web.http.sprites import MOST_IN_LIST
from labeler.web.screens.keys import keyed_classes
from labeler.words import whole_number
from labeler.workflow import runs
from labeler.workflow.reviewing.one_image import answer_image, image_of, take_back
from labeler.workflow.run import open_run

blueprint = Blueprint("one_image", __name__)

CONFIRM, NOT_THIS = "confirm", "not"


@blueprint.get("/runs/<run_id>/images/<int:image>")
def show(run_id: str, image: int) -> ResponseReturnValue:
    """One image, large, with what is known of it, among the list that it was opened from."""
    run = open_run(workspace(), run_id)
    if not run.is_prepared:
        return redirect(url_for("runs.show", run_id=run_id), 303)
    view, seen, images = runs.view_of(run), image_of(run, image), _listed(image)
    place = images.index(image)
    keyed = keyed_classes(view.classes)
    return render_template(
        "one_image.html",
        view=view,
        run=view.run,
        seen=seen,
        revision=run.revision,
        keyed=keyed,
        names={class_.id: class_.name for class_ in keyed},
        place=place,
        n_listed=len(images),
        before=_address(run_id, images[place - 1]) if place else None,
        after=_address(run_id, images[place + 1]) if place + 1 < len(images) else None,
        of=request.args.get("of"),
        back=back_of(run_id),
        said=_said(),
        op_id=token_urlsafe(16),
    )


@blueprint.post("/runs/<run_id>/images/<int:image>")
def answer(run_id: str, image: int) -> ResponseReturnValue:
    """Record one answer of the form, and show the next image: the way without script."""
    shown = whole_number(request.form.get("shown", ""), 15)
    revision = whole_number(request.form.get("revision", ""), 15)
    op_id = request.form.get("op_id", "")
    class_id = _class_of(request.form.get("answer", ""), shown)
    answer_image(
        workspace(), run_id, op_id, annotator(), image, shown, class_id, base_revision=revision
    )
    flash("Recorded.", "done")
    images = _listed(image)
    following = images[min(images.index(image) + 1, len(images) - 1)]
    return redirect(_address(run_id, following, said=f"{op_id}:{image}"), 303)


@blueprint.post("/runs/<run_id>/images/<int:image>/undo")
def undo(run_id: str, image: int) -> ResponseReturnValue:
    """Take back what was said of an image, and show it again: the way without script."""
    op_id, target = request.form.get("op_id", ""), request.form.get("target", "")
    take_back(workspace(), run_id, op_id, annotator(), target)
    flash("Taken back.", "done")
    return redirect(_address(run_id, image), 303)


def back_of(run_id: str) -> str:
    """Where Esc leads."""
    given = request.args.get("back")
    return own_path(given) if given else url_for("review.show", run_id=run_id)


def _address(run_id: str, image: int, **more: Any) -> str:
    kept: dict[str, Any] = {name: request.args.get(name) for name in ("of", "back")}
    return url_for("one_image.show", run_id=run_id, image=image, **kept, **more)


def _listed(image: int) -> list[int]:
    """The list that it was opened from, by the address; itself, where that names none."""
    texts = [text for text in request.args.get("of", "").split(",") if text]
    if len(texts) > MOST_IN_LIST:
        abort(400, f"{len(texts)} images are listed; at most {MOST_IN_LIST} can be.")
    images = list(dict.fromkeys(whole(text, "of", 9) for text in texts))
    return images if image in images else [image]


def _said() -> tuple[str, int] | None:
    """What was recorded before this page came, to be taken back: operation and image."""
    op_id, _, image = request.args.get("said", "").rpartition(":")
    number = whole_number(image, 9)
    return (op_id, number) if op_id and number is not None else None


def _class_of(answer: str, shown: int | None) -> int | None:
    """``class:7``, ``confirm`` or ``not``, as the buttons of the form send it."""
    kind, _, class_id = answer.partition(":")
    if kind not in ("class", CONFIRM, NOT_THIS) or (kind == CONFIRM and shown is None):
        abort(400, "An answer is a class, that the label is right, or that it is not.")
    if kind == "class":
        return whole(class_id, "answer")
    return shown if kind == CONFIRM else None
