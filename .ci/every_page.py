"""Asks an installed Labeler for every page, script, style and image, as a browser would.

    python .ci/every_page.py path/to/labeler

Starts the program on an instance of its own, logs in, makes a run of the digits that an oracle
answers, trains it, then follows the links: of those that differ in nothing but their numbers and
query, the first few. Fails on the first that is not served.
"""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from html import unescape
from urllib.parse import urlencode, urljoin

SCREENS = ("label", "sheet", "clusters", "train", "report", "export", "export.csv", "delete")
OTHERS = ("/api/v1/openapi.json", "/api/v1/health", "/runs/new", "/datasets", "/login")
LINK = re.compile(r'(?:href|src)="([^"#]+)')
IMPORT = re.compile(r'(?:from|import) "(\./[^"]+)"')
OUTSIDE = re.compile(r"[a-z]+:")
NUMBERS_AND_QUERY = re.compile(r"\d+|\?.*")
MOST_ALIKE = 30
PATIENCE = 180.0


class Visitor:
    """Someone who is logged in."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookie = ""

    def ask(self, method: str, path: str, form: dict[str, str] | None = None):
        """The status, the headers and the body."""
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method, path, urlencode(form) if form else None, headers)
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read()

    def log_in(self, path: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                status, headers, _ = self.ask("GET", path)
            except ConnectionRefusedError:
                time.sleep(0.1)
                continue
            assert status == 303, status
            self.cookie = headers["Set-Cookie"].partition(";")[0]
            return
        raise SystemExit("The server does not listen.")

    def finish_job(self, path: str, form: dict[str, str]) -> dict:
        """Send a form that begins a job, and wait for its end."""
        status, headers, body = self.ask("POST", path, form)
        assert status == 303, (path, status, body)
        number = headers["Location"].rsplit("/", 1)[1]
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            job = json.loads(self.ask("GET", f"/api/v1/jobs/{number}")[2])["job"]
            if job["status"] == "done":
                return job
            assert job["status"] in ("queued", "running"), job
            time.sleep(0.2)
        raise SystemExit(f"The job of {path} does not end.")

    def follow(self, starts: list[str]) -> set[str]:
        """What can be reached, of each kind of address a few; all of it is served."""
        waiting, seen = list(starts), set(starts)
        n_alike: Counter[str] = Counter()
        while waiting:
            path = waiting.pop()
            status, headers, body = self.ask("GET", path)
            assert status in (200, 303), f"{path} was answered with {status}"
            kind = headers.get("Content-Type", "")
            found = [headers["Location"]] if status == 303 else []
            if "html" in kind:
                found += LINK.findall(body.decode())
            elif "javascript" in kind:
                found += IMPORT.findall(body.decode())
            for one in map(unescape, found):
                target = urljoin(path, one)
                alike = NUMBERS_AND_QUERY.sub("", target)
                if not OUTSIDE.match(target) and target not in seen and n_alike[alike] < MOST_ALIKE:
                    n_alike[alike] += 1
                    seen.add(target)
                    waiting.append(target)
        return seen


def main() -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.argv[1], "serve", "--port", str(port)],
            env=os.environ | {"LABELER_INSTANCE": f"{folder}/instance"},
            cwd=folder,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            visit(server, port)
        finally:
            server.terminate()
            server.wait(60)


def visit(server: subprocess.Popen, port: int) -> None:
    visitor = Visitor(port)
    visitor.log_in(re.search(r"/login\?token=\S+", server.stdout.readline()).group())
    asked = {"dataset": "known:digits", "answerer": "oracle", "budget": "20"}
    run = visitor.finish_job("/runs/new", asked)["result"]["run_id"]
    visitor.finish_job(f"/runs/{run}/train", {"fraction": "0.5", "classifier": "logistic"})
    seen = visitor.follow(["/", *OTHERS, *(f"/runs/{run}/{one}" for one in SCREENS)])
    for kind in (r"\.css", r"\.js", r"\.svg", r"/images/\d+/\d+\.png", r"sprite\.png", r"/report/"):
        assert any(re.search(kind, one) for one in seen), f"nothing like {kind} was asked for"
    sys.stdout.write(f"{len(seen)} addresses, all served\n")


if __name__ == "__main__":
    main()
