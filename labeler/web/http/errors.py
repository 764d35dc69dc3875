"""Every error as a drawn page, or as ``{"error": {"code", "message"}}`` for programs."""

import logging
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from msgspec import UNSET, UnsetType
from werkzeug.exceptions import HTTPException

from labeler.exceptions import InputError, LabelerError, NoRoomError, TooBusyError
from labeler.files import is_full
from labeler.storage import errors as storage_errors
from labeler.storage.rows import Verdict
from labeler.typed_json import Shape, json_text
from labeler.web.http.security import own_path

_log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[LabelerError], int, str], ...] = (
    (storage_errors.NotFoundError, 404, "not_found"),
    (storage_errors.InvalidError, 400, "invalid"),
    (storage_errors.OpIdReusedError, 422, "op_id_reused"),
    (storage_errors.AnswerConflictError, 409, "answer_conflict"),
    (storage_errors.NothingToUndoError, 409, "nothing_to_undo"),
    (storage_errors.ClassInUseError, 409, "class_in_use"),
    (storage_errors.ClustersChangedError, 409, "clusters_changed"),
    (storage_errors.OrderChangedError, 409, "order_changed"),
    (storage_errors.BudgetError, 409, "budget"),
    (storage_errors.QueueFullError, 429, "queue_full"),
    (storage_errors.BusyError, 503, "busy"),
    (storage_errors.UnreachableError, 503, "unreachable"),
    (storage_errors.StorageError, 500, "storage"),
    (TooBusyError, 503, "busy"),
    (NoRoomError, 507, "no_room"),
    (LabelerError, 400, "invalid"),
)
_TITLES = {
    400: "That cannot be done as asked",
    401: "Log in first",
    403: "Refused",
    404: "Not here",
    405: "Not here",
    409: "Something changed meanwhile",
    413: "Too large",
    415: "Not a kind of request Labeler reads",
    422: "Already sent, with other contents",
    429: "Too much at once",
    500: "A defect of Labeler",
    503: "Busy for a moment",
    507: "The disk is full",
}
_MESSAGES = {
    404: "There is no such page. The run may have been deleted, or the address mistyped.",
    405: "This page does not take that kind of request.",
    413: "This is larger than Labeler takes. Split it, or shrink the images.",
}
_DEFECT = (
    "Something went wrong inside Labeler. Your recorded answers are safe. Try once more; if it "
    "comes again, the terminal where Labeler runs says why."
)


class StandingAnswer(Shape):
    """What stands in the place of an answer that came too late."""

    question_id: int
    op_id: str
    annotator: str
    verdict: Verdict
    class_id: int | None


class Problem(Shape):
    """Why something was refused.

    Attributes
    ----------
    answers : list of StandingAnswer
        What stands, where answers were refused because others came before them.
    revision : int
        The run's, as these were read.
    """

    code: str
    message: str
    answers: list[StandingAnswer] | UnsetType = UNSET
    revision: int | UnsetType = UNSET


class Error(Shape):
    """Refused; the message says why."""

    error: Problem


def handle_errors(app: Flask) -> None:
    """Answer every error of ``app`` in the way its caller reads."""
    app.register_error_handler(LabelerError, on_labeler_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(OSError, on_system_error)
    app.register_error_handler(Exception, on_defect)


def json_response(shape: Shape, status: int) -> Response:
    """What is sent to a program."""
    text = json_text(shape, separators=(",", ":"))
    return Response(text, status, mimetype="application/json")


def status_of(error: LabelerError) -> tuple[int, str]:
    """The HTTP status and the code that an error of ours is answered with."""
    for kind, status, code in _STATUS:
        if isinstance(error, kind):
            return status, error.code if isinstance(error, InputError) else code
    raise AssertionError("LabelerError is the last row of the table")


def on_labeler_error(error: LabelerError) -> ResponseReturnValue:
    """What the user can act on, in the words of the error."""
    status, code = status_of(error)
    if status >= 500:
        _log.error("%s %s: %s", request.method, request.path, error)
    return _answer(status, code, str(error), **_standing_answers(error))


def on_http_error(error: HTTPException) -> ResponseReturnValue:
    """Errors of routing and parsing, and those that a view raised by status."""
    status = error.code or 500
    if status < 400:
        return error.get_response()
    code = error.name.lower().replace(" ", "_")
    is_own = error.description != type(error).description
    message = error.description if is_own else _MESSAGES.get(status, error.description)
    return _answer(status, code, message or error.name)


def on_system_error(error: OSError) -> ResponseReturnValue:
    """A full disk, which the user can act on; else a defect."""
    return on_labeler_error(NoRoomError()) if is_full(error) else on_defect(error)


def on_defect(error: Exception) -> ResponseReturnValue:
    """A page without the particulars, which go to the log."""
    _log.exception("%s %s", request.method, request.path, exc_info=error)
    return _answer(500, "defect", _DEFECT)


def _answer(status: int, code: str, message: str, **more: Any) -> ResponseReturnValue:
    if request.path.startswith("/api/"):
        error = Error(error=Problem(code=code, message=message, **more))
        return json_response(error, status)
    title = _TITLES.get(status, "That did not work")
    page = render_template(
        "error.html", title=title, status=status, message=message, before=_page_before()
    )
    return page, status


def _page_before() -> str | None:
    """The page of ours that led here, its form included, unless it is this one."""
    try:
        before = urlsplit(request.referrer or "")
    except ValueError:
        return None
    path = f"{before.path}?{before.query}" if before.query else before.path
    is_ours = before.netloc == request.host and own_path(path) == path
    is_this = before.path == f"{request.script_root}{request.path}" and request.method == "GET"
    return path if is_ours and not is_this else None


def _standing_answers(error: LabelerError) -> dict[str, Any]:
    """For a conflict: what stands now, so that the page can show it."""
    if not isinstance(error, storage_errors.AnswerConflictError):
        return {}
    standing = [StandingAnswer.of(answer) for answer in error.answers]
    return {"answers": standing, "revision": error.revision}
