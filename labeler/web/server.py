"""The server's process: Waitress, the supervisor of the job worker, and the first login address."""

import gc
import os
import signal
import socket
import sys
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread, Timer, current_thread, main_thread
from types import FrameType
from typing import Any

from labeler.exceptions import ConfigError
from labeler.jobs.supervisor import Supervisor
from labeler.web.app import create_app
from labeler.web.http.body_limit import body_limit
from labeler.web.http.context import Web
from labeler.web.http.listening import Server
from labeler.web.settings import DEFAULT_PORT, WebSettings, default_roots, secret_key
from labeler.words import joined, printable
from labeler.workflow.workspace import Workspace

HANDLERS = "labeler.workflow.handlers:HANDLERS"
_SILENT_SECONDS = 1.0
_SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP")


def serve(
    workspace: Workspace,
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    password: str | None = None,
    hosts: Sequence[str] = (),
    proxies: Sequence[str] = (),
    public_url: str | None = None,
    data_roots: Sequence[Path] = (),
    started_in: Path | None = None,
    open_browser: bool = False,
) -> None:
    """Serve the pages until told to stop: by Ctrl+C, SIGTERM, or the end of the terminal.

    The login address, good for one use, is written to standard output. When told to stop, answers
    under way are finished and the job under way goes back into the queue; where that takes more
    than a moment, it says so. Told twice, it ends at once.

    Parameters
    ----------
    workspace : Workspace
    host, port
        Where to listen; a host that other machines can reach needs a ``password``.
    password : str, optional
    hosts : sequence of str
        Further names under which the pages may be asked for.
    proxies : sequence of str
        Addresses of proxies whose ``X-Forwarded-*`` headers are believed.
    public_url : str, optional
        Where people find the pages behind such a proxy.
    data_roots : sequence of Path
        Folders whose contents may become a data set by path.
    started_in : Path, optional
        The folder that is allowed where ``data_roots`` is empty, unless other machines can reach
        the pages, or it is a whole disk.
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
        proxies=tuple(proxies),
        public_url=public_url,
        data_roots=tuple(data_roots),
        announce=_announce,
    )
    if not data_roots and started_in is not None:
        settings = replace(settings, data_roots=default_roots(started_in, settings))
    app = create_app(workspace, settings)
    listener = listen(host, port)
    supervisor = Supervisor(workspace.database, HANDLERS)
    with closing(listener):
        server = Server(app, listener, body_limit(app))
        with _told_to_stop(server, supervisor):
            supervisor.start()
            _welcome(app.config["LABELER"], open_browser)
            # What is loaded by now stays: collecting garbage need not look at it, 80 ms each time.
            gc.freeze()
            server.run()


@contextmanager
def _told_to_stop(server: Server, supervisor: Supervisor) -> Iterator[None]:
    """Let the first signal end server and worker in order, the second one the process."""
    ending = Thread(target=supervisor.stop, name="ending")
    telling = Timer(_SILENT_SECONDS, _tell_of_waiting)

    def stop(number: int, frame: FrameType | None) -> None:
        if server.is_stopping:
            os._exit(128 + number)
        server.stop()
        telling.start()
        ending.start()  # the worker needs seconds too; both fit into what a container is given

    before = handle_signals(stop)
    try:
        yield
    finally:
        ending.join() if server.is_stopping else supervisor.stop()
        telling.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)


def handle_signals(stop: Callable[[int, FrameType | None], None]) -> dict[int, Any]:
    """Gives the handlers that were there; what is ignored (``nohup``) stays so."""
    if current_thread() is not main_thread():
        return {}
    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    heard = [signum for signum in numbers if signal.getsignal(signum) is not signal.SIG_IGN]
    return {number: signal.signal(number, stop) for number in heard}


def listen(host: str, port: int) -> socket.socket:
    """Bound before the worker starts, so that a taken port leaves nothing behind."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform != "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"Cannot listen on {host}, port {port}: {error.strerror}. "
            "Stop what listens there, or give another port by --port."
        ) from error
    return listener


def _welcome(parts: Web, open_browser: bool) -> None:
    if parts.settings.password is not None:
        address = parts.settings.address
    else:
        address = parts.access.new_address()
    parts.settings.announce(address)
    _say(roots_in_words(parts.settings.data_roots))
    if open_browser:
        webbrowser.open(address)


def _tell_of_waiting() -> None:
    sys.stderr.write("Waiting for requests and the job under way; a second signal cuts them off.\n")
    sys.stderr.flush()


def _announce(address: str) -> None:
    _say(f"Labeler is at {address}")


def roots_in_words(roots: Sequence[Path]) -> str:
    """Which folders pages may read, for who started Labeler."""
    if not roots:
        return "Pages may read no folder of this machine; --data-root FOLDER allows one."
    told = [printable(str(root)) for root in roots]
    told = [f"{root} (your home)" if Path(root) == Path.home() else root for root in told]
    return f"Pages may read pictures in {joined(told)}, but nothing hidden."


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
