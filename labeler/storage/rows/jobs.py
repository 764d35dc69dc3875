"""Long steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class JobStatus(StrEnum):
    """Where a job is; the first two are active, the others final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self not in (JobStatus.QUEUED, JobStatus.RUNNING)


@dataclass(frozen=True)
class Job:
    """A long step: waiting, under way or ended.

    Attributes
    ----------
    inputs : dict
        What the handler is given; equal inputs of one kind are one job while it is active.
    done, total : int
        Progress of the step under way; ``total`` is None where its length is not known.
    message, detail : str
        What the user reads above and beside the bar.
    worker, token : str or None
        Who holds the lease; only the holder of the token may report or finish.
    attempts : int
        How often it was taken up.
    error : str or None
        Why it failed.
    result : dict or None
        What the handler delivered.
    """

    id: int
    run_id: str | None
    kind: str
    inputs_hash: str
    inputs: Mapping[str, Any]
    status: JobStatus
    done: int
    total: int | None
    message: str
    detail: str
    worker: str | None
    token: str | None
    lease_until: datetime | None
    heartbeat_at: datetime | None
    attempts: int
    error: str | None
    result: Mapping[str, Any] | None
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
