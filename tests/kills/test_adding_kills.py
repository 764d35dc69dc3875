"""Images are added whole, with all that a run has of them, or not at all; so are they taken back.

``LABELER_ADDING_KILLS=100 pytest tests/kills`` kills more often.
"""

import os
import random
import secrets
import time
from pathlib import Path

import pytest

from labeler.storage.doctor import Level
from labeler.workflow.adding.history import list_additions
from labeler.workflow.array_names import Array
from labeler.workflow.datasets import import_dataset
from labeler.workflow.inline import finish_job
from labeler.workflow.job_kinds import ADD
from labeler.workflow.run import open_run
from labeler.workflow.runs import NewRun, start_run
from labeler.workflow.upkeep import find_faults
from labeler.workflow.workspace import Workspace, open_workspace
from tests.bar_pictures import lay
from tests.kills.adding_worker import work
from tests.kills.answer_server import PRELOADED, fork_server
from tests.kills.kill_database import assert_intact

N_KILLS = int(os.environ.get("LABELER_ADDING_KILLS", "6"))
SEED = int(os.environ.get("LABELER_KILL_SEED") or secrets.randbelow(10**6))


def make_run(instance: Path, folder: Path) -> str:
    ws = open_workspace(instance)
    dataset = import_dataset(ws, str(folder))
    new = NewRun("r", dataset_id=dataset.id, budget=6, features="pixels")
    job = start_run(ws, new)
    finish_job(ws, job.id)
    ws.close()
    assert job.run_id is not None
    return job.run_id


def assert_whole(ws: Workspace, run_id: str) -> int:
    """The run is as before or as after; gives how often it got images."""
    run, past = open_run(ws, run_id, n_jobs=1000), list_additions(ws, run_id)
    standing = [addition for addition in past if not addition.is_undone]
    assert len(standing) <= 1
    n_images, n_held_out = (18, standing[0].n_held_out) if standing else (0, 0)
    n_pool = 24 + n_images - n_held_out
    assert run.dataset.counts["pool"] == 30 + n_images
    assert len(run.pool) == len(run.features) == run.row.settings.n_pool == n_pool
    assert run.clusters.sizes.sum() == len(run.clusters.labels) == n_pool
    assert run.graph.shape == (n_pool, n_pool)
    n_test = len(ws.array(run.row.artefacts[Array.TEST_FEATURES]))
    assert len(run.held_out if run.held_out is not None else ()) == n_test == 6 + n_held_out
    results = [job.result for job in run.jobs if job.kind == ADD and job.result]
    assert sum(result["n_images"] > 0 for result in results) == len(past)
    return len(past)


def harass(instance: Path, run_id: str, folder: Path, n_kills: int, *, fault: bool = False) -> int:
    """Kill as often, half at named points, and look after each kill; gives the additions."""
    context = fork_server(PRELOADED)
    chance = random.Random(SEED)  # noqa: S311 - not a secret, and repeatable by its seed
    n_additions = 0
    for number in range(n_kills):
        ours, theirs = context.Pipe(duplex=False)
        armed = ("before commit", "after commit", None)[number % 3]
        process = context.Process(
            target=work, args=[instance, run_id, folder, armed, fault, theirs]
        )
        process.start()
        theirs.close()
        assert ours.poll(120)
        ours.recv()
        if armed:
            process.join(60.0)
        else:
            ours.poll(60)
            time.sleep(chance.uniform(0.0, 0.5))
        process.kill()
        process.join()
        ws = open_workspace(instance)
        try:
            n_additions = assert_whole(ws, run_id)
        finally:
            ws.close()
    return n_additions


@pytest.mark.kills
def test_images_are_added_whole_or_not_at_all(tmp_path: Path) -> None:
    instance, folder = tmp_path / "instance", lay(tmp_path / "photos", range(10))
    run_id = make_run(instance, folder)
    lay(folder, range(100, 106))
    assert harass(instance, run_id, folder, N_KILLS) > 0, "there must be something to break"
    assert_intact(instance)
    ws = open_workspace(instance)
    assert not [fault for fault in find_faults(ws.instance) if fault.level is Level.ERROR]
    ws.close()


@pytest.mark.kills
def test_the_harness_notices_an_addition_in_two_halves(tmp_path: Path) -> None:
    instance, folder = tmp_path / "instance", lay(tmp_path / "photos", range(10))
    run_id = make_run(instance, folder)
    lay(folder, range(100, 106))
    with pytest.raises(AssertionError):
        harass(instance, run_id, folder, 30, fault=True)
