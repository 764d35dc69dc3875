"""Eight clients post operations while the server is killed again and again; then we compare.

The harness knows nothing of what it kills. A *target* is any object with::

    start() -> None         start the server and return once it takes operations
    connect() -> Connection one client's connection: send(op) -> dict, close()
    kill() -> None          SIGKILL, and wait until it is dead
    arm(point) -> None      at the next start: the server kills itself when it passes ``point``

``send`` returns what the server acknowledged, or raises ``Unanswered`` (the connection broke, the
server is gone), after which the client sends the *same* operation again, as the page does, or
``Refused`` (the server answered that it does not want it). ``answer_server`` is the storage layer
behind a socket, ``page_server`` is all of Labeler behind HTTP.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any, Protocol

POINTS = ("before commit", "after commit", "before send", "after send")
N_CLIENTS = 8
SIZES = (1, 1, 1, 5)
"""How many questions one answer is for, drawn from these."""


class Unanswered(Exception):  # noqa: N818
    """No acknowledgement came: the operation may or may not have been recorded."""


class Refused(Exception):  # noqa: N818
    """The server answered that it does not record this."""


class Connection(Protocol):
    def send(self, op: dict[str, Any]) -> dict[str, Any]: ...

    def close(self) -> None: ...


class Target(Protocol):
    def start(self) -> None: ...

    def connect(self) -> Connection: ...

    def kill(self) -> None: ...

    def arm(self, point: str | None) -> None: ...


@dataclass
class Log:
    """What the clients sent and what they were told."""

    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def acknowledge(self, op: dict[str, Any], told: dict[str, Any]) -> None:
        with self.lock:
            before = self.acknowledged.setdefault(op["op_id"], told)
        if before != told:
            self.problems.append(f"{op['op_id']} was told {before}, then {told}")


class Client(Thread):
    """One annotator: answers, answers groups, undoes, and goes on after every kill."""

    def __init__(
        self,
        number: int,
        target: Target,
        log: Log,
        questions: list[int],
        classes: list[int],
        sizes: Sequence[int] = SIZES,
    ) -> None:
        super().__init__(name=f"client-{number}", daemon=True)
        self.number = number
        self.target = target
        self.log = log
        self.questions = questions
        self.classes = classes
        self.sizes = sizes
        self.random = random.Random(number)  # noqa: S311 - not a secret, and repeatable by its seed
        self.stopping = Event()
        self.n_ops = 0
        self.connection: Connection | None = None
        self.missed: Unanswered | None = None

    def run(self) -> None:
        while not self.stopping.is_set():
            self.deliver(self.next_op())
        if self.connection:
            self.connection.close()

    def next_op(self) -> dict[str, Any]:
        """Mostly new operations; now and then an old one again, as after a lost reply."""
        mine = [op for op in self.log.sent.copy().values() if op["annotator"] == self.name]
        if mine and self.random.random() < 0.1:
            return self.random.choice(mine)
        self.n_ops += 1
        op: dict[str, Any] = {"op_id": f"{self.name}-{self.n_ops}", "annotator": self.name}
        if self.random.random() < 0.2:
            op |= {"kind": "undo"}
        else:
            size = self.random.choice(self.sizes)
            chosen = sorted(self.random.sample(self.questions, size))
            op |= {
                "kind": "answer",
                "questions": chosen,
                "class": self.random.choice(self.classes),
            }
        with self.log.lock:
            self.log.sent[op["op_id"]] = op
        return op

    def deliver(self, op: dict[str, Any]) -> None:
        """Send until there is an answer; the acknowledgement counts once it is read whole."""
        while True:
            try:
                self.connection = self.connection or self.target.connect()
                self.log.acknowledge(op, self.connection.send(op))
                return
            except Refused:
                with self.log.lock:
                    self.log.sent.pop(op["op_id"], None)
                return
            except Unanswered as missed:
                self.missed = missed
                if self.connection:
                    self.connection.close()
                self.connection = None
                time.sleep(0.01)


def harass(
    target: Target,
    questions: list[int],
    classes: list[int],
    *,
    n_kills: int,
    seed: int,
    sizes: Sequence[int] = SIZES,
) -> Log:
    """Kill the target ``n_kills`` times under load, half at named points, and let it finish.

    Returns
    -------
    Log
        Everything that was sent and acknowledged; compare it with the database.
    """
    chance = random.Random(seed)  # noqa: S311 - not a secret, and repeatable by its seed
    log = Log()
    target.start()
    clients = [
        Client(number, target, log, questions, classes, sizes) for number in range(N_CLIENTS)
    ]
    for client in clients:
        client.start()
    for number in range(n_kills):
        time.sleep(chance.uniform(0.0, 0.5))
        target.kill()
        target.arm(POINTS[number // 2 % len(POINTS)] if number % 2 else None)
        target.start()
    target.kill()
    target.arm(None)
    target.start()
    for client in clients:
        client.stopping.set()
    for client in clients:
        client.join(60)
        if client.is_alive():
            missed = client.missed
            why = missed and (str(missed) or repr(missed.__cause__))
            log.problems.append(f"{client.name} never got an answer; the last time: {why}")
    target.kill()
    return log


def compare(log: Log, history: dict[str, dict[str, Any]], n_lines: int) -> list[str]:
    """What is wrong between what clients were told and what the database holds.

    Parameters
    ----------
    log : Log
    history : dict of str to dict
        By op_id, each recorded operation: ``annotator``, ``kind`` and, for an answer,
        ``questions`` and ``class``.
    n_lines : int
        Rows of the history; more than there are op_ids means duplicates.
    """
    problems = list(log.problems)
    if n_lines != len(history):
        problems.append(f"{n_lines - len(history)} operations are there twice")
    for op_id in sorted(log.acknowledged.keys() - history.keys()):
        problems.append(f"{op_id} was acknowledged and is lost")
    for op_id in sorted(history.keys() - log.sent.keys()):
        problems.append(f"{op_id} is there and nobody sent it")
    for op_id, found in history.items():
        sent = {name: value for name, value in log.sent.get(op_id, {}).items() if name != "op_id"}
        if sent and sent != found:
            problems.append(f"{op_id} was sent as {sent} and is there as {found}")
    return problems
