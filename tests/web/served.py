"""A real ``labeler serve`` in its own process, and plain HTTP to it."""

import http.client
import os
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

PASSWORD = "a password for the test"
PATIENCE = 60.0


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def cookie(self) -> str:
        return self.headers["Set-Cookie"].partition(";")[0]


@dataclass
class Served:
    """A running server."""

    port: int
    process: subprocess.Popen[str]
    printed: str
    log: Path


def free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Served]:
    """Start a server with a password; it is stopped if it still runs in the end."""
    port = free_port()
    command = [sys.executable, "-P", "-m", "labeler", "serve", "--port", str(port), *options]
    given = {"LABELER_INSTANCE": str(folder / "instance"), "LABELER_PASSWORD": PASSWORD}
    log = folder / "log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env={**os.environ, **given}
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http\S+", line)
    assert found is not None, log.read_text()
    try:
        yield Served(port, process, found.group(), log)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def connect(port: int, tls: ssl.SSLContext | None) -> http.client.HTTPConnection:
    if tls is None:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE, context=tls)


def ask(
    port: int,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    *,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """One request on a connection of its own."""
    sent = dict(headers or {})
    body = None if form is None else urlencode(form)
    if body is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    with closing(connect(port, tls)) as connection:
        connection.request(method, path, body, sent)
        reply = connection.getresponse()
        return Answer(reply.status, reply.headers, reply.read().decode())


def log_in(port: int) -> str:
    """A cookie."""
    answer = ask(port, "POST", "/login", form={"password": PASSWORD, "name": "Ada"})
    assert answer.status == 303, answer.text
    return answer.cookie
