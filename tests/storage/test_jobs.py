"""The queue's rows, with a clock that is moved by hand."""

from datetime import timedelta
from functools import partial
from threading import Thread
from typing import Any

import pytest

from labeler.storage import jobs
from labeler.storage.database import Database
from labeler.storage.errors import LeaseLostError, NotFoundError, QueueFullError
from labeler.storage.jobs import Lease
from labeler.storage.rows import Job, JobStatus
from tests.storage.conftest import Made, ManualClock


def enqueue(database: Database, number: int = 0, **more: Any) -> Job:
    return database.write(lambda s: jobs.enqueue(s, "train", {"number": number}, **more))


def claim(database: Database, worker: str = "w") -> Job:
    """The next job, which there is."""
    job = claim_any(database, worker)
    assert job is not None
    return job


def claim_any(database: Database, worker: str = "w") -> Job | None:
    return database.write(lambda s: jobs.claim(s, worker))


def held(job: Job) -> Lease:
    assert job.token is not None
    return Lease(job.id, job.token)


def get(database: Database, job: Job) -> Job:
    with database.reading() as session:
        return jobs.get(session, job.id)


def test_a_job_goes_from_queued_to_done(database: Database, run: Made) -> None:
    job = enqueue(database, run_id=run.id)
    assert (job.status, job.attempts) == (JobStatus.QUEUED, 0)
    taken = claim(database)
    assert (taken.id, taken.status, taken.attempts) == (job.id, JobStatus.RUNNING, 1)
    database.write(lambda s: jobs.heartbeat(s, held(taken), done=3, total=10, message="Training"))
    assert (get(database, job).done, get(database, job).message) == (3, "Training")
    database.write(lambda s: jobs.finish(s, held(taken), {"result": 1}))
    ended = get(database, job)
    assert (ended.status, ended.done, ended.result) == (JobStatus.DONE, 10, {"result": 1})
    assert ended.status.is_final
    with database.reading() as session:
        assert jobs.list_recent(session, run_id=run.id) == (ended,)
        assert jobs.list_active(session) == ()


def test_the_same_inputs_are_one_job_while_it_is_active(database: Database) -> None:
    first = enqueue(database)
    assert enqueue(database) == first
    assert enqueue(database, 1).id != first.id
    taken = claim(database)
    assert enqueue(database).id == first.id
    database.write(lambda s: jobs.finish(s, held(taken)))
    assert enqueue(database).id != first.id


def test_the_same_inputs_after_a_cancel_are_a_new_job(database: Database) -> None:
    first = enqueue(database)
    claim(database)
    database.write(lambda s: jobs.cancel(s, first.id))
    assert enqueue(database).id != first.id


def test_one_runs_and_five_wait(database: Database) -> None:
    enqueue(database)
    taken = claim(database)
    for number in range(1, 6):
        enqueue(database, number)
    with pytest.raises(QueueFullError):
        enqueue(database, 6)
    assert enqueue(database, 5).status is JobStatus.QUEUED
    assert claim_any(database, "another") is None
    database.write(lambda s: jobs.finish(s, held(taken)))
    enqueue(database, 6)


def test_many_requests_at_once_fill_the_queue_and_no_more(database: Database) -> None:
    refused = []

    def ask(number: int) -> None:
        try:
            enqueue(database, number // 2)
        except QueueFullError:
            refused.append(number)

    threads = [Thread(target=ask, args=[number]) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert len(jobs.list_active(session)) == 6
    assert len(refused) == 12


def test_workers_at_once_take_one_job(database: Database) -> None:
    enqueue(database)
    taken: list[Job | None] = []
    threads = [Thread(target=lambda: taken.append(claim_any(database))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in taken if one]) == 1


def test_jobs_are_taken_in_their_order(database: Database) -> None:
    first, second = enqueue(database, 1), enqueue(database, 2)
    taken = claim(database)
    assert taken.id == first.id
    database.write(lambda s: jobs.give_back(s, held(taken)))
    assert get(database, first).attempts == 0
    assert claim(database).id == first.id
    assert claim_any(database) is None
    assert get(database, second).status is JobStatus.QUEUED


def test_a_silent_worker_loses_its_job_to_another(database: Database, clock: ManualClock) -> None:
    job = enqueue(database)
    zombie = claim(database, "zombie")
    clock.move(seconds=29)
    assert claim_any(database, "other") is None
    database.write(lambda s: jobs.heartbeat(s, held(zombie)))
    clock.move(seconds=29)
    assert claim_any(database, "other") is None
    clock.move(seconds=1)
    taken = claim(database, "other")
    assert (taken.id, taken.worker, taken.attempts) == (job.id, "other", 2)
    for late in (jobs.heartbeat, jobs.check, jobs.finish, jobs.stop, jobs.give_back):
        with pytest.raises(LeaseLostError), database.writing() as session:
            late(session, held(zombie))
    with pytest.raises(LeaseLostError):
        database.write(lambda s: jobs.fail(s, held(zombie), "late"))
    database.write(lambda s: jobs.finish(s, held(taken), {"by": "other"}))
    assert get(database, job).result == {"by": "other"}
    with pytest.raises(LeaseLostError):
        database.write(lambda s: jobs.finish(s, held(taken), {"by": "twice"}))


def test_a_job_that_kills_its_workers_fails_with_a_reason(
    database: Database, clock: ManualClock
) -> None:
    poison, healthy = enqueue(database, 1), enqueue(database, 2)
    for attempt in range(3):
        assert claim(database).attempts == attempt + 1
        clock.move(minutes=1)
    assert claim(database).id == healthy.id
    failed = get(database, poison)
    assert failed.status is JobStatus.FAILED
    assert failed.error is not None
    assert "3 times" in failed.error


def test_a_job_that_gets_further_at_each_try_is_tried_on(
    database: Database, clock: ManualClock
) -> None:
    job = enqueue(database)
    for _ in range(3 * jobs.MAX_ATTEMPTS):
        taken = claim(database)
        assert taken.id == job.id
        database.write(partial(jobs.heartbeat, held=held(taken), has_headway=True))
        clock.move(minutes=1)
    for _ in range(jobs.MAX_ATTEMPTS - 1):
        claim(database)
        clock.move(minutes=1)
    assert claim_any(database) is None
    assert get(database, job).status is JobStatus.FAILED


def test_a_clock_set_back_does_not_keep_a_job_for_a_day(
    database: Database, clock: ManualClock
) -> None:
    job = enqueue(database)
    claim(database, "dead")
    clock.move(days=-1)
    assert claim(database, "other").id == job.id


def test_what_a_dead_worker_held_is_taken_up_at_once(database: Database) -> None:
    job = enqueue(database)
    claim(database, "dead")
    assert database.write(lambda s: jobs.abandon(s, "somebody else")) == 0
    assert claim_any(database, "other") is None
    assert database.write(lambda s: jobs.abandon(s, "dead")) == 1
    assert claim(database, "other").id == job.id


def test_what_was_cut_off_in_order_is_queued_and_not_held_against_the_job(
    database: Database,
) -> None:
    job, later = enqueue(database), enqueue(database, 1)
    for _ in range(jobs.MAX_ATTEMPTS):
        assert claim(database, "stopped").id == job.id
        assert database.write(lambda s: jobs.hand_back(s, "somebody else")) == 0
        assert database.write(lambda s: jobs.hand_back(s, "stopped")) == 1
        stopped = get(database, job)
        assert (stopped.status, stopped.attempts) == (JobStatus.QUEUED, 0)
        assert (stopped.worker, stopped.token, stopped.heartbeat_at) == (None, None, None)
    taken = claim(database, "stopped")
    database.write(lambda s: jobs.finish(s, held(taken)))
    assert database.write(lambda s: jobs.hand_back(s, "stopped")) == 0
    assert (get(database, job).status, get(database, job).attempts) == (JobStatus.DONE, 1)
    assert get(database, later) == later


def test_a_waiting_job_is_cancelled_at_once(database: Database) -> None:
    job = enqueue(database)
    assert database.write(lambda s: jobs.cancel(s, job.id)).status is JobStatus.CANCELLED
    assert claim_any(database) is None


def test_a_running_job_is_asked_to_stop(database: Database, clock: ManualClock) -> None:
    job = enqueue(database)
    taken = claim(database)
    assert database.write(lambda s: jobs.heartbeat(s, held(taken))) is False
    assert database.write(lambda s: jobs.cancel(s, job.id)).status is JobStatus.RUNNING
    assert database.write(lambda s: jobs.heartbeat(s, held(taken))) is True
    clock.move(minutes=1)  # and if its worker dies first:
    assert claim_any(database, "other") is None
    assert get(database, job).status is JobStatus.CANCELLED


def test_cancelling_what_has_ended_changes_nothing(database: Database) -> None:
    job = enqueue(database)
    taken = claim(database)
    database.write(lambda s: jobs.fail(s, held(taken), "no memory"))
    ended = database.write(lambda s: jobs.cancel(s, job.id))
    assert (ended.status, ended.error) == (JobStatus.FAILED, "no memory")


def test_the_jobs_of_a_run_are_cancelled_together(database: Database, run: Made) -> None:
    mine, other = enqueue(database, 1, run_id=run.id), enqueue(database, 2)
    database.write(lambda s: jobs.cancel_of_run(s, run.id))
    assert get(database, mine).status is JobStatus.CANCELLED
    assert get(database, other).status is JobStatus.QUEUED


def test_a_job_unheard_of_is_called_stuck(database: Database, clock: ManualClock) -> None:
    enqueue(database)
    claim(database)
    with database.reading() as session:
        assert jobs.stuck(session) == ()
    clock.move(minutes=2)
    with database.reading() as session:
        assert len(jobs.stuck(session)) == 1
        assert jobs.stuck(session, silence=timedelta(hours=1)) == ()


@pytest.mark.parametrize("job_id", [0, 9, 2**40])
def test_a_job_that_is_not_there_is_not_found(database: Database, job_id: int) -> None:
    with pytest.raises(NotFoundError):
        database.write(lambda s: jobs.cancel(s, job_id))
