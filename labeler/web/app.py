"""The app factory: settings, checks, error pages and one blueprint per screen."""

import hashlib
from pathlib import Path

from flask import Flask

from labeler.locations import templates_folder
from labeler.web.api import audit_routes
from labeler.web.http.access import Access
from labeler.web.http.compression import compress_static
from labeler.web.http.context import Web
from labeler.web.http.errors import handle_errors
from labeler.web.http.proxy import TrustedProxies
from labeler.web.http.security import cookie_settings, protect
from labeler.web.http.sessions import Sessions
from labeler.web.http.templates import add_template_helpers
from labeler.web.screens import (
    classes,
    clusters,
    help,
    images,
    import_labels,
    jobs,
    label,
    login,
    report,
    runs,
    sheet,
    train,
    way,
)
from labeler.web.screens.begin import add_images, browse, datasets, looks, new_run
from labeler.web.screens.checking import check, odd, one_image, review
from labeler.web.screens.use import classifier, export
from labeler.web.settings import WebSettings
from labeler.workflow.workspace import Workspace

MAX_BODY_BYTES = 1_000_000
_SCREENS = (
    login, runs, new_run, looks, browse, label, classes, sheet, clusters, train, check, review,
    odd, one_image, report, export, classifier, import_labels, add_images, datasets, jobs,
    images, help,
    audit_routes,
)  # fmt: skip


def create_app(workspace: Workspace, settings: WebSettings) -> Flask:
    """The web app of one workspace.

    Parameters
    ----------
    workspace : Workspace
    settings : WebSettings
    """
    pages = templates_folder()
    # Packed or in a checkout, the two folders lie side by side.
    assets = pages.parent / "static"
    app = Flask(
        "labeler",
        template_folder=str(pages),
        static_folder=str(assets),
        static_url_path=f"/static/{_version_of(assets)}",
    )
    app.config.update(cookie_settings(settings))
    app.session_interface = Sessions()
    trusting = TrustedProxies(app.wsgi_app, settings.proxies)
    app.wsgi_app = trusting  # type: ignore[method-assign]
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["LABELER"] = Web(workspace, settings, Access(settings, workspace.instance))
    # Classes keep their order.
    app.json.sort_keys = False  # type: ignore[attr-defined]
    protect(app)
    app.after_request(compress_static)
    handle_errors(app)
    add_template_helpers(app)
    app.jinja_env.globals.update(
        way_through=way.way_through,
        next_of=way.next_of,
        shown_screen=way.shown_screen,
        steps=way.STEPS,
        job_title=jobs.title,
        job_about=jobs.about,
    )
    for screen in _SCREENS:
        app.register_blueprint(screen.blueprint)
    return app


def _version_of(assets: Path) -> str:
    """Part of the address of style sheets and scripts, so that browsers may keep them for good."""
    digest = hashlib.sha256()
    for file in sorted(assets.iterdir()):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]
