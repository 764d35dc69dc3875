"""The real server as the harness's target: Waitress, Flask, the login, HTTP over loopback.

Only the job worker is left out; it has a harness of its own. The cookies outlive the server, as
those of a browser do.
"""

import http.client
import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import waitress.server  # noqa: F401 - so that the fork server has it
from flask import Flask

from labeler.storage.database import Database
from labeler.web import server
from labeler.web.app import create_app
from labeler.workflow.workspace import open_workspace
from tests.kills.answer_server import PRELOADED, Trap, fork_server, watch_commits
from tests.kills.kill_harness import Log, Refused, Unanswered

PASSWORD = "a-password-for-the-harness"  # noqa: S105
N_PEOPLE = 4
"""Two clients are two tabs of one person: they share a login and undo each other's answers."""

_LOGIN_TRIES = 200


class NoWorker:
    """Stands in for the supervisor of the job worker."""

    def __init__(self, *_: object) -> None:
        pass

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass


class Watched:
    """The WSGI app with points around the sending of what an operation is answered with."""

    def __init__(self, app: Callable[..., Iterable[bytes]], trap: Trap) -> None:
        self.app = app
        self.trap = trap
        self.held = threading.local()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        reply = self.app(environ, start_response)
        if not environ["PATH_INFO"].endswith("/operations"):
            return reply
        self.trap.point("before send")
        return self.sent(reply)

    def sent(self, reply: Iterable[bytes]) -> Iterator[bytes]:
        """Waitress has put each part on the socket before it asks for the next."""
        yield from reply
        self.trap.point("after send")
        scope = self.held.__dict__.pop("scope", None)
        if scope is not None:
            scope.__exit__(None, None, None)

    def hold_commits(self, database: Database) -> None:
        """The planted fault: a transaction stays open until its acknowledgement has left."""

        def write(work: Callable[[Any], Any]) -> Any:
            scope = database.writing()
            session = scope.__enter__()
            try:
                value = work(session)
            except Exception as error:
                scope.__exit__(type(error), error, error.__traceback__)
                raise
            self.held.scope = scope
            return value

        database.write = write  # type: ignore[method-assign]


def serve_pages(
    instance: Path, url: str | None, port: int, armed: str | None, fault: str | None, told: Any
) -> None:
    """The body of the server's process."""
    workspace = open_workspace(instance, url)
    trap = Trap(armed)
    watch_commits(workspace.database, trap)

    def create_watched(*given: Any) -> Flask:
        app = create_app(*given)
        watched = Watched(app.wsgi_app, trap)
        if fault == "acknowledge before commit":
            watched.hold_commits(workspace.database)
        app.wsgi_app = watched  # type: ignore[method-assign]
        return app

    planted = {"create_app": create_watched, "Supervisor": NoWorker, "_announce": told.send}
    for name, ours in planted.items():
        setattr(server, name, ours)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server.serve(workspace, port=port, password=PASSWORD)
    os._exit(1)


def person_of(client: str) -> str:
    return f"person-{int(client.rsplit('-', 1)[1]) % N_PEOPLE}"


def people(log: Log) -> Log:
    """The log as the server knows it: by who is logged in, not by which tab it was."""
    sent = {op_id: op | {"annotator": person_of(op["annotator"])} for op_id, op in log.sent.items()}
    return replace(log, sent=sent)


class HttpConnection:
    """One tab: a connection that is kept open."""

    def __init__(self, target: "PageServer") -> None:
        self.target = target
        self.connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=120)

    def send(self, op: dict[str, Any]) -> dict[str, Any]:
        status, body = self.post(op)
        if status in (HTTPStatus.CREATED, HTTPStatus.OK):
            return {name: value for name, value in body.items() if name != "is_replay"}
        if status == HTTPStatus.CONFLICT and body["error"]["code"] == "nothing_to_undo":
            raise Refused
        if status != HTTPStatus.SERVICE_UNAVAILABLE:
            self.target.problems.append(f"{op} was answered with {status}: {body}")
        raise Unanswered(f"{status}: {body}; exit status {self.target.process.exitcode}")

    def post(self, op: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        body: dict[str, Any] = {"op_id": op["op_id"], "kind": op["kind"]}
        if op["kind"] == "answer":
            body["answers"] = [
                {"question_id": one, "verdict": "class", "class_id": op["class"]}
                for one in op["questions"]
            ]
        headers = {
            "Content-Type": "application/json",
            "Cookie": self.target.cookies[person_of(op["annotator"])],
            "Origin": f"http://127.0.0.1:{self.target.port}",
            "Sec-Fetch-Site": "same-origin",
        }
        path = f"/api/v1/runs/{self.target.run_id}/operations"
        try:
            self.connection.request("POST", path, json.dumps(body), headers)
            reply = self.connection.getresponse()
            return reply.status, json.loads(reply.read())
        except (OSError, http.client.HTTPException) as error:
            raise Unanswered from error

    def close(self) -> None:
        self.connection.close()


class PageServer:
    """The harness's target; ``problems`` are replies that no client should ever see."""

    def __init__(
        self, instance: Path, run_id: str, *, url: str | None = None, fault: str | None = None
    ) -> None:
        self.instance = instance
        self.run_id = run_id
        self.url = url
        self.fault = fault
        self.armed: str | None = None
        self.port = free_port()
        self.cookies: dict[str, str] = {}
        self.problems: list[str] = []
        self.context = fork_server(PRELOADED)

    def start(self) -> None:
        ours, theirs = self.context.Pipe(duplex=False)
        self.process = self.context.Process(
            target=serve_pages,
            args=[self.instance, self.url, self.port, self.armed, self.fault, theirs],
            daemon=True,
        )
        self.process.start()
        theirs.close()
        if not ours.poll(120):
            raise RuntimeError("the server did not start")
        ours.recv()
        ours.close()
        for number in range(N_PEOPLE):
            name = f"person-{number}"
            if name not in self.cookies:
                self.cookies[name] = self.log_in(name)

    def log_in(self, name: str) -> str:
        """Through the form; the server may not accept connections quite yet."""
        form = urlencode({"password": PASSWORD, "name": name})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        for _ in range(_LOGIN_TRIES):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
            with closing(connection):
                try:
                    connection.request("POST", "/login", form, headers)
                except ConnectionRefusedError:
                    self.process.join(0.05)
                    continue
                reply = connection.getresponse()
                assert reply.status == HTTPStatus.SEE_OTHER, reply.read()
                return str(reply.headers["Set-Cookie"]).partition(";")[0]
        raise RuntimeError("the server does not listen")

    def connect(self) -> HttpConnection:
        return HttpConnection(self)

    def arm(self, point: str | None) -> None:
        self.armed = point

    def kill(self) -> None:
        """Where a point is armed, wait a little for the server to walk into it."""
        if self.armed:
            self.process.join(2.0)
        self.process.kill()
        self.process.join()


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
