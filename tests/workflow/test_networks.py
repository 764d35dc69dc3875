"""Kept runs see originals as simulations do: each once, wherever they lie, also those added."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from labeler.config import preset
from labeler.datasets import load_dataset
from labeler.pipeline import chosen_features, describing, features_at_hand, simulate
from labeler.storage.rows import Job, JobStatus
from labeler.workflow.adding.request import request_addition
from labeler.workflow.datasets import import_dataset, import_upload
from labeler.workflow.exploration.subject import subject_of_dataset
from labeler.workflow.run import Run, open_run
from labeler.workflow.runs import NewRun, create_run, get_run, start_run
from labeler.workflow.workspace import Workspace
from tests.bar_pictures import lay
from tests.fake_networks import Quarters

Finish = Callable[[Job], Job]

sqlite = pytest.mark.parametrize("ws", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> Quarters:
    """The network behind every name."""
    fake = Quarters()
    monkeypatch.setattr(describing, "NetworkApart", lambda *asked: fake)
    monkeypatch.setattr(features_at_hand, "network", lambda *asked: fake)
    return fake


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return lay(tmp_path / "photos", range(10))


def make(ws: Workspace, finish: Finish, dataset_id: int, features: str = "lite0") -> Run:
    new = NewRun(name="demo", dataset_id=dataset_id, budget=6, features=features, n_rounds=1)
    run = create_run(ws, new)
    job = get_run(ws, run.id).active_job
    assert job is not None
    assert finish(job).status is JobStatus.DONE
    return open_run(ws, run.id)


@sqlite
def test_what_a_simulation_saw_a_run_does_not_look_at_again(
    ws: Workspace, finish: Finish, folder: Path, network: Quarters
) -> None:
    config = preset("best").with_(features="lite0")
    dataset = load_dataset(str(folder))
    simulate(
        dataset,
        config,
        budgets=(6,),
        n_seeds=2,
        supervised=False,
        comparisons=False,
        cache=ws.feature_cache,
    )
    assert network.n_seen == 30
    run = make(ws, finish, import_dataset(ws, str(folder)).id)
    assert network.n_seen == 30
    assert run.config.features == "lite0"
    assert np.isfinite(run.features).all()


@sqlite
def test_of_images_that_are_added_only_these_are_looked_at(
    ws: Workspace, finish: Finish, folder: Path, network: Quarters
) -> None:
    run = make(ws, finish, import_dataset(ws, str(folder)).id, "pixels+lite0")
    n_seen, n_opened, X = network.n_seen, network.n_opened, np.array(run.features)
    lay(folder, range(10, 12))
    shutil.rmtree(folder / "bird")
    job = finish(request_addition(ws, run.id, str(folder)))
    assert job.status is JobStatus.DONE, job.error
    assert network.n_seen == n_seen + 4
    assert network.n_opened == n_opened + 1, "what is familiar is measured by what it saw"
    grown = open_run(ws, run.id)
    np.testing.assert_array_equal(grown.features[: len(X)], X)
    assert len(grown.pool) > len(run.pool)


@sqlite
def test_uploaded_archives_are_looked_at_where_they_are_kept(
    ws: Workspace, finish: Finish, folder: Path, network: Quarters
) -> None:
    archive = Path(shutil.make_archive(str(folder), "zip", folder))
    dataset = import_upload(ws, archive, "photos.zip")
    archive.unlink()
    shutil.rmtree(folder)
    run = make(ws, finish, dataset.id)
    assert network.n_seen == 30
    assert not any("not there" in note for note in get_run(ws, run.id).notes)


@sqlite
def test_a_run_says_how_many_originals_were_gone_and_another_looks_again(
    ws: Workspace, finish: Finish, folder: Path, tmp_path: Path, network: Quarters
) -> None:
    dataset = import_dataset(ws, str(folder))
    (folder / "cat").rename(tmp_path / "elsewhere")
    run = make(ws, finish, dataset.id)
    (note,) = [note for note in get_run(ws, run.id).notes if "not there" in note]
    assert note.startswith("warning: 10 originals are not there any more")
    (tmp_path / "elsewhere").rename(folder / "cat")
    again = make(ws, finish, dataset.id)
    assert not [note for note in get_run(ws, again.id).notes if "not there" in note]


@sqlite
@pytest.mark.parametrize("is_here", [True, False])
def test_a_run_keeps_what_auto_stood_for_when_it_was_made(
    ws: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch, is_here: bool
) -> None:
    monkeypatch.setattr(chosen_features, "SMALL", 4)
    monkeypatch.setattr(chosen_features, "is_at_hand", lambda features: is_here)
    dataset = import_dataset(ws, str(folder))
    dataset.details["image_shape"].append(3)  # as if in colour
    chosen = "shape+lite0" if is_here else "shape"
    monkeypatch.setattr("labeler.workflow.runs.create.get_dataset", lambda *asked: dataset)
    run = create_run(ws, NewRun(name="demo", dataset_id=dataset.id))
    assert open_run(ws, run.id).config.features == chosen
    assert (chosen_features.WITHOUT in get_run(ws, run.id).notes) is not is_here
    assert "shape" in get_run(ws, run.id).features_title


@sqlite
def test_a_run_that_is_made_while_its_images_are_read_chooses_too(
    ws: Workspace, finish: Finish, folder: Path
) -> None:
    job = finish(start_run(ws, NewRun(name="demo", source=str(folder), budget=6)))
    assert job.status is JobStatus.DONE, job.error
    assert job.result is not None
    assert open_run(ws, str(job.result["run_id"])).config.features == "shape"


@sqlite
def test_an_exploration_chooses_too(ws: Workspace, folder: Path) -> None:
    dataset = import_dataset(ws, str(folder))
    subject = subject_of_dataset(ws, dataset.id, preset("best"))
    assert subject.config.features == "shape"
