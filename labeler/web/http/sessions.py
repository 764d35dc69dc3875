"""The cookie: signed, and as strict as the way it comes by allows."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask, has_request_context, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature
from werkzeug.http import parse_cookie

_PREFIXES = ("", "__Host-", "__Secure-")


class Sessions(SecureCookieSessionInterface):
    """Flask's signed cookie; over HTTPS it is Secure, and its name says so to the browser.

    Without HTTPS there is no such cookie: a browser sends a Secure one to nobody but loopback.
    """

    def get_cookie_name(self, app: Flask) -> str:
        name = super().get_cookie_name(app)
        if not self.get_cookie_secure(app):
            return name
        # What begins with __Host- no other name of the site can set; it must be of the path /.
        return f"{'__Host-' if self.get_cookie_path(app) == '/' else '__Secure-'}{name}"

    def get_cookie_path(self, app: Flask) -> str:
        return (request.root_path if has_request_context() else "") or "/"

    def get_cookie_secure(self, app: Flask) -> bool:
        return has_request_context() and request.is_secure

    def of_header(self, app: Flask, cookies: str) -> Iterator[Mapping[str, Any]]:
        """What the signed ones among ``cookies`` (a header's text) hold; read before the app is."""
        serializer = self.get_signing_serializer(app)
        assert serializer is not None
        max_age = int(app.permanent_session_lifetime.total_seconds())
        parsed = parse_cookie(cookies)
        for prefix in _PREFIXES:
            value = parsed.get(f"{prefix}{app.config['SESSION_COOKIE_NAME']}")
            try:
                yield serializer.loads(value or "", max_age=max_age)
            except BadSignature:
                continue
