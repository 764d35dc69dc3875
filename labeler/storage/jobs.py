"""The queue's rows: one job runs, five wait, and every report carries the holder's token.

A worker claims a job for the length of a lease and renews it by heartbeats. A lease that runs
out makes the job claimable again, under another token, so a worker that comes back late cannot
report or deliver anything.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from labeler.storage import rows, tables
from labeler.storage.errors import LeaseLostError, NotFoundError, QueueFullError
from labeler.storage.rows import JobStatus
from labeler.storage.session import get_row, hash_json, now, take_turns

MAX_WAITING = 5
MAX_ATTEMPTS = 3
LEASE = timedelta(seconds=30)

_ACTIVE = (JobStatus.QUEUED, JobStatus.RUNNING)


@dataclass(frozen=True)
class Lease:
    """The right to work on one job, for a while."""

    job_id: int
    token: str


def export_folder(instance: Path, job_id: int) -> Path:
    """Where a job leaves files to be downloaded; ``upkeep`` removes them after the job's row."""
    return instance / "exports" / str(job_id)


def enqueue(
    session: Session, kind: str, inputs: Mapping[str, Any], *, run_id: str | None = None
) -> rows.Job:
    """Add a job; one of the same kind and inputs that is waiting or running is given instead.

    Raises
    ------
    QueueFullError
        One runs and five wait.
    """
    take_turns(session, "jobs")
    inputs_hash = hash_json([run_id, dict(inputs)])
    same = session.scalar(
        select(tables.Job).where(
            tables.Job.kind == kind,
            tables.Job.inputs_hash == inputs_hash,
            tables.Job.status.in_(_ACTIVE),
            ~tables.Job.cancel_requested,
        )
    )
    if same is not None:
        return _freeze(same)
    if _count_active(session) > MAX_WAITING:
        raise QueueFullError(
            f"One job runs and {MAX_WAITING} wait; start this one when the first of them is done."
        )
    row = _new(kind, inputs_hash, inputs, run_id, now(session))
    session.add(row)
    session.flush()
    return _freeze(row)


def get(session: Session, job_id: int) -> rows.Job:
    """The job of that id.

    Raises
    ------
    NotFoundError
    """
    return _freeze(get_row(session, tables.Job, job_id, "job"))


def list_recent(
    session: Session, *, run_id: str | None = None, limit: int = 50
) -> tuple[rows.Job, ...]:
    """The newest jobs first; of one run, if given."""
    statement = select(tables.Job).order_by(tables.Job.id.desc()).limit(limit)
    if run_id is not None:
        statement = statement.where(tables.Job.run_id == run_id)
    return tuple(_freeze(row) for row in session.scalars(statement))


def list_active(session: Session) -> tuple[rows.Job, ...]:
    """The job under way and those that wait, in their order."""
    return tuple(_freeze(row) for row in _active(session))


def cancel(session: Session, job_id: int) -> rows.Job:
    """End a waiting job; ask a running one to stop at its next step. Ended ones stay as they are.

    Raises
    ------
    NotFoundError
    """
    take_turns(session, "jobs")
    row = get_row(session, tables.Job, job_id, "job")
    _cancel(session, row)
    return _freeze(row)


def cancel_of_run(session: Session, run_id: str) -> None:
    """Cancel every active job of a run."""
    take_turns(session, "jobs")
    for row in _active(session, lock=True):
        if row.run_id == run_id:
            _cancel(session, row)


def claim(session: Session, worker: str, *, lease: timedelta = LEASE) -> rows.Job | None:
    """Take up the oldest job that waits or whose worker went silent; None while another runs.

    A job that was taken up three times without coming to an end fails instead: something about
    it kills its worker.
    """
    take_turns(session, "jobs")
    active = _active(session, lock=True)
    moment = now(session)
    if any(row.status is JobStatus.RUNNING and not _expired(row, moment, lease) for row in active):
        return None
    for row in active:
        if _can_be_taken(session, row):
            return _take(session, row, worker, lease)
    return None


def heartbeat(
    session: Session,
    held: Lease,
    *,
    lease: timedelta = LEASE,
    done: int = 0,
    total: int | None = None,
    message: str = "",
    detail: str = "",
    has_headway: bool = False,
) -> bool:
    """Renew the lease and say how far the work is.

    With ``has_headway``, this try has got further than those before it, and they count no more.

    Returns
    -------
    bool
        Whether the job was asked to stop.

    Raises
    ------
    LeaseLostError
        The job is not this worker's any more.
    """
    row = _held(session, held)
    row.heartbeat_at = now(session)
    row.lease_until = row.heartbeat_at + lease
    row.done, row.total, row.message, row.detail = done, total, message, detail
    if has_headway:
        row.attempts = 1
    return row.cancel_requested


def check(session: Session, held: Lease) -> rows.Job:
    """Lock the job and make sure that it is still this worker's, until the transaction ends.

    Raises
    ------
    LeaseLostError
    """
    return _freeze(_held(session, held))


def finish(session: Session, held: Lease, result: Mapping[str, Any] | None = None) -> rows.Job:
    """End the job as done.

    Raises
    ------
    LeaseLostError
        The job is not this worker's any more; whatever the transaction wrote must not stay.
    """
    row = _held(session, held)
    row.result = dict(result or {})
    if row.total is not None:
        row.done = row.total
    return _end(session, row, JobStatus.DONE)


def fail(session: Session, held: Lease, error: str) -> rows.Job:
    """End the job as failed, with a reason for the user.

    Raises
    ------
    LeaseLostError
    """
    row = _held(session, held)
    row.error = error
    return _end(session, row, JobStatus.FAILED)


def stop(session: Session, held: Lease) -> rows.Job:
    """End the job as cancelled.

    Raises
    ------
    LeaseLostError
    """
    return _end(session, _held(session, held), JobStatus.CANCELLED)


def give_back(session: Session, held: Lease) -> rows.Job:
    """Put the job back in its place in the queue: the worker is shut down, the job is not at fault.

    Raises
    ------
    LeaseLostError
    """
    return _requeue(_held(session, held))


def hand_back(session: Session, worker: str) -> int:
    """Give back what a worker held that was cut off in order; the jobs are not at fault.

    Returns
    -------
    int
        How many jobs it held.
    """
    held = _held_by(session, worker)
    for row in held:
        _requeue(row)
    return len(held)


def abandon(session: Session, worker: str) -> int:
    """Let go of what a dead worker held, so that it is taken up at once, not when the lease ends.

    Its death counts: a job may have been the cause.

    Returns
    -------
    int
        How many jobs it held.
    """
    held = _held_by(session, worker)
    for row in held:
        row.lease_until = now(session)
    return len(held)


def stuck(session: Session, *, silence: timedelta = 2 * LEASE) -> tuple[rows.Job, ...]:
    """Running jobs whose worker has been silent for that long."""
    limit = now(session) - silence
    return tuple(
        _freeze(row)
        for row in _active(session)
        if row.heartbeat_at is not None and row.heartbeat_at < limit
    )


def _new(
    kind: str, inputs_hash: str, inputs: Mapping[str, Any], run_id: str | None, moment: datetime
) -> tables.Job:
    return tables.Job(
        run_id=run_id,
        kind=kind,
        inputs_hash=inputs_hash,
        inputs=dict(inputs),
        status=JobStatus.QUEUED,
        done=0,
        total=None,
        message="",
        detail="",
        attempts=0,
        cancel_requested=False,
        created_at=moment,
    )


def _active(session: Session, *, lock: bool = False) -> Sequence[tables.Job]:
    statement = select(tables.Job).where(tables.Job.status.in_(_ACTIVE)).order_by(tables.Job.id)
    if lock:  # PostgreSQL: a job that ends at this instant must not be revived
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalars(statement).all()


def _count_active(session: Session) -> int:
    statement = select(func.count()).where(tables.Job.status.in_(_ACTIVE))
    return session.scalar(statement) or 0


def _expired(row: tables.Job, moment: datetime, lease: timedelta) -> bool:
    if row.lease_until is None or row.heartbeat_at is None:
        return True
    # A heartbeat from the future: the clock was set back, and waiting for it could take days.
    return row.lease_until <= moment or row.heartbeat_at > moment + lease


def _can_be_taken(session: Session, row: tables.Job) -> bool:
    if row.cancel_requested:
        _end(session, row, JobStatus.CANCELLED)
    elif row.attempts >= MAX_ATTEMPTS:
        row.error = (
            f"Its worker died {row.attempts} times while at it (out of memory or disk, perhaps); "
            "it is not tried again."
        )
        _end(session, row, JobStatus.FAILED)
    return not row.status.is_final


def _take(session: Session, row: tables.Job, worker: str, lease: timedelta) -> rows.Job:
    moment = now(session)
    row.status = JobStatus.RUNNING
    row.worker = worker
    row.token = secrets.token_hex(16)
    row.attempts += 1
    row.started_at = row.started_at or moment
    row.heartbeat_at = moment
    row.lease_until = moment + lease
    row.done, row.total, row.message, row.detail = 0, None, "", ""
    session.flush()
    return _freeze(row)


def _held_by(session: Session, worker: str) -> list[tables.Job]:
    take_turns(session, "jobs")
    return [row for row in _active(session, lock=True) if row.worker == worker]


def _held(session: Session, held: Lease) -> tables.Job:
    row = session.scalar(
        select(tables.Job)
        .where(tables.Job.id == held.job_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFoundError(f"There is no job {held.job_id}.")
    if row.status is not JobStatus.RUNNING or row.token != held.token:
        raise LeaseLostError(f"Job {row.id} is {row.status.value} and not this worker's any more.")
    return row


def _cancel(session: Session, row: tables.Job) -> None:
    if row.status is JobStatus.QUEUED:
        _end(session, row, JobStatus.CANCELLED)
    elif row.status is JobStatus.RUNNING:
        row.cancel_requested = True


def _requeue(row: tables.Job) -> rows.Job:
    """Its place in the queue is its id, and this try does not count."""
    row.status = JobStatus.QUEUED
    row.attempts -= 1
    row.token = row.worker = row.lease_until = row.heartbeat_at = None
    return _freeze(row)


def _end(session: Session, row: tables.Job, status: JobStatus) -> rows.Job:
    row.status = status
    row.token = row.lease_until = None
    row.finished_at = now(session)
    session.flush()
    return _freeze(row)


def _freeze(row: tables.Job) -> rows.Job:
    return rows.freeze(rows.Job, row)
