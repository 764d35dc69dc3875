"""What benchmarks of the pages share: a served instance, a browser, a line for each figure."""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import BrowserContext, sync_playwright

START_TIMEOUT = 120.0
POLL_SECONDS = 0.1
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@dataclass(frozen=True)
class Server:
    """A served instance, and the cookie of someone who logged in."""

    process: subprocess.Popen[str]
    port: int
    cookie: str

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One request on a connection of its own; the JSON that it is answered with."""
        with closing(self.connect()) as connection:
            status, told = send(connection, self.cookie, method, path, body)
        if status >= HTTPStatus.BAD_REQUEST:
            raise RuntimeError(f"{method} {path} was answered with {status}: {told!r}")
        return json.loads(told)


def send(
    connection: http.client.HTTPConnection,
    cookie: str,
    method: str,
    path: str,
    body: dict[str, Any] | None,
) -> tuple[int, bytes]:
    """Send one request and read its reply whole."""
    headers = {"Cookie": cookie, "Content-Type": "application/json"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    reply = connection.getresponse()
    return reply.status, reply.read()


def row(name: str, measured: str, target: str) -> None:
    """Print one line of the table at once."""
    print(f"{name:<58}{measured:>14}   {target}", flush=True)


def p95(milliseconds: list[float]) -> float:
    """What 95 % stay below."""
    return float(np.percentile(milliseconds, 95))


@contextmanager
def serving(instance: Path) -> Iterator[Server]:
    """``labeler serve`` on an empty instance."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    process = subprocess.Popen(
        [sys.executable, "-m", "labeler", "serve", "--port", str(port)],
        env=environment | {"LABELER_INSTANCE": str(instance)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Server(process, port, log_in(process, port))
    finally:
        process.terminate()
        process.wait(60)


def log_in(process: subprocess.Popen[str], port: int) -> str:
    """Open the address that the server prints; the cookie it gives."""
    assert process.stdout is not None
    found = re.search(r"/login\?token=\S+", process.stdout.readline())
    if found is None:
        raise RuntimeError("The server printed no login address.")
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            try:
                connection.request("GET", found.group())
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_SECONDS)
                continue
            return str(connection.getresponse().headers["Set-Cookie"]).partition(";")[0]


@contextmanager
def browsing(server: Server, width: int = 1280, height: int = 860) -> Iterator[BrowserContext]:
    """Chromium, logged in."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    name, _, value = server.cookie.partition("=")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        context = browser.new_context(viewport={"width": width, "height": height})
        context.add_cookies([{"name": name, "value": value, "url": server.address}])
        yield context
        browser.close()
