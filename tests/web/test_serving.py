"""What only a real server shows: bodies, connections, signals."""

import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from io import StringIO
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest

from labeler.web import server as web_server
from labeler.web.http.listening import STRANGER_BYTES, Server
from tests.web.served import PATIENCE, Served, ask, free_port, log_in, serving

N_IDLE = 400


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as one:
        yield one


def raw(port: int, head: str, *parts: bytes) -> bytes:
    """Send a request's head and parts of its body; what comes back until the server closes."""
    with closing(socket.create_connection(("127.0.0.1", port), PATIENCE)) as one:
        one.sendall(head.replace("\n", "\r\n").encode())
        for part in parts:
            one.sendall(part)
        received = b""
        while piece := one.recv(65536):
            received += piece
        return received


def head(port: int, path: str, *lines: str) -> str:
    return "\n".join((f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *lines, "", ""))


@pytest.mark.parametrize(
    ("lines", "parts"),
    [
        (("Content-Length: 2000000000",), ()),
        (("Content-Length: 2000000000", "Expect: 100-continue"), ()),
        (("Content-Length: 2000000000",), (b"x" * 200_000,)),
        (("Transfer-Encoding: chunked",), (b"19000\r\n", b"x" * 0x19000)),
    ],
    ids=["length", "expect", "sent at once", "chunked"],
)
def test_a_stranger_is_refused_before_the_body_is_taken(
    served: Served, lines: tuple[str, ...], parts: tuple[bytes, ...]
) -> None:
    answer = raw(served.port, head(served.port, "/runs/new", *lines), *parts)
    assert answer.startswith(b"HTTP/1.1 401 "), answer[:200]
    assert b"Log in first" in answer
    assert answer.count(b"HTTP/1.1") == 1


def test_what_follows_a_refused_body_is_no_request(served: Served) -> None:
    hidden = b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    line = f"Content-Length: {STRANGER_BYTES + 1}"
    answer = raw(served.port, head(served.port, "/runs/new", line), hidden * 10)
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_forged_cookie_does_not_open_the_way(served: Served) -> None:
    forged = f"Cookie: labeler-{served.port}=eyJpZCI6IjEifQ.aaaa.bbbb"
    request = head(served.port, "/runs/new", forged, "Content-Length: 1000000")
    assert raw(served.port, request).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("is_chunked", [False, True])
def test_who_is_logged_in_uploads_as_before(served: Served, is_chunked: bool) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="dataset"\r\n\r\nupload\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.exe"\r\n\r\n'
        + b"x" * 3_000_000
        + b"\r\n--b--\r\n"
    )
    how = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {len(body)}"
    request = head(
        served.port, "/runs/new", f"Cookie: {log_in(served.port)}", how,
        "Content-Type: multipart/form-data; boundary=b", "Connection: close",
    )  # fmt: skip
    sent = (b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n") if is_chunked else body
    answer = raw(served.port, request, sent)
    assert answer.startswith(b"HTTP/1.1 400 "), answer[:200]
    assert b"a file ending in" in answer


def test_too_large_an_upload_is_refused_at_once_with_a_sentence(served: Served) -> None:
    form = f"http://127.0.0.1:{served.port}/runs/new"
    cookie = log_in(served.port)
    lines = (f"Cookie: {cookie}", f"Referer: {form}", "Content-Length: 9000000000")
    request = head(
        served.port, "/runs/new", *lines, "Content-Type: multipart/form-data; boundary=b"
    )
    answer = raw(served.port, request)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"larger than Labeler takes" in answer
    assert b"Back to where you were" in answer


def test_hundreds_of_idle_connections_keep_nobody_waiting(served: Served) -> None:
    with ExitStack() as open_ones:
        idle = [
            open_ones.enter_context(socket.create_connection(("127.0.0.1", served.port), PATIENCE))
            for _ in range(N_IDLE)
        ]
        assert ask(served.port, "GET", "/login").status == 200
        assert not any(map(is_closed, idle))


def is_closed(connection: socket.socket) -> bool:
    """Whether the server has closed it; nothing else comes unasked."""
    connection.setblocking(False)
    try:
        return not connection.recv(1)
    except BlockingIOError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_server_and_its_worker_in_order(
    tmp_path: Path, number: signal.Signals
) -> None:
    with serving(tmp_path) as one:
        assert ask(one.port, "GET", "/login").status == 200
        one.process.send_signal(number)
        assert one.process.wait(PATIENCE) == 0
        with pytest.raises(ConnectionRefusedError):
            ask(one.port, "GET", "/login")
        assert not re.search("Traceback|worker ended", one.log.read_text())


def test_who_is_kept_waiting_by_the_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    said = StringIO()
    monkeypatch.setattr(web_server, "_SILENT_SECONDS", 0)
    monkeypatch.setattr("sys.stderr", said)
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(slow_app(Event()), listener, lambda cookies: STRANGER_BYTES)
    slow: Any = SimpleNamespace(stop=lambda: assert_soon(lambda: "\n" in said.getvalue()))
    with web_server._told_to_stop(server, slow):
        os.kill(os.getpid(), signal.SIGTERM)
        server.run()
    assert said.getvalue().count("\n") == 1
    assert "a second signal cuts them off" in said.getvalue()


def test_answers_under_way_are_finished_and_nobody_new_is_let_in() -> None:
    listener = socket.create_server(("127.0.0.1", free_port()))
    port = listener.getsockname()[1]
    may_end = Event()
    server = Server(slow_app(may_end), listener, lambda cookies: STRANGER_BYTES)
    running = Thread(target=server.run)
    running.start()
    answers: list[bytes] = []
    asking = Thread(target=lambda: answers.append(raw(port, head(port, "/", "Connection: close"))))
    asking.start()
    assert_soon(lambda: any(one.requests for one in server.active_channels.values()))  # type: ignore[attr-defined]
    server.stop()
    assert_soon(lambda: is_refused(port))
    may_end.set()
    asking.join(PATIENCE)
    running.join(PATIENCE)
    assert answers[0].endswith(b"whole")


def slow_app(may_end: Event) -> Callable[[dict[str, Any], Any], list[bytes]]:
    """Answers when it may."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        assert may_end.wait(PATIENCE)
        start_response("200 OK", [("Content-Length", "5")])
        return [b"whole"]

    return app


def is_refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return True
    return False


def assert_soon(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)
