"""A job ends as done, failed with a reason or cancelled, exactly once, however workers die.

``LABELER_JOB_KILLS=300 pytest tests/kills`` kills more often.
"""

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from labeler.exceptions import LabelerError
from labeler.jobs.supervisor import Supervisor
from labeler.storage import datasets, jobs, results, runs, tables
from labeler.storage.database import Database, open_database, utc_now
from labeler.storage.doctor import examine
from labeler.storage.rows import Job, JobStatus
from tests.kills.answer_server import PRELOADED, fork_server
from tests.kills.job_worker import work

N_KILLS = int(os.environ.get("LABELER_JOB_KILLS", "20"))
SEED = int(os.environ.get("LABELER_KILL_SEED") or secrets.randbelow(10**6))
ROOT = Path(__file__).parents[2]
HANDLERS = "tests.kills.job_worker:HANDLERS"
PATIENCE = 120.0
"""Seconds within which what must happen has happened, on however busy a machine."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def run(database: Database) -> str:
    with database.writing() as session:
        dataset = datasets.add(
            session, name="d", kind="known", source="d", content_hash="d", counts={}
        )
        return runs.create(
            session, name="r", dataset_id=dataset.id, config={}, preset="classic", budget=1
        ).id


def pid_of(process: BaseProcess | Supervisor) -> int:
    """The process id of what runs."""
    assert process.pid is not None
    return process.pid


needs_proc = pytest.mark.skipif(
    not Path("/proc").is_dir(), reason="needs /proc to see processes stop and end"
)


def has_state(letter: str, pid: int) -> bool:
    """T: it stands still; Z: it has ended, and nobody has asked yet how."""
    return f"State:\t{letter}" in Path(f"/proc/{pid}/status").read_text()


class Workers:
    """Starts workers in processes of their own and ends those that are left."""

    def __init__(self, instance: Path) -> None:
        self.instance = instance
        self.context = fork_server(PRELOADED)
        self.processes: list[BaseProcess] = []

    def start(self, name: str, fenced: bool = True) -> BaseProcess:
        process = self.context.Process(
            target=work, args=[self.instance, None, name, fenced], daemon=True
        )
        process.start()
        self.processes.append(process)
        return process

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.join()


@pytest.fixture
def workers(database: Database) -> Iterator[Workers]:
    started = Workers(database.instance)
    yield started
    started.end()


def enqueue(
    database: Database,
    run: str,
    number: int,
    seconds: float = 0.1,
    kind: str = "count",
    stops: bool = False,
) -> Job:
    inputs = {"number": number, "run": run, "seconds": seconds, "stops": stops}
    return database.write(lambda s: jobs.enqueue(s, kind, inputs))


def get(database: Database, job: Job) -> Job:
    with database.reading() as session:
        return jobs.get(session, job.id)


def active(database: Database) -> int:
    with database.reading() as session:
        return len(jobs.list_active(session))


def delivered(database: Database, run: str) -> Counter[int]:
    with database.reading() as session:
        return Counter(one.metrics.seeds[0] for one in results.list_of_run(session, run))


def let_leases_end(database: Database) -> None:
    """Whoever holds a job has been silent for too long."""
    running = update(tables.Job).where(tables.Job.status == JobStatus.RUNNING)
    with database.writing() as session:
        session.execute(running.values(lease_until=utc_now() - timedelta(seconds=1)))


def has_ended_leases(database: Database) -> bool:
    """The same, unless somebody has the database for himself."""
    try:
        let_leases_end(database)
    except (SQLAlchemyError, LabelerError):
        return False
    return True


def wait_until(holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail("waited in vain")
        time.sleep(0.02)


def test_no_job_is_lost_doubled_or_stuck(database: Database, run: str, workers: Workers) -> None:
    chance = random.Random(SEED)  # noqa: S311 - not a secret, and repeatable by its seed
    asked: list[Job] = []
    for number in range(N_KILLS):
        while active(database) < 3:
            asked.append(enqueue(database, run, len(asked)))
        process = workers.start(f"worker-{number}")
        time.sleep(chance.uniform(0, 0.5))
        process.kill()
        process.join()
        if chance.random() < 0.5:  # a supervisor notices
            with database.writing() as session:
                jobs.abandon(session, f"worker-{number}")
        else:
            let_leases_end(database)
    asked += [enqueue(database, run, number) for number in range(3)]  # whose worker is not killed
    workers.start("the last one")
    wait_until(lambda: active(database) == 0)

    ended = [get(database, job) for job in asked]
    found = delivered(database, run)
    for job in ended:
        assert job.status in (JobStatus.DONE, JobStatus.FAILED), f"seed {SEED}"
        assert found[job.id] == (job.status is JobStatus.DONE), f"seed {SEED}"
        assert (job.error is not None) == (job.status is JobStatus.FAILED)
    assert len(found) >= 3


@needs_proc
@pytest.mark.parametrize("fenced", [True, False], ids=["fenced", "planted fault"])
def test_a_worker_that_comes_back_late_loses(
    database: Database, run: str, workers: Workers, fenced: bool
) -> None:
    job = enqueue(database, run, 1, stops=True)
    zombie = workers.start("zombie", fenced)
    wait_until(lambda: has_state("T", pid_of(zombie)))
    while not has_ended_leases(database):  # it stopped while its lease was being renewed
        os.kill(pid_of(zombie), signal.SIGCONT)
        wait_until(lambda: has_state("T", pid_of(zombie)))
    other = workers.start("other", fenced)
    wait_until(lambda: get(database, job).status is JobStatus.DONE)
    other.kill()
    other.join()
    os.kill(pid_of(zombie), signal.SIGCONT)
    later = enqueue(database, run, 2)  # which it takes up after it has tried to deliver the first
    wait_until(lambda: get(database, later).status is JobStatus.DONE)
    assert get(database, job).attempts == 2
    assert delivered(database, run)[job.id] == (1 if fenced else 2)


def test_a_poisonous_job_stops_after_three_workers(
    database: Database, run: str, workers: Workers
) -> None:
    job = enqueue(database, run, 1, seconds=60)

    def is_held_by(worker: str) -> bool:
        return get(database, job).worker == worker

    for number in range(3):
        process = workers.start(f"worker-{number}")
        wait_until(partial(is_held_by, f"worker-{number}"))
        process.kill()
        process.join()
        let_leases_end(database)
    workers.start("the last one")
    wait_until(lambda: get(database, job).status is JobStatus.FAILED)
    assert "3 times" in str(get(database, job).error)


@pytest.fixture
def supervise(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Supervisor]]:
    """Starts one after the other; what is left is stopped in the end."""
    paths = filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    started: list[Supervisor] = []

    def start() -> Supervisor:
        started.append(Supervisor(database, HANDLERS))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def supervisor(supervise: Callable[[], Supervisor]) -> Supervisor:
    return supervise()


def test_the_supervisor_replaces_a_killed_worker(
    database: Database, run: str, supervisor: Supervisor
) -> None:
    job = enqueue(database, run, 7, stops=True)
    wait_until(lambda: get(database, job).status is JobStatus.RUNNING)
    killed = pid_of(supervisor)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: get(database, job).status is JobStatus.DONE)
    result = get(database, job).result
    assert result is not None
    assert result["number"] == 7
    assert result["pid"] != killed
    assert delivered(database, run) == {job.id: 1}


def test_stopping_gives_the_job_back_and_ends_the_worker(
    database: Database, run: str, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeler.jobs.supervisor._STOP_SECONDS", PATIENCE)
    job = enqueue(database, run, 7, seconds=60)
    wait_until(lambda: get(database, job).status is JobStatus.RUNNING)
    worker = pid_of(supervisor)
    supervisor.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
    assert (get(database, job).status, get(database, job).attempts) == (JobStatus.QUEUED, 0)


def test_a_job_outlives_any_number_of_orderly_stops_in_a_long_step(
    database: Database, supervise: Callable[[], Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeler.jobs.supervisor._STOP_SECONDS", 0.1)
    job = enqueue(database, "none", 7, kind="be deaf")
    for _ in range(jobs.MAX_ATTEMPTS):
        supervisor = supervise()
        wait_until(lambda: get(database, job).status is JobStatus.RUNNING)
        supervisor.stop()
        assert (get(database, job).status, get(database, job).attempts) == (JobStatus.QUEUED, 0)
    assert "None is stuck." in [one.message for one in examine(database)]


def test_a_death_while_it_stops_counts(
    database: Database, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeler.jobs.supervisor._STOP_SECONDS", PATIENCE)
    job = enqueue(database, "none", 7, kind="be deaf")
    wait_until(lambda: get(database, job).status is JobStatus.RUNNING)
    stopping = Thread(target=supervisor.stop)
    stopping.start()
    os.kill(pid_of(supervisor), signal.SIGKILL)
    stopping.join()
    assert database.write(lambda s: jobs.claim(s, "another")).attempts == 2


PARENT = """
import sys, time
from pathlib import Path
from labeler.exceptions import LabelerError
from labeler.jobs.supervisor import Supervisor
from labeler.storage.database import open_database

supervisor = Supervisor(open_database(Path(sys.argv[1])), sys.argv[2])
supervisor.start()
while supervisor.pid is None:
    time.sleep(0.01)
print(supervisor.pid, flush=True)
time.sleep(600)
"""


def is_gone(pid: int) -> bool:
    """Ended, or a zombie that nobody waits for (its parent is dead)."""
    try:
        return has_state("Z", pid)
    except (FileNotFoundError, ProcessLookupError):
        return True


@needs_proc
@pytest.mark.parametrize("kind", ["count", "be deaf"])
def test_a_worker_ends_when_its_parent_is_killed(database: Database, run: str, kind: str) -> None:
    paths = filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    arguments = [sys.executable, "-c", PARENT, str(database.instance), HANDLERS]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        worker = int(parent.stdout.readline())
        job = enqueue(database, run, 7, 60, kind)
        wait_until(lambda: get(database, job).status is JobStatus.RUNNING)
        parent.kill()
    wait_until(lambda: is_gone(worker))
    assert database.write(lambda s: jobs.claim(s, "another")).id == job.id
