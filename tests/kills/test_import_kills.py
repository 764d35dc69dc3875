"""An import is there whole, with its questions, classes and suggestions, or not at all.

``LABELER_IMPORT_KILLS=200 pytest tests/kills`` kills more often.
"""

import os
import random
import secrets
import time
from pathlib import Path

import pytest

from labeler.datasets.base import Dataset
from labeler.storage.doctor import Level
from labeler.workflow import datasets, runs
from labeler.workflow.exchange.import_history import past_imports
from labeler.workflow.exchange.imported_names import SUFFIX
from labeler.workflow.exchange.suggestions import suggestions_of
from labeler.workflow.inline import finish_job
from labeler.workflow.run import open_run
from labeler.workflow.upkeep import find_faults
from labeler.workflow.workspace import Workspace, open_workspace
from tests.history import history
from tests.kills.answer_server import PRELOADED, fork_server
from tests.kills.import_worker import work
from tests.kills.kill_database import assert_intact

N_KILLS = int(os.environ.get("LABELER_IMPORT_KILLS", "12"))
SEED = int(os.environ.get("LABELER_KILL_SEED") or secrets.randbelow(10**6))
N_ANSWERS, N_SUGGESTIONS = 60, 100


def make_run(instance: Path, bars: Dataset) -> str:
    ws = open_workspace(instance)
    row = datasets.keep(ws, bars, kind="path", source="bars")
    job = runs.start_run(ws, runs.NewRun(name="r", dataset_id=row.id, budget=10))
    finish_job(ws, job.id)
    ws.close()
    assert job.run_id is not None
    return job.run_id


def label_file(folder: Path) -> Path:
    """Answers for images of which few are asked about, by two sources, in a class of its own."""
    file = folder / "labels.csv"
    answers = [f"{n},{'new' if n % 9 == 0 else 'a'},{'oracle' if n % 2 else 'human'}"
               for n in range(N_ANSWERS)]  # fmt: skip
    spread = [f"{n},b,propagated" for n in range(N_ANSWERS, N_ANSWERS + N_SUGGESTIONS)]
    file.write_text("\n".join(["index,class_name,source", *answers, *spread, ""]))
    return file


def assert_whole(ws: Workspace, run_id: str) -> int:
    """Nothing of an import stands alone; gives how many imports there were."""
    past, state = past_imports(open_run(ws, run_id)), open_run(ws, run_id)
    recorded = [one for one in history(ws, run_id) if one.op_id.startswith("import-")]
    assert all(one.annotator == SUFFIX.strip() for one in recorded)
    standing = [one for one in recorded if not one.is_undone]
    is_there = bool(past) and not past[0].is_undone
    assert all(one.is_undone for one in past[1:])
    assert sum(len(one.answers) for one in standing) == (N_ANSWERS if is_there else 0)
    assert len(standing) == (2 if is_there else 0)
    assert len(recorded) == 2 * (past[0].id if past else 0)
    answered = [one for one in state.questions if one.answer is not None]
    assert len(answered) == (N_ANSWERS if is_there else 0)
    assert len(suggestions_of(state)) == (N_SUGGESTIONS if is_there else 0)
    assert ("new" in [one.name for one in state.classes]) == bool(past)
    return len(past)


def harass(instance: Path, run_id: str, file: Path, n_kills: int, *, fault: bool = False) -> int:
    """Kill as often, half at named points, and look after each kill; gives the imports."""
    context = fork_server(PRELOADED)
    chance = random.Random(SEED)  # noqa: S311 - not a secret, and repeatable by its seed
    n_imports = 0
    for number in range(n_kills):
        ours, theirs = context.Pipe(duplex=False)
        armed = ("before commit", "after commit", None)[number % 3]
        arguments = [instance, run_id, file, armed, fault, theirs]
        process = context.Process(target=work, args=arguments)
        process.start()
        assert ours.poll(120)
        time.sleep(chance.uniform(0.0, 0.6))
        if armed:
            process.join(5.0)
        process.kill()
        process.join()
        ws = open_workspace(instance)
        try:
            n_imports = assert_whole(ws, run_id)
        finally:
            ws.close()
    return n_imports


@pytest.mark.kills
def test_an_import_is_there_whole_or_not_at_all(tmp_path: Path, bars: Dataset) -> None:
    instance = tmp_path / "instance"
    run_id, file = make_run(instance, bars), label_file(tmp_path)
    n_imports = harass(instance, run_id, file, N_KILLS)
    assert n_imports > 0, "the killer must have had something to break"
    assert_intact(instance)
    ws = open_workspace(instance)
    assert not [one for one in find_faults(ws.instance) if one.level is Level.ERROR]
    ws.close()


@pytest.mark.kills
def test_the_harness_notices_an_import_in_two_halves(tmp_path: Path, bars: Dataset) -> None:
    instance = tmp_path / "instance"
    run_id, file = make_run(instance, bars), label_file(tmp_path)
    with pytest.raises(AssertionError):
        harass(instance, run_id, file, 30, fault=True)
