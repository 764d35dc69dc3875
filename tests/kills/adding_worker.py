"""A process that adds images and takes them back, again and again, until it is killed."""

import os
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

from labeler.jobs.reporting import Pace
from labeler.jobs.worker import Worker
from labeler.storage import additions
from labeler.storage.rows import JobStatus
from labeler.workflow.adding.history import undo_addition
from labeler.workflow.adding.request import request_addition
from labeler.workflow.handlers import HANDLERS
from labeler.workflow.jobs import get_job
from labeler.workflow.workspace import open_workspace
from tests.kills.answer_server import Trap, watch_commits

QUICK = Pace(lease=timedelta(seconds=1), heartbeat=0.1, report=0.05)
"""The job of a process that was killed is soon taken up by the next."""


def work(
    instance: Path, run_id: str, folder: Path, armed: str | None, fault: bool, port: Any
) -> None:
    """The body of the process; says when it begins, and when it added images."""
    if fault:
        plant_fault()
    ws = open_workspace(instance)
    watch_commits(ws.database, Trap(armed))
    port.send("begun")
    worker = Worker(ws.database, HANDLERS, pace=QUICK)
    while True:
        job = request_addition(ws, run_id, str(folder))
        while not (job := get_job(ws, job.id)).status.is_final:
            worker.run_one()
        if job.status is JobStatus.DONE:  # else given up, as one whose workers died too often is
            port.send("added")
            undo_addition(ws, run_id)


def plant_fault() -> None:
    """Commit halfway and die there: the harness must notice."""

    def die_halfway(session: Any, *_: Any) -> None:
        session.commit()
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(additions, "_move", die_halfway)  # noqa: B010 - a private name of another module
