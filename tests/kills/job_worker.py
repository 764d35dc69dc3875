"""A worker to be killed, and handlers that show when something is done twice."""

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import structs
from sqlalchemy.orm import Session

from labeler.jobs.reporting import Pace
from labeler.jobs.worker import Context, Delivery, Handler, Worker
from labeler.progress import track
from labeler.storage import jobs, results, tables
from labeler.storage.database import open_database
from tests.figures import NO_FIGURES

QUICK = Pace(heartbeat=0.1, report=0.05, poll=0.02)
"""With leases that outlast every pause of a busy machine; tests end them themselves."""


def _is_first(context: Context) -> bool:
    with context.database.reading() as session:
        return jobs.get(session, context.job.id).attempts == 1


def count(context: Context) -> Delivery:
    """Compute in steps, keep an array, deliver a row that nothing but the lease keeps unique.

    The first worker of a job that ``stops`` stands still before it delivers.
    """
    inputs = context.job.inputs
    for _ in track(range(round(inputs["seconds"] * 100)), context.progress, "Counting"):
        time.sleep(0.01)
    while inputs["stops"] and _is_first(context):  # who goes on before another worker stops again
        os.kill(os.getpid(), signal.SIGSTOP)
    reference = context.database.artefacts.save(np.arange(inputs["number"]))

    def deliver(session: Session) -> Mapping[str, Any]:
        results.add(
            session,
            inputs["run"],
            revision=0,
            metrics=structs.replace(NO_FIGURES, seeds=(context.job.id,)),
            artefacts={"counted": reference},
        )
        return {"number": inputs["number"], "pid": os.getpid()}

    return deliver


def be_deaf(context: Context) -> None:
    """A step that never says how far it is, and so never hears that it should stop."""
    time.sleep(600)


HANDLERS: dict[str, Handler] = {"count": count, "be deaf": be_deaf}


def without_fence(database: Any) -> None:
    """The planted fault: whoever comes back late may deliver all the same."""
    fence = jobs._held

    def anyone(session: Session, held: jobs.Lease) -> tables.Job:
        row = session.get_one(tables.Job, held.job_id)
        return fence(session, jobs.Lease(row.id, row.token)) if row.token else row

    jobs._held = anyone


def work(instance: Path, url: str | None, name: str, fenced: bool = True) -> None:
    """The body of the worker's process."""
    database = open_database(instance, url)
    if not fenced:
        without_fence(database)
    Worker(database, HANDLERS, name=name, pace=QUICK).run()
