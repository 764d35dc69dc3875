"""Waitress, made careful: bodies of strangers, slow senders, many connections, an orderly end.

Waitress takes a whole body before the app sees the request, and keeps a large one on disk. Here a
request is looked at as soon as its headers are there: what must not be sent is refused then, and
the app, given the headers and no body, writes the page that says why.
"""

import logging
import select
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer

THREADS = 8
MOST_CONNECTIONS = 2000
IDLE_SECONDS = 15.0
"""A browser that keeps a connection to nobody's use; it opens another when it needs one."""
STALLED_SECONDS = 60
SENDING_SECONDS = 30.0
"""What somebody who is not logged in may take for a whole request."""
LAST_ANSWERS_SECONDS = 6.0
STRANGER_BYTES = 64 * 1024
_FILES_KEPT_FREE = 200
_LINGER_SECONDS = 2.0
_LINGER_BYTES = 1 << 20

BodyLimit = Callable[[Mapping[str, str]], int]
"""The largest body that may be sent with these headers, by their names as ``COOKIE``."""

WSGIApp = Callable[..., Any]


class Parser(HTTPRequestParser):
    """A request as it comes in; too large a body is refused before it is taken.

    Parameters
    ----------
    channel : Channel
        The connection it comes from.
    adj : Adjustments
    """

    def __init__(self, channel: "Channel", adj: Adjustments) -> None:
        super().__init__(adj)
        self.channel = channel
        self.began = time.monotonic()
        self.limit = STRANGER_BYTES
        self.is_refused = False

    def received(self, data: bytes) -> int:
        """Take what came; of a refused request all that comes is dropped."""
        consumed = super().received(data)
        if self.chunked and not self.is_refused and self.body_bytes_received > self.limit:
            self._refuse(self.body_bytes_received)
            self.error, self.completed = None, True
        return len(data) if self.is_refused else consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Read the headers; now it is known who sends and how much."""
        super().parse_header(header_plus)
        if self.chunked or self.content_length > STRANGER_BYTES:
            self.limit = self.channel.server.body_limit(self.headers)
        if self.content_length > self.limit:
            self._refuse(self.content_length)

    def _refuse(self, n_bytes: int) -> None:
        """Hand over the headers alone; the app sees by the length that the body was too large."""
        self.close()
        self.body_rcv = None
        self.is_refused = self.channel.lingers = True
        self.content_length, self.expect_continue = 0, False
        headers: Any = self.headers
        headers |= {"CONTENT_LENGTH": str(n_bytes), "CONNECTION": "close"}


class Channel(HTTPChannel):
    """A connection. After a refusal it drops what still comes, so that the answer is read."""

    server: "Server"
    lingers = False
    _until = float("inf")
    _n_dropped = 0

    def parser_class(self, adj: Adjustments) -> Parser:  # type: ignore[override]
        """Waitress calls this for every request."""
        return Parser(self, adj)

    @property
    def is_answering(self) -> bool:
        """Whether a request that is complete has no whole answer yet."""
        return bool(self.requests) or self.total_outbufs_len > 0

    def is_idle(self, seconds: float) -> bool:
        """Whether nothing has been under way for so long."""
        is_busy = self.request is not None or self.is_answering
        return not is_busy and time.time() - self.last_activity > seconds

    def is_late(self) -> bool:
        """Whether somebody who is not logged in takes too long to send a request."""
        request: Any = self.request
        if request is None or request.limit > STRANGER_BYTES:
            return False
        return bool(time.monotonic() - request.began > SENDING_SECONDS)

    def readable(self) -> bool:
        if self._until < time.monotonic():
            self.will_close = True
        return super().readable() and not self.server.is_stopping

    def handle_read(self) -> None:
        if self._until == float("inf"):
            super().handle_read()
            return
        try:
            n_read = len(self.recv(self.adj.recv_bytes))
        except OSError:
            n_read = 0
        self._n_dropped += n_read
        if n_read == 0 or self._n_dropped > _LINGER_BYTES:
            self.handle_close()

    def handle_close(self) -> None:
        """Close; where a body was refused, only our half at first."""
        if not self.lingers or not self.connected:
            super().handle_close()
            return
        self.lingers = self.will_close = False
        self._until = time.monotonic() + _LINGER_SECONDS
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)  # type: ignore[union-attr]


class Server(TcpWSGIServer):
    """The server of one listening socket.

    Parameters
    ----------
    app : WSGI application
    listener : socket
        Bound already.
    body_limit : callable
        See ``BodyLimit``.
    """

    channel_class = Channel

    def __init__(self, app: WSGIApp, listener: socket.socket, body_limit: BodyLimit) -> None:
        self.body_limit = body_limit
        self.is_stopping = False
        # It warns of every request that waits a moment; the terminal is for people.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        address = listener.getsockname()
        super().__init__(
            app,
            _sock=listener,
            bind_socket=False,
            sockinfo=(listener.family, listener.type, listener.proto, address),
            adj=_adjustments(),
        )

    def stop(self) -> None:
        """Let ``run`` end in order; called from a signal handler."""
        self.is_stopping = True
        self.pull_trigger()

    def run(self) -> None:
        """Serve until ``stop``: then nobody new is let in, and answers under way are finished."""
        while not self.is_stopping:
            self._look_once()
        wasyncore.dispatcher.close(self)
        until = time.monotonic() + LAST_ANSWERS_SECONDS
        while time.monotonic() < until and any(
            channel.is_answering for channel in self._channels()
        ):
            self._look_once()
        self.task_dispatcher.shutdown()
        for channel in self._channels():
            channel.lingers = False
            channel.handle_close()
        self.trigger.close()  # type: ignore[attr-defined]

    def readable(self) -> bool:
        ready = super().readable()
        if self.in_connection_overflow:
            self._close_idle(1.0)
        return ready

    def maintenance(self, now: float) -> None:
        """Close what is idle, stalled or too slow."""
        super().maintenance(int(now))
        self._close_idle(IDLE_SECONDS)
        for channel in self._channels():
            channel.will_close = channel.will_close or channel.is_late()

    def _close_idle(self, seconds: float) -> None:
        for channel in self._channels():
            channel.will_close = channel.will_close or channel.is_idle(seconds)

    def _channels(self) -> list[Channel]:
        channels: Any = self.active_channels
        return list(channels.values())

    def _look_once(self) -> None:
        wasyncore.loop(1.0, use_poll=True, map=self._map, count=1)  # type: ignore[attr-defined]


def _adjustments() -> Adjustments:
    return Adjustments(
        threads=THREADS,
        ident="Labeler",
        connection_limit=connection_limit(),
        cleanup_interval=5,
        channel_timeout=STALLED_SECONDS,
        # Our own limit is the lower one, and known only when the headers are read.
        max_request_body_size=1 << 62,
        # ``proxy.py`` decides whom to believe, prefix included.
        clear_untrusted_proxy_headers=False,
    )


def connection_limit() -> int:
    """How many connections may be open at once: 2,000, or what the system lets us have."""
    if not hasattr(select, "poll"):
        return 400  # ``select`` takes no more than 512
    try:
        import resource
    except ModuleNotFoundError:
        return 400
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _FILES_KEPT_FREE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    allowed = wanted if soft == resource.RLIM_INFINITY else soft
    return max(50, min(MOST_CONNECTIONS, allowed - _FILES_KEPT_FREE))
