"""A trained run that gets more images: they are named, the new in kind are asked about, and the
next training is held against the last."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeler.pipeline.round_names import NEW_IN_KIND
from labeler.storage.rows import Job, JobStatus
from labeler.workflow.adding.history import undo_addition
from labeler.workflow.adding.newcomers import newcomers_of, unfamiliar_by_class
from labeler.workflow.adding.request import request_addition
from labeler.workflow.clusters.regroup import raise_budget
from labeler.workflow.datasets import as_dataset, take_numbers
from labeler.workflow.labeling import ask_ahead
from labeler.workflow.labeling.questions import questions
from labeler.workflow.models.run_model import model_of_run
from labeler.workflow.run import open_run
from labeler.workflow.training.request import request_training
from labeler.workflow.training.versions import in_words, versions_of
from labeler.workflow.workspace import Workspace
from tests.bar_pictures import lay
from tests.workflow.grown_runs import answered, begin

Finish = Callable[[Job], Job]


@pytest.mark.parametrize("ws", ["sqlite"], indirect=True)
def test_what_is_new_in_kind_is_told_asked_about_and_learned(
    ws: Workspace, finish: Finish, tmp_path: Path
) -> None:

    classes = ("bird", "cat", "dog")
    folder = lay(tmp_path / "photos", range(40), classes=classes)
    begun = begin(ws, finish, folder)
    assert finish(request_training(ws, begun.id, comparisons=False)).status is JobStatus.DONE
    assert versions_of(open_run(ws, begun.id)) is None
    model = model_of_run(open_run(ws, begun.id))

    lay(tmp_path / "more", range(300, 310), classes=classes)
    for path in sorted((tmp_path / "more").glob("dog/*.png")):
        _turn(path)
    job = finish(request_addition(ws, begun.id, str(tmp_path / "more")))
    told = job.result
    assert told is not None, job.error
    after = open_run(ws, begun.id)
    added = newcomers_of(after)
    assert told["n_to_label"] == len(added) == len(after.pool) - len(begun.pool)
    assert sum(told["predicted"].values()) == len(added)
    truth = after.true_labels_of(added.images)
    turned = truth == after.labels.names.index("dog")
    assert added.unfamiliar[turned].all()
    assert added.unfamiliar[~turned].mean() < 0.5
    assert told["n_unfamiliar"] == added.unfamiliar.sum()
    assert "unfamiliar" in told["unlike"]
    said = model.predict(take_numbers(as_dataset(ws, after.dataset), added.images))
    assert (said.unfamiliar == added.unfamiliar).all()
    named = after.labels.as_labels(added.class_ids)
    assert (named[~turned] == truth[~turned]).all()
    shown = [image for images in unfamiliar_by_class(after).values() for image in images]
    assert sorted(shown) == added.images[added.unfamiliar].tolist()

    raise_budget(ws, begun.id, 16)
    choosing = ask_ahead(ws, begun.id)
    assert choosing is not None
    finish(choosing)
    asked = {question.image for question in open_run(ws, begun.id).questions}
    assert asked & set(added.images[turned].tolist())
    answered(ws, begun.row)
    assert finish(request_training(ws, begun.id, comparisons=False)).status is JobStatus.DONE
    versions = versions_of(open_run(ws, begun.id))
    assert versions is not None
    assert (versions.n_images, versions.n_more) == (len(begun.pool), len(added))
    assert versions.n_changed >= sum(n for *_, n in versions.changes)
    assert "labels changed" in in_words(versions)[0]
    assert versions.labels is versions.classifier is None


@pytest.mark.parametrize("ws", ["sqlite"], indirect=True)
def test_a_run_of_one_phase_asks_about_what_is_new_in_kind_and_nothing_else(
    ws: Workspace, finish: Finish, tmp_path: Path
) -> None:
    folder = lay(tmp_path / "photos", range(40))
    begun = begin(ws, finish, folder, strategy="representatives", propagation="cluster")
    raise_budget(ws, begun.id, 14)
    assert ask_ahead(ws, begun.id) is None

    for path in lay(tmp_path / "more", range(300, 310)).glob("dog/*.png"):
        _turn(path)
    finish(request_addition(ws, begun.id, str(tmp_path / "more")))
    unlike = newcomers_of(open_run(ws, begun.id))
    raise_budget(ws, begun.id, 16)
    choosing = ask_ahead(ws, begun.id)
    assert choosing is not None
    finish(choosing)
    after = open_run(ws, begun.id)
    asked = {question.image for question in after.questions[len(begun.questions) :]}
    assert asked
    assert asked <= set(unlike.images[unlike.unfamiliar].tolist())
    assert {view.kind for view in questions(after) if view.image in asked} == {NEW_IN_KIND}
    answered(ws, begun.row)
    assert ask_ahead(ws, begun.id) is None
    assert finish(request_training(ws, begun.id, comparisons=False)).status is JobStatus.DONE


@pytest.mark.parametrize("ws", ["sqlite"], indirect=True)
def test_nothing_is_kept_of_images_that_were_taken_back(
    ws: Workspace, finish: Finish, tmp_path: Path
) -> None:
    begun = begin(ws, finish, lay(tmp_path / "photos", range(15)))
    job = finish(request_addition(ws, begun.id, str(lay(tmp_path / "more", range(300, 304)))))
    assert job.result is not None
    assert job.result["predicted"] == {}
    assert len(newcomers_of(open_run(ws, begun.id))) == job.result["n_to_label"] > 0
    undo_addition(ws, begun.id)
    assert len(newcomers_of(open_run(ws, begun.id))) == 0


def _turn(path: Path) -> None:
    """Make a picture of another kind: its bar stands upright, and its ground is bright."""

    pixels = 255 - np.asarray(Image.open(path)).T
    Image.fromarray(np.ascontiguousarray(pixels)).save(path)
