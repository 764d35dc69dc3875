"""The process that serves a model to Label Studio."""

import logging
import secrets
import signal
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import FrameType

from labeler.prediction.model import Model
from labeler.web.http.listening import Server
from labeler.web.label_studio.app import MOST_BODY_BYTES, create_model_app
from labeler.web.label_studio.naming import Naming
from labeler.web.label_studio.pictures import Sources
from labeler.web.server import handle_signals, listen
from labeler.web.settings import KEY_BYTES, WebSettings

DEFAULT_PORT = 9090
"""That of Label Studio's own examples."""


def serve_model(
    model: Model,
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    password: str | None = None,
    hosts: Sequence[str] = (),
    files: Path | None = None,
    label_studio: str | None = None,
    token: str = "",
) -> None:
    """Answer Label Studio until told to stop.

    Parameters
    ----------
    model : Model
    host, port
        Where to listen; a host that other machines can reach needs a ``password``.
    password : str, optional
        Asked by basic authentication, of any user.
    hosts : sequence of str
        Further names under which it may be asked.
    files : Path, optional
        The folder that Label Studio serves as local files.
    label_studio : str, optional
        The address of Label Studio: the only one that pictures are asked of.
    token : str
        That of a user there.

    Raises
    ------
    ConfigError
        The settings do not fit each other, or the port is taken.
    """
    settings = WebSettings(
        secret_key=secrets.token_bytes(KEY_BYTES),
        host=host,
        port=port,
        password=password,
        hosts=tuple(hosts),
    )
    app = create_model_app(Naming(model, Sources(files, label_studio, token)), settings)
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    with closing(listen(host, port)) as listener:
        server = Server(app, listener, lambda headers: MOST_BODY_BYTES)

        def stop(number: int, frame: FrameType | None) -> None:
            server.stop()

        before = handle_signals(stop)
        try:
            sys.stdout.write(f"Label Studio finds the model at {settings.address}\n")
            sys.stdout.flush()
            server.run()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
