"""A small server on a loopback socket that records operations: what the harness kills.

One line of JSON in, one line of JSON out, a thread for each connection. It is started through
multiprocessing's fork server, which imports the libraries once, so that fifty starts are quick.
"""

import json
import multiprocessing
import multiprocessing.forkserver
import os
import signal
import socket
import socketserver
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from labeler.storage import answers
from labeler.storage.database import Database, open_database
from labeler.storage.errors import BusyError, NothingToUndoError
from labeler.storage.rows import GivenAnswer, Verdict
from tests.kills.kill_harness import Refused, Unanswered

PRELOADED = [
    "pytest",
    "tests.kills.adding_worker",
    "tests.kills.answer_server",
    "tests.kills.audit_server",
    "tests.kills.import_worker",
    "tests.kills.job_worker",
    "tests.kills.page_server",
    "tests.kills.reading_worker",
    "psycopg",
    "sklearn.cluster",
    "sklearn.decomposition",
]
"""What the one fork server of a test run imports, for all that are started through it."""

KILL_ON_PASS = 7
"""An armed point is survived a few times, so that the kill comes under full load."""


class Trap:
    """Kills its own process when the armed point is passed for the n-th time."""

    def __init__(self, armed: str | None) -> None:
        self.armed = armed
        self.passes = 0

    def point(self, name: str) -> None:
        if name == self.armed:
            self.passes += 1
            if self.passes >= KILL_ON_PASS:
                os.kill(os.getpid(), signal.SIGKILL)


def watch_commits(database: Database, trap: Trap) -> None:
    """Pass the points around the commit, wherever in the code it happens."""
    event.listen(database.engine, "commit", lambda _: trap.point("before commit"))
    event.listen(Session, "after_commit", lambda _: trap.point("after commit"))


Work = Callable[[Session, "Server", dict[str, Any]], dict[str, Any]]


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self, database: Database, run_id: str, trap: Trap, fault: str | None, work: Work
    ) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.database = database
        self.run_id = run_id
        self.trap = trap
        self.fault = fault
        self.work = work

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class Handler(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        for line in self.rfile:
            op = json.loads(line)
            if self.server.fault == "acknowledge before commit":
                self.acknowledge_early(op)
            else:
                self.reply(self.record(op))

    def record(self, op: dict[str, Any]) -> dict[str, Any]:
        try:
            told = self.server.database.write(
                lambda session: self.server.work(session, self.server, op)
            )
        except NothingToUndoError:
            return {"refused": "nothing to undo"}
        except BusyError:
            return {"busy": True}
        return told

    def reply(self, told: dict[str, Any]) -> None:
        self.server.trap.point("before send")
        self.wfile.write(json.dumps(told).encode() + b"\n")
        self.server.trap.point("after send")

    def acknowledge_early(self, op: dict[str, Any]) -> None:
        """The planted fault: the acknowledgement leaves while the transaction is still open."""
        try:
            with self.server.database.writing() as session:
                self.reply(self.server.work(session, self.server, op))
        except NothingToUndoError:
            self.reply({"refused": "nothing to undo"})
        except BusyError:
            self.reply({"busy": True})


def apply(session: Session, server: Server, op: dict[str, Any]) -> dict[str, Any]:
    if op["kind"] == "undo":
        told = answers.undo(session, server.run_id, op["op_id"], op["annotator"])
    else:
        given = [GivenAnswer(one, Verdict.CLASS, op["class"]) for one in op["questions"]]
        told = answers.record(session, server.run_id, op["op_id"], op["annotator"], given)
    if server.fault == "forget the op_id" and told.is_replay:
        again = op | {"op_id": f"{op['op_id']}-{os.urandom(4).hex()}"}
        return apply(session, server, again)
    return {"revision": told.revision, "questions": told.question_ids, "undone": told.undone_op_id}


def fork_server(modules: list[str]) -> multiprocessing.context.ForkServerContext:
    """A context whose processes start with ``modules`` imported already.

    The fork server's own process finds them by PYTHONPATH only (before Python 3.13).
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(modules)
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    try:
        multiprocessing.forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
    return context


def serve(
    instance: Path,
    url: str | None,
    run_id: str,
    work: Work,
    armed: str | None,
    fault: str | None,
    port: Any,
) -> None:
    """The body of the server's process."""
    database = open_database(instance, url)
    trap = Trap(armed)
    watch_commits(database, trap)
    with Server(database, run_id, trap, fault, work) as server:
        port.send(server.server_address[1])
        server.serve_forever()


class SocketConnection:
    """One client's connection to the server."""

    def __init__(self, port: int) -> None:
        try:
            self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        except OSError as error:
            raise Unanswered from error
        self.file = self.socket.makefile("rb")

    def send(self, op: dict[str, Any]) -> dict[str, Any]:
        try:
            self.socket.sendall(json.dumps(op).encode() + b"\n")
            line = self.file.readline()
        except OSError as error:
            raise Unanswered from error
        if not line.endswith(b"\n"):
            raise Unanswered
        told: dict[str, Any] = json.loads(line)
        if "busy" in told:
            raise Unanswered
        if "refused" in told:
            raise Refused
        return told

    def close(self) -> None:
        self.file.close()
        self.socket.close()


class AnswerServer:
    """The harness's target; ``work`` is what it does with an operation, by default a run's."""

    def __init__(
        self,
        instance: Path,
        run_id: str,
        *,
        url: str | None = None,
        fault: str | None = None,
        work: Work | None = None,
    ) -> None:
        self.arguments = (instance, url, run_id, work or apply)
        self.fault = fault
        self.armed: str | None = None
        self.port = 0
        self.context = fork_server(PRELOADED)

    def start(self) -> None:
        ours, theirs = self.context.Pipe(duplex=False)
        self.process = self.context.Process(
            target=serve, args=[*self.arguments, self.armed, self.fault, theirs], daemon=True
        )
        self.process.start()
        theirs.close()
        if not ours.poll(120):
            raise RuntimeError("the server did not start")
        self.port = ours.recv()
        ours.close()

    def connect(self) -> SocketConnection:
        return SocketConnection(self.port)

    def arm(self, point: str | None) -> None:
        self.armed = point

    def kill(self) -> None:
        """Where a point is armed, wait a little for the server to walk into it."""
        if self.armed:
            self.process.join(2.0)
        self.process.kill()
        self.process.join()
