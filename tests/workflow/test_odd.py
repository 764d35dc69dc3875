"""Odd pictures of a kept run, and single images that are answered from anywhere."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from labeler.datasets.base import Dataset
from labeler.learning.odd.kinds import OddKind
from labeler.storage.errors import InvalidError, NothingToUndoError
from labeler.storage.rows import Job, JobStatus, RunRow
from labeler.workflow import labeling
from labeler.workflow.reviewing.labels_now import labels_now
from labeler.workflow.reviewing.odd import odd_pictures_of, request_odd
from labeler.workflow.reviewing.odd_listing import as_csv, odd_rows
from labeler.workflow.reviewing.one_image import answer_image, image_of, take_back
from labeler.workflow.run import open_run
from labeler.workflow.spread.spreading import request_spread
from labeler.workflow.workspace import Workspace

Finish = Callable[[Job], Job]


@pytest.fixture
def run(
    ws: Workspace,
    bars: Dataset,
    prepared: Callable[..., RunRow],
    answer_rightly: Callable[..., None],
    finish: Finish,
) -> RunRow:
    """Some answers, spread; two images of the pool are the same, and one is blank."""
    images = bars.train.images.copy()
    images[150] = images[160]
    images[170] = 0
    odd_bars = replace(bars, train=replace(bars.train, images=images))
    row = prepared(odd_bars, preset="best", features="pixels")
    answer_rightly(row, odd_bars)
    job = request_spread(ws, row.id)
    assert job is None or finish(job).status is JobStatus.DONE
    return row


def unasked(ws: Workspace, run: RunRow) -> list[int]:
    opened = open_run(ws, run.id)
    asked = {question.image for question in opened.questions}
    return [image for image in opened.pool.tolist() if image not in asked]


def test_odd_pictures_are_kept_and_told_with_their_labels(
    ws: Workspace, run: RunRow, finish: Finish
) -> None:
    assert odd_pictures_of(open_run(ws, run.id)) is None
    assert finish(request_odd(ws, run.id)).status is JobStatus.DONE
    found = odd_pictures_of(open_run(ws, run.id))
    assert found is not None
    same = [{picture.image for picture in one.pictures} for one in found.sets_of(OddKind.DUPLICATE)]
    assert {150, 160} in same
    (blank,) = found.sets_of(OddKind.BLANK)
    assert [picture.image for picture in blank.pictures] == [170]
    rows = list(odd_rows(found))
    assert len(rows) == sum(found.counts.values())
    assert b"blank,170," in b"".join(as_csv(iter(rows)))


def test_labels_of_one_picture_that_differ_are_told_first(
    ws: Workspace, run: RunRow, finish: Finish
) -> None:
    finish(request_odd(ws, run.id))
    opened = open_run(ws, run.id)
    for number, image in enumerate((150, 160)):
        answer_image(ws, run.id, f"a{number}", "ada", image, None, opened.classes[number].id)
    found = odd_pictures_of(open_run(ws, run.id))
    assert found is not None
    first, *others = found.sets_of(OddKind.DUPLICATE)
    assert first.differs
    assert {picture.image for picture in first.pictures} == {150, 160}
    assert not any(one.differs for one in others)


def test_a_label_is_confirmed_corrected_or_rejected_and_that_taken_back(
    ws: Workspace, run: RunRow, finish: Finish
) -> None:
    images = unasked(ws, run)[:3]
    before = labels_now(open_run(ws, run.id), images)
    shown = [label.class_id for label in before]
    assert {label.source for label in before} == {"propagated"}
    other = next(one.id for one in open_run(ws, run.id).classes if one.id != shown[1])
    for number, said in enumerate((shown[0], other, None)):
        answer_image(ws, run.id, f"op{number}", "ada", images[number], shown[number], said, 900)
    after = labels_now(open_run(ws, run.id), images)
    assert [label.source for label in after] == ["reviewed", "corrected", None]
    assert [label.class_id for label in after] == [shown[0], other, None]
    assert [label.is_answered for label in after] == [True] * 3
    again = answer_image(ws, run.id, "op1", "ada", images[1], shown[1], other, 900)
    assert again.is_replay
    for number in range(3):
        take_back(ws, run.id, f"undo{number}", "ada", f"op{number}")
    assert labels_now(open_run(ws, run.id), images) == before
    answer_image(ws, run.id, "op3", "ada", images[0], shown[0], other)
    job = request_spread(ws, run.id)
    assert job is not None
    assert finish(job).status is JobStatus.DONE
    take_back(ws, run.id, "undo3", "ada", "op3")
    (label,) = labels_now(open_run(ws, run.id), images[:1])
    assert (label.class_id, label.is_waiting) == (None, True)
    with pytest.raises(NothingToUndoError):
        take_back(ws, run.id, "undo9", "eve", "op0")


def test_an_image_that_is_asked_about_is_answered_as_its_question(
    ws: Workspace, run: RunRow
) -> None:
    question = labeling.questions(open_run(ws, run.id))[-1]
    class_id = open_run(ws, run.id).classes[0].id
    answer_image(ws, run.id, "op", "ada", question.image, None, class_id)
    label = labels_now(open_run(ws, run.id), [question.image])[0]
    assert (label.source, label.question_id) == ("human", question.id)
    n_questions = len(labeling.questions(open_run(ws, run.id)))
    assert len(open_run(ws, run.id).asked) == n_questions


def test_what_cannot_be_meant_is_refused(ws: Workspace, run: RunRow) -> None:
    image = unasked(ws, run)[0]
    for number, (one, shown) in enumerate(((image, None), (10**6, 1))):
        with pytest.raises(InvalidError):
            answer_image(ws, run.id, f"op{number}", "ada", one, shown, None)


def test_what_is_known_of_an_image(ws: Workspace, run: RunRow) -> None:
    opened = open_run(ws, run.id)
    image = unasked(ws, run)[0]
    seen = image_of(opened, image)
    assert (seen.is_held_out, seen.label.source) == (False, "propagated")
    assert seen.label.second_class_id != seen.label.class_id
    assert [near.distance for near in seen.nearest] == sorted(n.distance for n in seen.nearest)
    assert {near.label.source for near in seen.nearest} == {"human"}
    place = int(np.searchsorted(opened.pool, image))
    assert seen.cluster == opened.cluster_numbers[opened.clusters.labels[place]]
    if opened.held_out is not None:
        held_out = image_of(opened, int(opened.held_out[0]))
        assert held_out.is_held_out
        assert held_out.true_name in opened.dataset.classes
        assert held_out.label.class_id is None
