"""The checks before every view and the headers after it; nothing is open unless named here."""

import re
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from labeler.web.http.body_limit import check_room
from labeler.web.http.context import web
from labeler.web.http.listening import STRANGER_BYTES
from labeler.web.settings import WebSettings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_ENDPOINTS = frozenset(
    {"login.show", "login.enter", "login.ask_for_address", "static", "api.health"}
)
"""What is served without a login: the way in, the style sheet it needs, and whether all is well."""

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?", re.ASCII)
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)
_OF_ANOTHER_SITE = (
    "This request came from another site and was refused. Was it you, on a page of Labeler? Open "
    "that by the address that Labeler printed at start, and try once more."
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def protect(app: Flask) -> None:
    """Put the checks, in their order, before every view of ``app``."""
    app.before_request(check_host)
    app.before_request(check_origin)
    app.before_request(require_login)
    app.before_request(check_room)
    app.after_request(add_headers)


def check_host() -> None:
    """Refuse a name that is not ours."""
    require_known_host(web().settings)


def require_known_host(settings: WebSettings) -> None:
    """Refuse a name that is not allowed: a web page may have pointed its own name at us."""
    match = _HOST.fullmatch(request.headers.get("Host", "").lower())
    if match is None or not settings.accepts_host(match.group(1)):
        abort(400, "This address is not one of Labeler's; open it as printed at start.")


def check_origin() -> None:
    """Refuse to change anything for another site (Fetch metadata, else Origin).

    A request with neither header does not come from a browser.
    """
    if request.method in SAFE_METHODS:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site not in ("same-origin", "none"):
        abort(403, _OF_ANOTHER_SITE)
    ours = f"{request.scheme}://{request.headers['Host']}"
    if origin is not None and _site_of(origin) != _site_of(ours):
        abort(403, _OF_ANOTHER_SITE)


def require_login() -> BaseResponse | None:
    """Let in who has logged in; send everybody else to the way in."""
    if is_logged_in():
        return None
    request.max_content_length = STRANGER_BYTES
    if request.endpoint in OPEN_ENDPOINTS:
        return None
    if request.path.startswith("/api/") or request.method not in SAFE_METHODS:
        abort(401, "Log in first: open the address that Labeler printed at start.")
    return redirect(url_for("login.show", next=own_address()), 303)


def is_logged_in() -> bool:
    """Whether this browser's cookie is of a login that stands."""
    return web().access.is_logged_in(session)


def log_in(annotator: str) -> None:
    """Begin a new login in this browser."""
    session.clear()
    session["id"] = secrets.token_urlsafe(16)
    session["fingerprint"] = web().access.fingerprint()
    session["annotator"] = annotator
    session.permanent = True


def with_pictures_inside(page: str) -> Response:
    """A page that shows pictures which are kept nowhere: they lie within the page itself."""
    policy = _POLICY.replace("img-src 'self'", "img-src 'self' data:")
    return Response(page, headers={"Content-Security-Policy": policy})


def add_headers(response: Response) -> Response:
    """What every answer carries; only views of immutable images set their own caching."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static" and response.status_code < 400:
        # Its address has another version when it changes.
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response


def own_address() -> str:
    """Where the browser is, as a path with what a proxy has put before it."""
    return request.root_path + request.full_path.rstrip("?")


def own_path(target: str | None) -> str:
    """``target`` if it is a path of ours, else the start page: no open redirect."""
    is_own = bool(target) and re.fullmatch(r"/(?![/\\])[!-~]*", target or "") is not None
    return target if target and is_own and "\\" not in target else url_for("runs.index")


def _site_of(address: str) -> tuple[str, str]:
    """Scheme and host with its port; a port that goes without saying is left out."""
    try:
        parts = urlsplit(address)
        usual = {"http": 80, "https": 443}.get(parts.scheme)
        is_usual = parts.port in (None, usual)
    except ValueError:
        return ("", address)
    netloc = parts.netloc.lower()
    return (parts.scheme, netloc.removesuffix(f":{usual}") if is_usual else netloc)


def cookie_settings(settings: WebSettings) -> dict[str, object]:
    """Flask's settings for a cookie that scripts cannot read and other sites cannot send."""
    return {
        "SECRET_KEY": settings.secret_key,
        "SESSION_COOKIE_NAME": settings.cookie_name,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Strict",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": 30 * 24 * 3600,
    }
