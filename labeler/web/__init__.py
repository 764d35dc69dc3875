"""The pages and the JSON interface: HTTP in, use cases of ``labeler.workflow`` called, HTML out.

::

    app.py       create_app(): wires everything, decides nothing
    server.py    serve(): the job supervisor, the login address, the end in order
    settings.py  what a front end can be told; secret key
    http/        who may come in, what is let in, what every view needs
    screens/     a module for each screen: its blueprint
    api/         the same as JSON
    label_studio/  a model behind Label Studio, another app
    charts.py    clusters as plots

Views parse, call one use case and render. Nothing here imports storage's repositories.
"""

from labeler.web.app import create_app
from labeler.web.server import serve
from labeler.web.settings import WebSettings

__all__ = ["WebSettings", "create_app", "serve"]
