"""The server's process: Waitress, the supervisor of the job worker, and the first login address."""

import gc
import logging
import socket
import sys
import webbrowser
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from flask import Flask

from labeler.exceptions import ConfigError
from labeler.jobs.supervisor import Supervisor
from labeler.web.app import create_app
from labeler.web.context import Web
from labeler.web.settings import DEFAULT_PORT, WebSettings, secret_key
from labeler.web.uploads import sweep
from labeler.workflow.workspace import Workspace

HANDLERS = "labeler.workflow.handlers:HANDLERS"
THREADS = 8
_SLACK_BYTES = 1_000_000


def serve(
    workspace: Workspace,
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    password: str | None = None,
    hosts: Sequence[str] = (),
    data_roots: Sequence[Path] = (),
    open_browser: bool = False,
) -> None:
    """Serve the pages until interrupted.

    The login address, good for one use, is written to standard output.

    Parameters
    ----------
    workspace : Workspace
    host, port
        Where to listen; a host that other machines can reach needs a ``password``.
    password : str, optional
    hosts : sequence of str
        Further names under which the pages may be asked for.
    data_roots : sequence of Path
        Folders whose contents may become a data set by path.
    open_browser : bool
        Whether to open the login address in the user's browser.

    Raises
    ------
    ConfigError
        The settings do not fit each other, or the port is taken.
    """
    settings = WebSettings(
        secret_key=secret_key(workspace.instance),
        host=host,
        port=port,
        password=password,
        hosts=tuple(hosts),
        data_roots=tuple(data_roots),
        announce=_announce,
    )
    app = create_app(workspace, settings)
    sweep(workspace.uploads)
    listener = _listen(host, port)
    supervisor = Supervisor(workspace.database, HANDLERS)
    supervisor.start()
    try:
        _welcome(app.config["LABELER"], open_browser)
        _run(app, listener, settings)
    finally:
        supervisor.stop()


def _run(app: Flask, listener: socket.socket, settings: WebSettings) -> None:
    from waitress.server import create_server

    # It warns of every request that waits a moment; the terminal is for people.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    # What is loaded by now stays: collecting garbage need not look at it, 80 ms each time.
    gc.freeze()
    with closing(listener):
        server = create_server(
            app,
            sockets=[listener],
            threads=THREADS,
            ident="Labeler",
            max_request_body_size=settings.max_upload_bytes + _SLACK_BYTES,
            channel_timeout=60,
        )
        server.run()


def _listen(host: str, port: int) -> socket.socket:
    """Bound before the worker starts, so that a taken port leaves nothing behind."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform != "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigError(f"Cannot listen on {host}, port {port}: {error.strerror}.") from error
    return listener


def _welcome(parts: Web, open_browser: bool) -> None:
    if parts.settings.password is not None:
        address = parts.settings.address
    else:
        address = parts.access.new_address()
    parts.settings.announce(address)
    if open_browser:
        webbrowser.open(address)


def _announce(address: str) -> None:
    sys.stdout.write(f"Labeler is at {address}\n")
    sys.stdout.flush()
