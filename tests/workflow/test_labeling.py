"""Questions, answers, undo, evidence, and labels spread from what stands."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from sqlalchemy import event

from labeler.datasets.base import Dataset
from labeler.exceptions import ConfigError
from labeler.records import Source
from labeler.storage.errors import NotFoundError
from labeler.storage.rows import GivenAnswer, RunRow, Verdict
from labeler.workflow import labeling
from labeler.workflow.pictures.images import image_array, image_file, image_strip, strip_of
from labeler.workflow.run import open_run
from labeler.workflow.runs import get_run
from labeler.workflow.runs.settings import SpreadSettings, choose_settings
from labeler.workflow.spread.spreading import spread
from labeler.workflow.workspace import Workspace

NewPrepared = Callable[..., RunRow]
Answer = Callable[..., None]


def test_filters_part_the_questions(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, answer_rightly: Answer
) -> None:
    run = prepared(bars)
    answer_rightly(run, bars, but=3)
    first, second = labeling.questions(open_run(ws, run.id), "unanswered")[:2]
    for question, verdict in [(first, Verdict.SKIP), (second, Verdict.MIXED)]:
        given = [GivenAnswer(question.id, verdict)]
        labeling.record_answers(ws, run.id, f"op-{verdict}", "ada", given)
    assert [one.id for one in labeling.questions(open_run(ws, run.id), "skipped")] == [first.id]
    assert [one.id for one in labeling.questions(open_run(ws, run.id), "mixed")] == [second.id]
    classes = get_run(ws, run.id).classes
    by_class = [labeling.questions(open_run(ws, run.id), one.id) for one in classes]
    assert sum(map(len, by_class)) == 9
    assert [one.n_answers for one in classes] == [len(part) for part in by_class]
    assert len(labeling.questions(open_run(ws, run.id), "unanswered")) == 1
    with pytest.raises(NotFoundError, match="no filter 'odd'"):
        labeling.questions(open_run(ws, run.id), "odd")


def test_progress_counts_every_question_once(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, answer_rightly: Answer
) -> None:
    run = prepared(bars)
    answer_rightly(run, bars, but=3)
    found = labeling.progress_of(open_run(ws, run.id))
    assert (found.n_questions, found.n_answered, found.n_open) == (12, 9, 3)
    assert found.seconds_left is not None
    assert found.revision == 9


@pytest.mark.parametrize("preset", ["classic", "best"])
def test_an_answer_is_one_transaction_and_reads_no_other_answers(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, preset: str
) -> None:
    run = prepared(bars, preset=preset, features="pixels", budget=40)
    question = labeling.questions(open_run(ws, run.id))[0]
    begun: list[object] = []
    told: list[str] = []
    event.listen(ws.database.engine, "begin", begun.append)
    event.listen(ws.database.engine, "before_cursor_execute", lambda *call: told.append(call[2]))
    given = [GivenAnswer(question.id, Verdict.SKIP)]
    labeling.record_answers(ws, run.id, "op-1", "ada", given)
    assert len(begun) == 1
    assert not [one for one in told if one.startswith("SELECT question.id, question.run_id")]


def test_evidence_comes_from_the_questions_own_cluster(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    run = prepared(bars, budget=4)
    clusters = np.array(ws.array(run.artefacts["clusters.labels"]))
    distances = np.array(ws.array(run.artefacts["clusters.distances"]))
    for question in labeling.questions(open_run(ws, run.id)):
        found = labeling.evidence(open_run(ws, run.id), question.id)
        shown = [*found.nearest, *found.random, *found.farthest]
        assert question.image not in shown
        assert len(set(shown)) == len(shown) == min(18, found.size - 1)
        assert set(clusters[shown]) == {question.cluster}
        assert found.size == question.stands_for
        nearest, farthest = distances[list(found.nearest)], distances[list(found.farthest)]
        assert all(a <= b for a, b in pairwise(nearest))
        assert all(a >= b for a, b in pairwise(farthest))
        assert nearest.max() <= farthest.min()
        assert labeling.evidence(open_run(ws, run.id), question.id) == found


def test_evidence_of_an_unknown_question_is_not_found(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    with pytest.raises(NotFoundError, match="no question 999"):
        labeling.evidence(open_run(ws, prepared(bars).id), 999)


def test_one_answer_labels_its_cluster_and_undo_takes_all_of_it_back(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    run = prepared(bars)
    question, class_id = (
        labeling.questions(open_run(ws, run.id))[0],
        get_run(ws, run.id).classes[2].id,
    )
    given = [GivenAnswer(question.id, Verdict.CLASS, class_id)]
    labeling.record_answers(ws, run.id, "op-1", "ada", given)
    labeled = spread(open_run(ws, run.id), 1.0)
    assert labeled.n_labeled == question.stands_for
    assert labeled.counts == {"a": 0, "b": 0, "c": question.stands_for, "d": 0}
    assert labeled.label_set.sources[question.image] == Source.HUMAN
    labeling.undo(ws, run.id, "op-2", "ada")
    assert spread(open_run(ws, run.id), 1.0).n_labeled == 0
    assert spread(open_run(ws, run.id), 1.0).label_accuracy is None


def test_a_smaller_fraction_labels_fewer_images_and_shows_the_cut(
    ws: Workspace, prepared: NewPrepared, bars: Dataset, answer_rightly: Answer
) -> None:
    run = prepared(bars, budget=4)
    answer_rightly(run, bars)
    half = spread(open_run(ws, run.id), 0.5)
    assert half.n_labeled < spread(open_run(ws, run.id), 1.0).n_labeled == 200
    ranks = np.array(ws.array(run.artefacts["clusters.ranks"]))
    clusters = np.array(ws.array(run.artefacts["clusters.labels"]))
    assert len(half.borderline) == 4
    for one in half.borderline:
        reached = half.label_set.labels[clusters == one.cluster] >= 0
        assert ranks[one.image] == reached.sum() - 1
        assert one.class_name == bars.classes[one.label]
        assert one.is_right == (bars.train.labels[one.image] == one.label)


def test_the_chosen_fraction_is_kept_and_a_wrong_one_refused(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    run = prepared(bars, answerer="oracle")
    choose_settings(ws, run.id, SpreadSettings("cluster", 0.25, 0.0))
    assert spread(open_run(ws, run.id)).fraction == get_run(ws, run.id).fraction == 0.25
    with pytest.raises(ConfigError, match="fractions is 2"):
        choose_settings(ws, run.id, SpreadSettings("cluster", 2, 0.0))


def test_a_class_added_midway_can_be_given_and_spread(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    run = prepared(bars)
    added = labeling.add_class(ws, run.id, "<b>odd</b>", "o")
    question = labeling.questions(open_run(ws, run.id))[0]
    given = [GivenAnswer(question.id, Verdict.CLASS, added.id)]
    labeling.record_answers(ws, run.id, "op-1", "ada", given)
    found = spread(open_run(ws, run.id), 1.0)
    assert found.counts["<b>odd</b>"] == question.stands_for
    assert found.label_accuracy == 0


def test_the_oracle_is_named_as_the_source_of_its_answers(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    run = prepared(bars, answerer="oracle")
    assert {one.annotator for one in labeling.questions(open_run(ws, run.id))} == {"oracle"}
    sources = spread(open_run(ws, run.id), 1.0).label_set.sources
    assert np.count_nonzero(sources == Source.ORACLE) == 12
    assert np.count_nonzero(sources == Source.PROPAGATED) == 188


def test_images_are_numbered_through_pool_and_test_part(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    row = get_run(ws, prepared(bars).id).dataset
    assert bars.test is not None
    np.testing.assert_array_equal(image_array(ws, row, 199), bars.train.images[199])
    np.testing.assert_array_equal(image_array(ws, row, 200), bars.test.images[0])
    for wrong in (-1, 280):
        with pytest.raises(NotFoundError, match=f"no image {wrong}"):
            image_array(ws, row, wrong)


def test_a_strip_holds_the_images_side_by_side(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    from labeler.imaging.images import decode_image

    row = get_run(ws, prepared(bars).id).dataset
    content = image_strip(ws, row, [5, 6, 7])
    strip = decode_image(content.data, "strip").pixels
    assert (strip.shape, content.media_type) == ((8, 24), "image/png")
    for place, cell in enumerate(strip_of(ws, row, [5, 6, 7]).cells):
        assert (cell.x, cell.width, cell.height) == (8 * place, 8, 8)
        np.testing.assert_array_equal(strip[:, cell.x :][:, :8], bars.train.images[5 + place])
    alone = decode_image(image_file(ws, row, 5).data, "image").pixels
    np.testing.assert_array_equal(alone, bars.train.images[5])
