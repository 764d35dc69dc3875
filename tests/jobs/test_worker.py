"""The worker's loop, in the test's own process."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy.orm import Session

from labeler.exceptions import LabelerError
from labeler.jobs import __main__ as process
from labeler.jobs.reporting import Pace
from labeler.jobs.worker import Context, Delivery, Handler, Worker
from labeler.progress import Speed, track
from labeler.storage import jobs, results
from labeler.storage.database import Database, open_database
from labeler.storage.folder.instance import presence
from labeler.storage.rows import Job, JobStatus
from tests.figures import NO_FIGURES
from tests.storage.conftest import Made

FAST = Pace(lease=timedelta(seconds=5), heartbeat=0.05, report=0.02, poll=0.02)


@pytest.fixture
def live(database: Database, tmp_path: Path) -> Database:
    """With a real clock: leases run while the test does."""
    from labeler.storage.database import utc_now

    database.clock = utc_now
    return database


def run_one(database: Database, handler: Handler) -> Job:
    job = database.write(lambda s: jobs.enqueue(s, "kind", {"n": 3}))
    assert Worker(database, {"kind": handler}, pace=FAST).run_one()
    return get(database, job)


def get(database: Database, job: Job) -> Job:
    with database.reading() as session:
        return jobs.get(session, job.id)


def lease_end(database: Database, job: Job) -> datetime:
    end = get(database, job).lease_until
    assert end is not None
    return end


def wait_until(holds: Callable[[], object], seconds: float = 10) -> None:
    pause = Event()
    for _ in range(int(seconds / 0.02)):
        if holds():
            return
        pause.wait(0.02)
    pytest.fail("waited in vain")


def test_what_a_killed_worker_held_is_taken_up_without_waiting_for_its_lease(
    live: Database,
) -> None:
    job = live.write(lambda s: jobs.enqueue(s, "kind", {}))
    live.write(lambda s: jobs.claim(s, "killed"))
    (live.instance / "workers").mkdir()
    (live.instance / "workers" / "killed").touch()  # it is there, and nobody holds it
    worker = Worker(live, {"kind": lambda _: None}, pace=FAST, name="next")
    with presence(live.instance, "alive"):
        thread = Thread(target=worker.run)
        thread.start()
        wait_until(lambda: get(live, job).status is JobStatus.DONE)
        worker.shut_down.set()
        thread.join()
        assert [path.name for path in (live.instance / "workers").iterdir()] == ["alive"]
    assert get(live, job).attempts == 2


def test_how_fast_it_goes_is_told_beside_what_the_step_says(
    live: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Speed, "words", lambda *_: "3 a second, 40 s left")
    told = []

    def handler(context: Context) -> None:
        with context.progress.task("Counting", 3) as task:
            task.advance(1, "loss 0.1")
            wait_until(lambda: get(live, context.job).detail)
            told.append(get(live, context.job).detail)

    assert run_one(live, handler).status is JobStatus.DONE
    assert told == ["loss 0.1 · 3 a second, 40 s left"]


def test_an_empty_queue_is_no_work(live: Database) -> None:
    assert Worker(live, {}, pace=FAST).run_one() is False


def test_what_a_handler_returns_is_delivered(live: Database, run: Made) -> None:
    def handler(context: Context) -> Delivery:
        total = sum(track(range(context.job.inputs["n"]), context.progress, "Counting"))

        def deliver(session: Session) -> Mapping[str, Any]:
            results.add(session, run.id, job_id=context.job.id, revision=0, metrics=NO_FIGURES)
            return {"total": total}

        return deliver

    job = run_one(live, handler)
    assert (job.status, job.result) == (JobStatus.DONE, {"total": 3})
    with live.reading() as session:
        assert results.find_of_job(session, job.id) is not None


def test_progress_is_seen_while_the_step_works(live: Database) -> None:
    def handler(context: Context) -> None:
        def sees(*expected: object) -> bool:
            now = get(live, context.job)
            return (now.done, now.total, now.message, now.detail) == expected

        with context.progress.task("Outer", 4) as outer:
            outer.advance(2, "half")
            wait_until(lambda: sees(2, 4, "Outer", "half"))
            with context.progress.task("Inner", 4) as inner:
                inner.advance(1, "a quarter")
                wait_until(lambda: sees(56, 100, "Outer 3 of 4 · Inner", "a quarter"))
                with context.progress.task("Innermost"):
                    wait_until(lambda: sees(56, 100, "Outer 3 of 4 · Inner 2 of 4 · Innermost", ""))
                inner.advance()
                wait_until(lambda: sees(62, 100, "Outer 3 of 4 · Inner", "a quarter"))
            wait_until(lambda: sees(75, 100, "Outer 3 of 4 · Inner", "a quarter"))
            outer.advance()
            wait_until(lambda: sees(3, 4, "Outer", "half"))
        wait_until(lambda: sees(4, 4, "Outer", "half"))

    assert run_one(live, handler).status is JobStatus.DONE


def test_an_error_for_the_user_is_the_reason(live: Database) -> None:
    def handler(context: Context) -> None:
        raise LabelerError("There are no answers yet.")

    job = run_one(live, handler)
    assert (job.status, job.error) == (JobStatus.FAILED, "There are no answers yet.")


def test_a_defect_fails_the_job_and_not_the_worker(live: Database) -> None:
    def handler(context: Context) -> None:
        raise ZeroDivisionError("division by zero")

    job = run_one(live, handler)
    assert job.status is JobStatus.FAILED
    assert job.error == "A defect of Labeler: ZeroDivisionError: division by zero"


def test_a_defect_is_told_without_a_path(live: Database, tmp_path: Path) -> None:
    def handler(context: Context) -> None:
        (tmp_path / "gone").read_bytes()

    job = run_one(live, handler)
    assert job.error == "A defect of Labeler: FileNotFoundError: No such file or directory"


def test_a_delivery_that_fails_leaves_no_rows(live: Database, run: Made) -> None:
    def handler(context: Context) -> Delivery:
        def deliver(session: Session) -> None:
            results.add(session, run.id, job_id=context.job.id, revision=0, metrics=NO_FIGURES)
            raise LabelerError("too late")

        return deliver

    job = run_one(live, handler)
    assert (job.status, job.error) == (JobStatus.FAILED, "too late")
    with live.reading() as session:
        assert results.list_of_run(session, run.id) == ()


def test_a_kind_without_a_handler_fails(live: Database) -> None:
    live.write(lambda s: jobs.enqueue(s, "unknown", {}))
    Worker(live, {}, pace=FAST).run_one()
    with live.reading() as session:
        (job,) = jobs.list_recent(session)
    assert (job.status, "'unknown'" in str(job.error)) == (JobStatus.FAILED, True)


def test_a_step_hears_that_the_user_cancelled(live: Database) -> None:
    def handler(context: Context) -> None:
        live.write(lambda s: jobs.cancel(s, context.job.id))
        for _ in track(iter(lambda: Event().wait(0.01), True), context.progress, "Endless"):
            pass

    assert run_one(live, handler).status is JobStatus.CANCELLED


def test_a_shut_down_gives_the_job_back(live: Database) -> None:
    worker = Worker(live, {}, pace=FAST)

    def handler(context: Context) -> None:
        worker.shut_down.set()
        for _ in track(range(10), context.progress, "Counting"):
            pass

    worker.handlers = {"kind": handler}
    job = live.write(lambda s: jobs.enqueue(s, "kind", {}))
    worker.run()
    assert (get(live, job).status, get(live, job).attempts) == (JobStatus.QUEUED, 0)


@pytest.mark.parametrize(
    ("told", "attempts"), [(b".", 1), (b"", 2)], ids=["told to end", "its parent died"]
)
def test_a_step_that_outlasts_the_parent_counts_unless_the_end_was_wished_for(
    live: Database, monkeypatch: pytest.MonkeyPatch, told: bytes, attempts: int
) -> None:
    reading, writing = os.pipe()
    os.write(writing, told)
    os.close(writing)
    ended: list[int] = []
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        monkeypatch.setattr("os._exit", ended.append)
        monkeypatch.setattr(process, "GRACE_SECONDS", 0)
        live.write(lambda s: jobs.enqueue(s, "kind", {}))
        live.write(lambda s: jobs.claim(s, "deaf"))
        process._follow_parent(Worker(live, {}, name="deaf"))
    assert ended == [1]
    assert live.write(lambda s: jobs.claim(s, "another")).attempts == attempts


def test_a_worker_that_lost_its_lease_delivers_nothing(live: Database) -> None:
    def handler(context: Context) -> Delivery:
        def take_over(session: Session) -> Job | None:
            jobs.abandon(session, str(context.job.worker))
            return jobs.claim(session, "other")

        assert live.write(take_over).id == context.job.id
        return lambda session: {"by": "zombie"}

    job = run_one(live, handler)
    assert (job.status, job.worker, job.result) == (JobStatus.RUNNING, "other", None)


def test_a_step_that_lost_its_lease_is_stopped(live: Database) -> None:
    rounds = []

    def handler(context: Context) -> None:
        live.write(lambda s: jobs.abandon(s, str(context.job.worker)))
        live.write(lambda s: jobs.claim(s, "other"))
        for _ in track(iter(lambda: Event().wait(0.01), True), context.progress, "Endless"):
            rounds.append(1)
            assert len(rounds) < 1000

    assert run_one(live, handler).worker == "other"


def test_a_long_step_keeps_its_lease(live: Database) -> None:
    claimed = []

    def handler(context: Context) -> None:
        first = lease_end(live, context.job)
        wait_until(lambda: lease_end(live, context.job) > first)
        live.clock = lambda: first  # the first lease ends now, the renewed one holds
        claimed.append(live.write(lambda s: jobs.claim(s, "thief")))

    assert run_one(live, handler).status is JobStatus.DONE
    assert claimed == [None]


def test_the_loop_survives_a_busy_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from labeler.storage.errors import BusyError

    database = open_database(tmp_path)
    worker = Worker(database, {}, pace=FAST)
    calls = []

    def busy() -> bool:
        calls.append(1)
        if len(calls) == 3:
            worker.shut_down.set()
        raise BusyError("try again")

    monkeypatch.setattr(worker, "run_one", busy)
    thread = Thread(target=worker.run)
    thread.start()
    thread.join(10)
    assert len(calls) == 3
    database.close()
