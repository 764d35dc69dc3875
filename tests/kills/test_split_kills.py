"""However a split, a merge or an undo of one dies, the clusters are whole and no answer is lost."""

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from labeler.datasets.base import Dataset
from labeler.workflow import datasets, labeling, runs
from labeler.workflow.inline import finish_job
from labeler.workflow.run import open_run
from labeler.workflow.runs import NewRun
from labeler.workflow.spread.spreading import spread
from labeler.workflow.training.results import run_report
from labeler.workflow.workspace import Workspace, open_workspace
from tests.conftest import blobs
from tests.history import history
from tests.kills.kill_database import assert_intact

SEED = int(os.environ.get("LABELER_KILL_SEED") or secrets.randbelow(10**6))
WORKER = Path(__file__).parent / "split_worker.py"
POINTS = (None, "before commit", "after commit")
LEAST_KILLS = 9


def test_a_killed_split_leaves_the_clusters_whole_and_loses_no_answer(
    tmp_path: Path, n_kills: int
) -> None:
    instance, log = tmp_path / "instance", tmp_path / "told"
    run_id = make_run(instance)
    chance = random.Random(SEED)  # noqa: S311 - not a secret, and repeatable by its seed
    with start(instance, run_id, log) as worker:
        for number in range(max(LEAST_KILLS, n_kills // 5)):
            kill_once(worker, log, number, chance)
            ws = open_workspace(instance)
            assert_whole(ws, run_id, f"seed {SEED}, kill {number}")
            ws.close()
    ws = open_workspace(instance)
    made = {one.op_id for one in open_run(ws, run_id).changes}
    answered = {one.op_id for one in history(ws, run_id)}
    told = set(log.read_text("ascii").split())
    ws.close()
    assert len(told) > LEAST_KILLS
    assert told <= made | answered, f"acknowledged and lost; seed {SEED}"
    assert made, "the harness must have had something to kill"
    assert_intact(instance)


def make_run(instance: Path) -> str:
    """A run of six clusters of eight classes; nothing answered."""
    names = tuple("abcdefgh")
    dataset = Dataset("bars", names, blobs(40, 8, seed=1, size=16), blobs(5, 8, seed=2, size=16))
    ws = open_workspace(instance)
    row = datasets.keep(ws, dataset, kind="path", source="bars")
    job = runs.start_run(ws, NewRun(name="bars", dataset_id=row.id, budget=6))
    finish_job(ws, job.id)
    ws.close()
    assert job.run_id is not None
    return job.run_id


@contextmanager
def start(instance: Path, run_id: str, log: Path) -> Iterator["subprocess.Popen[str]"]:
    arguments = [sys.executable, str(WORKER), str(instance), run_id, str(log)]
    # One thread each: what OpenMP began before a fork hangs after it.
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(
        arguments, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def kill_once(
    worker: "subprocess.Popen[str]", log: Path, number: int, chance: random.Random
) -> None:
    """Let a worker work until it kills itself, or for a moment."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    point = POINTS[number % len(POINTS)]
    before = log.read_bytes().count(b"\n") if log.exists() else 0
    worker.stdin.write(f"{SEED + number} {point or ''}\n")
    worker.stdin.flush()
    pid = int(worker.stdout.readline())
    if point is None:
        wait_for_lines(log, before + 3)
        time.sleep(chance.uniform(0, 0.3))
        os.kill(pid, signal.SIGKILL)
    assert worker.stdout.readline() == "dead\n"


def wait_for_lines(log: Path, wanted: int) -> None:
    deadline = time.monotonic() + 60
    while not (log.exists() and log.read_bytes().count(b"\n") >= wanted):
        assert time.monotonic() < deadline, "the worker does nothing"
        time.sleep(0.02)


def assert_whole(ws: Workspace, run_id: str, when: str) -> None:
    run = open_run(ws, run_id)
    clusters, numbers = run.clusters, run.cluster_numbers
    assert len(numbers) == clusters.n_clusters == len(set(numbers.tolist())), when
    assert np.array_equal(
        np.bincount(clusters.labels, minlength=clusters.n_clusters), clusters.sizes
    ), when
    assert clusters.sizes.sum() == len(run.pool), when
    assert clusters.sizes.min() > 0, when
    rows = run_report(open_run(ws, run_id)).clusters
    assert sorted(row.cluster for row in rows) == sorted(numbers.tolist()), when
    changes = open_run(ws, run_id).changes
    assert [one.version for one in changes] == list(range(1, len(changes) + 1)), when
    summary = runs.get_run(ws, run_id).summary
    asked = labeling.questions(open_run(ws, run_id))
    assert summary.n_questions == len(asked) <= run.row.budget, when
    for one in changes:
        for reference in (*one.before.values(), *one.after.values()):
            ws.artefacts.verify(reference)
    spread(open_run(ws, run_id))
