"""A process that imports a folder, by a command or as a worker's job, until it is killed."""

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

from labeler.datasets import decoded_files
from labeler.imaging import decoding
from labeler.imaging.decoding.process import DecodingProcess
from labeler.imaging.decoding.replies import Outcome
from labeler.storage.folder.journal import FileJournal
from labeler.workflow import inline, runs
from labeler.workflow.datasets import forget_reading
from labeler.workflow.handlers import HANDLERS
from labeler.workflow.workspace import Workspace, open_workspace
from tests.kills.answer_server import watch_commits

POINTS = ("before put", "half a record", "after put", "before commit", "after commit")


class Trap:
    """Kills its own process when the armed point is passed for the n-th time."""

    def __init__(self, armed: str | None, n_passes: int) -> None:
        self.armed = armed
        self.n_passes = n_passes

    def is_due(self, name: str) -> bool:
        self.n_passes -= name == self.armed
        return name == self.armed and self.n_passes <= 0

    def point(self, name: str) -> None:
        if self.is_due(name):
            os.kill(os.getpid(), signal.SIGKILL)


class Log:
    """A line for each event, which a kill does not take back."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def add(self, event: str, number: int) -> None:
        os.write(self._descriptor, f"{event} {number}\n".encode())


def work(
    instance: Path, folder: Path, way: str, log: Path, trap: Trap, forgets: bool, port: Any
) -> None:
    """The body of the process; says when it begins, and when it has come to its end."""
    decoding.BATCH_IMAGES = 2
    watch_reading(Log(log), trap)
    if forgets:
        replace_method(FileJournal, "get", lambda *_: None)
    ws = open_workspace(instance)
    watch_commits(ws.database, trap)  # type: ignore[arg-type]
    port.send("begun")
    {"new": make_run, "job": finish_import}[way](ws, folder)
    port.send("done")


def make_run(ws: Workspace, folder: Path) -> None:
    """What ``labeler new`` does."""
    run = runs.create_run(ws, new_run(folder), goes_on=True)
    job = runs.get_run(ws, run.id).active_job
    assert job is not None
    inline.finish_job(ws, job.id, handlers=HANDLERS)
    forget_reading(ws, str(folder))


def finish_import(ws: Workspace, folder: Path) -> None:
    """What a server's worker does with the job that a page asked for."""
    inline._PACE = replace(inline._PACE, report=0.01)
    job = runs.start_run(ws, new_run(folder))
    inline.finish_job(ws, job.id, handlers=HANDLERS)


def new_run(folder: Path) -> runs.NewRun:
    """Of the preset that takes the least time."""
    return runs.NewRun("r", source=str(folder), budget=5, preset="classic")


def watch_reading(log: Log, trap: Trap) -> None:
    """Note what is decoded and what is written down, and pass the points around that."""
    append, receive = FileJournal._append, DecodingProcess.receive
    write_down = decoded_files._Reader.write_down

    def appending(journal: FileJournal, key: bytes, value: bytes) -> None:
        trap.point("before put")
        append(journal, key, value)
        if trap.is_due("half a record"):
            assert journal._own is not None
            os.truncate(journal._own.fileno(), journal._end - len(value) // 2 - 1)
            os.kill(os.getpid(), signal.SIGKILL)
        trap.point("after put")

    def receiving(process: DecodingProcess, source: str) -> Outcome:
        outcome = receive(process, source)
        log.add("decoded", int(Path(source).stem))
        return outcome

    def writing(reader: Any, place: int, outcome: Outcome) -> None:
        write_down(reader, place, outcome)
        log.add("kept", place)

    replace_method(FileJournal, "_append", appending)
    replace_method(DecodingProcess, "receive", receiving)
    replace_method(decoded_files._Reader, "write_down", writing)


def replace_method(owner: type, name: str, method: Any) -> None:
    """In this process, for good."""
    setattr(owner, name, method)
