"""The pages and the JSON interface: HTTP in, use cases of ``labeler.workflow`` called, HTML out.

::

    app.py        create_app(): wires everything, decides nothing
    server.py     serve(): the job supervisor, the login address, the end in order
    listening.py  Waitress: connections, and bodies refused before they are taken
    science.py    scikit-learn and SciPy, loaded once
    body_limit.py how large a body may be, by who sends it
    settings.py   what a front end can be told; secret key
    proxy.py      whose X-Forwarded-* headers are believed
    security.py   host list, origin check, login required, response headers
    sessions.py   the signed cookie
    access.py     one-use login addresses, logins taken back
    attempts.py   how often somebody may guess
    errors.py     every error as a drawn page or as JSON
    uploads.py    uploaded files, streamed to a staging folder and swept
    helpers.py    what several screens share
    charts.py     plots as SVG
    openapi.json  describes api.py, kept beside it
    …             one module for each screen: its blueprint

Views parse, call one use case and render. Nothing here imports storage's repositories.
"""

from labeler.web.app import create_app
from labeler.web.server import serve
from labeler.web.settings import WebSettings

__all__ = ["WebSettings", "create_app", "serve"]
