"""Login: the one-use address printed at start, or the password."""

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from labeler.web.context import DEFAULT_ANNOTATOR, web
from labeler.web.security import is_logged_in, log_in, own_path

blueprint = Blueprint("login", __name__)

LONGEST_NAME = 80


@blueprint.get("/login")
def show() -> ResponseReturnValue:
    """The way in: a one-use address goes straight on, everybody else sees how to get in."""
    target = own_path(request.args.get("next"))
    if web().access.redeem(request.args.get("token", "")):
        log_in(DEFAULT_ANNOTATOR)
        return redirect(target, 303)
    if is_logged_in():
        return redirect(target, 303)
    return _page(target, "token" in request.args)


@blueprint.post("/login")
def enter() -> ResponseReturnValue:
    """Check the password; the annotator's name is free to choose."""
    access = web().access
    if web().settings.password is None:
        abort(404)
    if not access.may_try():
        abort(429, "Too many attempts. Wait a minute and try again.")
    if not access.is_password(request.form.get("password", "")):
        flash("That is not the password.", "error")
        return _page(own_path(request.form.get("next")), False), 403
    log_in(request.form.get("name", "").strip()[:LONGEST_NAME] or DEFAULT_ANNOTATOR)
    return redirect(own_path(request.form.get("next")), 303)


@blueprint.post("/login/address")
def ask_for_address() -> ResponseReturnValue:
    """Print a new login address where Labeler was started; never here."""
    if web().settings.password is not None:
        abort(404)
    if not web().access.may_try():
        abort(429, "Too many addresses asked for. Wait a minute and try again.")
    web().settings.announce(web().access.new_address())
    flash("A new address stands in the terminal where Labeler runs.", "done")
    return redirect(url_for("login.show"), 303)


@blueprint.post("/logout")
def leave() -> ResponseReturnValue:
    """End this login for good, even for a copy of its cookie."""
    web().access.log_out(session["id"])
    session.clear()
    return redirect(url_for("login.show"), 303)


def _page(target: str, was_used: bool) -> str:
    has_password = web().settings.password is not None
    return render_template(
        "login.html", target=target, was_used=was_used, has_password=has_password
    )
