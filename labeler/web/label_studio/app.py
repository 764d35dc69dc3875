"""The routes that Label Studio asks for, and who may ask."""

import hmac
import logging
import time
from typing import Any

import msgspec
from flask import Flask, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from labeler.exceptions import LabelerError, TooBusyError
from labeler.web.http.attempts import Attempts
from labeler.web.http.security import check_origin, require_known_host
from labeler.web.label_studio.choices import choices_of
from labeler.web.label_studio.naming import Naming
from labeler.web.settings import WebSettings
from labeler.words import counted, joined

MOST_BODY_BYTES = 100_000_000
MOST_TASKS = 1_000

_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}
_log = logging.getLogger(__name__)


class Predict(msgspec.Struct):
    """What is asked with ``/predict``; the rest of it says nothing to us."""

    tasks: list[dict[str, Any]]
    label_config: str


class Setup(msgspec.Struct):
    """What comes with ``/setup``: its address and its token are not looked at."""

    schema: str = ""


def create_model_app(naming: Naming, settings: WebSettings) -> Flask:
    """The app of one model.

    Parameters
    ----------
    naming : Naming
    settings : WebSettings
        Where it listens, by which names, and the password.
    """
    app = Flask("labeler.model", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY_BYTES
    _protect(app, settings)
    _answer_errors(app)

    @app.get("/")
    @app.get("/health")
    def health() -> ResponseReturnValue:
        return jsonify({"status": "UP", "model_dir": "", "v2": True})

    @app.post("/setup")
    def setup() -> ResponseReturnValue:
        asked = _asked(Setup)
        if asked.schema:
            unknown = naming.unknown_classes(choices_of(asked.schema))
            if unknown:
                _log.warning("The project has no choice for %s.", joined(unknown))
        return jsonify({"model_version": naming.version})

    @app.get("/versions")
    def versions() -> ResponseReturnValue:
        return jsonify({"versions": [naming.version]})

    @app.post("/predict")
    def predict() -> ResponseReturnValue:
        asked = _asked(Predict)
        if len(asked.tasks) > MOST_TASKS:
            abort(400, f"{counted(len(asked.tasks), 'task')}; send at most {MOST_TASKS:,} at once.")
        results, problems = naming.predictions(asked.tasks, choices_of(asked.label_config))
        for problem in problems:
            _log.warning("%s", problem)
        told = {"results": results, "model_version": naming.version}
        return jsonify({**told, "problems": problems} if problems else told)

    @app.post("/webhook")
    def webhook() -> ResponseReturnValue:
        """Answers change nothing here: they are learned from by ``labeler import-labels``."""
        return jsonify({}), 201

    return app


def _asked(kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(request.get_data(), type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        abort(400, f"This is not what Label Studio sends: {error}")


def _protect(app: Flask, settings: WebSettings) -> None:
    attempts = Attempts(time.monotonic)

    def check_host() -> None:
        require_known_host(settings)

    def require_password() -> Response | None:
        if settings.password is None or request.path == "/health":
            return None
        sender = request.remote_addr or ""
        if attempts.seconds_to_wait(sender):
            abort(429, "Too many wrong passwords; wait a minute.")
        given = request.authorization
        typed = (given.password or "") if given is not None and given.type == "basic" else ""
        if hmac.compare_digest(typed.encode(), settings.password.encode()):
            attempts.was_right(sender)
            return None
        refused = jsonify({"error": "Give the password, by basic authentication."})
        refused.status_code = 401
        refused.headers["WWW-Authenticate"] = 'Basic realm="Labeler"'
        return refused

    def add_headers(response: Response) -> Response:
        response.headers.update(_HEADERS)
        return response

    app.before_request(check_host)
    app.before_request(check_origin)
    app.before_request(require_password)
    app.after_request(add_headers)


def _answer_errors(app: Flask) -> None:
    def on_ours(error: LabelerError) -> ResponseReturnValue:
        return jsonify({"error": str(error)}), 503 if isinstance(error, TooBusyError) else 400

    def on_http(error: HTTPException) -> ResponseReturnValue:
        return jsonify({"error": error.description}), error.code or 500

    def on_defect(error: Exception) -> ResponseReturnValue:
        _log.exception("%s %s", request.method, request.path, exc_info=error)
        return jsonify({"error": "Something went wrong inside Labeler."}), 500

    app.register_error_handler(LabelerError, on_ours)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(Exception, on_defect)
