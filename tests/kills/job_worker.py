"""A worker to be killed, and handlers that show when something is done twice."""

import os
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import structs
from sqlalchemy.orm import Session

from labeler.jobs.reporting import Pace
from labeler.jobs.worker import Context, Delivery, Handler, Worker
from labeler.progress import track
from labeler.storage import jobs, results
from labeler.storage.database import open_database
from tests.figures import NO_FIGURES

QUICK = Pace(lease=timedelta(seconds=1), heartbeat=0.1, report=0.05, poll=0.02)


def count(context: Context) -> Delivery:
    """Compute in steps, keep an array, deliver a row that nothing but the lease keeps unique."""
    inputs = context.job.inputs
    for _ in track(range(round(inputs["seconds"] * 100)), context.progress, "Counting"):
        time.sleep(0.01)
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
    held = jobs._held

    def anyone(session: Session, lease: jobs.Lease) -> Any:
        row = session.get(jobs.tables.Job, lease.job_id)
        return held(session, jobs.Lease(row.id, row.token)) if row.token else row

    jobs._held = anyone


def work(instance: Path, url: str | None, name: str, fenced: bool = True) -> None:
    """The body of the worker's process."""
    database = open_database(instance, url)
    if not fenced:
        without_fence(database)
    Worker(database, HANDLERS, name=name, pace=QUICK).run()
