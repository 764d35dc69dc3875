"""Login: the one-use address printed at start, or the password."""

import logging
import unicodedata

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from labeler.files import is_full
from labeler.web.http.context import DEFAULT_ANNOTATOR, web
from labeler.web.http.security import is_logged_in, log_in, own_path
from labeler.words import counted, printable
from labeler.workflow.exchange.imported_names import own_name
from labeler.workflow.exchange.taken_labels import ANNOTATOR as DATA_SET
from labeler.workflow.runs.oracle import ANNOTATOR as ORACLE

blueprint = Blueprint("login", __name__)
_log = logging.getLogger(__name__)

LONGEST_NAME = 80
_UNWRITABLE = ("Cc", "Cs", "Zl", "Zp")
"""Kinds of characters that no name has: controls, halves of a pair, ends of lines."""
_RESERVED = (DATA_SET, ORACLE)
"""Who Labeler's own answers are of."""


@blueprint.get("/login")
def show() -> ResponseReturnValue:
    """The way in: a one-use address goes straight on, everybody else sees how to get in."""
    target = own_path(request.args.get("next"))
    if not _is_a_visit():
        return _page(target, was_used=False)
    if web().access.redeem(request.args.get("token", "")):
        log_in(DEFAULT_ANNOTATOR)
        return redirect(target, 303)
    if is_logged_in():
        return redirect(target, 303)
    return _page(target, was_used="token" in request.args)


@blueprint.post("/login")
def enter() -> ResponseReturnValue:
    """Check the password; the annotator's name is free to choose."""
    access, sender = web().access, request.remote_addr or ""
    if web().settings.password is None:
        abort(404)
    name = _name()
    seconds = access.passwords.seconds_to_wait(sender)
    if seconds:
        return _wait("Too many wrong passwords came from your address", seconds)
    if not access.is_password(request.form.get("password", "")):
        _log.warning("a wrong password from %s", sender)
        flash("That is not the password.", "error")
        return _page(own_path(request.form.get("next"))), 403
    access.passwords.was_right(sender)
    log_in(name)
    return redirect(own_path(request.form.get("next")), 303)


@blueprint.post("/login/address")
def ask_for_address() -> ResponseReturnValue:
    """Print a new login address where Labeler was started; never here."""
    if web().settings.password is not None:
        abort(404)
    seconds = web().access.asked_addresses.seconds_to_wait(request.remote_addr or "")
    if seconds:
        return _wait("Too many addresses were asked for", seconds)
    web().settings.announce(web().access.new_address())
    flash("A new address stands in the terminal where Labeler runs.", "done")
    return redirect(url_for("login.show"), 303)


@blueprint.post("/logout")
def leave() -> ResponseReturnValue:
    """End this login for good, even for a copy of its cookie."""
    login_id = session["id"]
    session.clear()
    try:
        web().access.log_out(login_id)
    except OSError as error:
        if not is_full(error):
            raise
        flash("You are logged out until Labeler is started again: the disk is full.", "error")
    return redirect(url_for("login.show"), 303)


def _is_a_visit() -> bool:
    """Whether somebody opens the page; who only looks ahead does not use the address up."""
    ahead = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
    asked = " ".join(request.headers.get(name, "").lower() for name in ahead)
    return request.method == "GET" and not ("prefetch" in asked or "preview" in asked)


def _name() -> str:
    """The name of the form; the default where there is none."""
    name = request.form.get("name", "").strip()
    if len(name) > LONGEST_NAME:
        abort(400, f"Your name has {len(name):,} characters; it may have {LONGEST_NAME}.")
    if any(map(_is_unwritable, name)):
        abort(400, "Your name has characters that cannot be written, such as a line break.")
    if name and (own_name(name) != name or name.casefold() in _RESERVED):
        abort(400, f"Labeler itself writes “{name}” beside answers; choose another name.")
    return name or DEFAULT_ANNOTATOR


def _is_unwritable(letter: str) -> bool:
    return unicodedata.category(letter) in _UNWRITABLE or printable(letter) == "\ufffd"


def _wait(why: str, seconds: int) -> ResponseReturnValue:
    flash(f"{why}. Try again in {counted(seconds, 'second')}.", "error")
    return _page(own_path(request.form.get("next"))), 429, {"Retry-After": str(seconds)}


def _page(target: str, was_used: bool = False) -> str:
    has_password = web().settings.password is not None
    return render_template(
        "login.html", target=target, was_used=was_used, has_password=has_password
    )
