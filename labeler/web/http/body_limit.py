"""How large a body may be: hardly anything from strangers, never more than there is room for."""

import shutil
import tempfile
from collections.abc import Mapping

from flask import Flask, request
from werkzeug.exceptions import HTTPException

from labeler.web.http.context import Web, web
from labeler.web.http.listening import STRANGER_BYTES, BodyLimit
from labeler.web.http.sessions import Sessions

SLACK_BYTES = 1_000_000
"""What a form may have beside its file."""

_FREE_BYTES = 50_000_000
"""What an upload leaves for others on the disk."""


class NoRoom(HTTPException):
    """The disk has no room for what is sent."""

    code = 507
    description = "There is no room for this file on the disk of the server; nothing was kept."

    @property
    def name(self) -> str:
        return "No room"


def body_limit(app: Flask) -> BodyLimit:
    """The limit by what a request's cookies say, known before any of its body is taken."""
    parts: Web = app.config["LABELER"]
    sessions = app.session_interface
    assert isinstance(sessions, Sessions)

    def limit(headers: Mapping[str, str]) -> int:
        signed = sessions.of_header(app, headers.get("COOKIE", ""))
        if not any(parts.access.is_logged_in(session) for session in signed):
            return STRANGER_BYTES
        return min(largest_upload(parts), max(room(parts), STRANGER_BYTES))

    return limit


def largest_upload(parts: Web) -> int:
    """The largest body that any form takes."""
    return parts.settings.max_upload_bytes + SLACK_BYTES


def room(parts: Web) -> int:
    """Bytes that a body may have: it is kept in the temporary folder, then among the uploads."""
    folders = (tempfile.gettempdir(), parts.workspace.instance)
    return min(shutil.disk_usage(folder).free for folder in folders) - _FREE_BYTES


def check_room() -> None:
    """Answer what was refused for want of room; where it is too large anyhow, the form says so."""
    n_bytes = request.content_length or 0
    parts = web()
    if STRANGER_BYTES < n_bytes <= largest_upload(parts) and n_bytes > room(parts):
        raise NoRoom
