"""Clusters split, merged and taken back: new questions, old answers, one winner."""

import csv
import io
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import numpy as np
import pytest

from labeler.datasets.base import Dataset, Split
from labeler.exceptions import ConfigError
from labeler.storage import questions as question_rows
from labeler.storage.errors import (
    BudgetError,
    ClustersChangedError,
    InvalidError,
    NotFoundError,
)
from labeler.storage.rows import GivenAnswer, Job, NewQuestion, RunRow, Verdict
from labeler.workflow import labeling
from labeler.workflow.clusters import regroup
from labeler.workflow.clusters.lineage import parents_of
from labeler.workflow.clusters.plan import plan_merge
from labeler.workflow.clusters.speakers import cluster_numbers
from labeler.workflow.exchange.export import export_chunks
from labeler.workflow.exchange.export_request import ExportRequest
from labeler.workflow.run import open_run
from labeler.workflow.runs import create_run, duplicate_run, get_run
from labeler.workflow.spread.spreading import spread
from labeler.workflow.training.request import request_training
from labeler.workflow.training.results import report_data, run_report
from labeler.workflow.views import QuestionView
from labeler.workflow.workspace import Workspace
from tests.conftest import blobs

NewPrepared = Callable[..., RunRow]
Finish = Callable[[Job], Job]


@pytest.fixture
def bars() -> Dataset:
    """Six classes, so that four clusters cannot be one class each."""
    names = ("a", "b", "c", "d", "e", "f")
    return Dataset("bars", names, blobs(30, 6, seed=1, size=12), blobs(10, 6, seed=2, size=12))


@pytest.fixture
def run(prepared: NewPrepared, bars: Dataset) -> RunRow:
    """Four clusters of six classes; nothing answered."""
    return prepared(bars, budget=4)


def impure(ws: Workspace, run: RunRow) -> int:
    """The number of the cluster with the most classes."""
    rows = run_report(open_run(ws, run.id)).clusters
    return max(rows, key=lambda row: len(row.true_classes)).cluster


def question_of(ws: Workspace, run: RunRow, cluster: int) -> QuestionView:
    return next(one for one in labeling.questions(open_run(ws, run.id)) if one.cluster == cluster)


def say(
    ws: Workspace, run: RunRow, question: int, verdict: Verdict, name: str | None = None
) -> None:
    classes = {one.name: one.id for one in get_run(ws, run.id).classes}
    given = GivenAnswer(question, verdict, None if name is None else classes[name])
    labeling.record_answers(ws, run.id, f"{question}-{verdict}-{name}", "ada", [given])


def name_all(ws: Workspace, run: RunRow, bars: Dataset) -> None:
    """Name every open question rightly."""
    for one in labeling.questions(open_run(ws, run.id), labeling.UNANSWERED):
        name = bars.classes[bars.train.labels[one.image]]
        say(ws, run, one.id, Verdict.CLASS, name)


def split(
    ws: Workspace, run: RunRow, cluster: int, n_parts: int | None = None, **options: Any
) -> regroup.Regrouping:
    options = {"annotator": "ada", "raise_budget": True, **options}
    return regroup.split_cluster(ws, run.id, cluster, n_parts, **options)


def answers_of(ws: Workspace, run: RunRow) -> dict[int, tuple[object, object]]:
    return {one.id: (one.verdict, one.class_id) for one in labeling.questions(open_run(ws, run.id))}


def test_from_mixed_over_a_split_to_better_labels(
    ws: Workspace, run: RunRow, bars: Dataset, finish: Finish
) -> None:
    name_all(ws, run, bars)
    before = spread(open_run(ws, run.id))
    cluster = impure(ws, run)
    say(ws, run, question_of(ws, run, cluster).id, Verdict.MIXED)
    told = answers_of(ws, run)
    made = split(ws, run, cluster, 3)
    assert (made.n_questions, made.budget) == (3, 7)
    new = labeling.questions(open_run(ws, run.id), labeling.UNANSWERED)
    assert {one.cluster for one in new} == set(made.change.children)
    assert sum(one.stands_for for one in new) == sum(
        row.size
        for row in run_report(open_run(ws, run.id)).clusters
        if row.cluster in made.change.children
    )
    assert labeling.questions(open_run(ws, run.id), labeling.MIXED) == ()
    name_all(ws, run, bars)
    after = spread(open_run(ws, run.id))
    assert after.n_labeled == before.n_labeled == len(bars.train)
    assert after.label_accuracy > before.label_accuracy  # type: ignore[operator]
    assert answers_of(ws, run).items() >= told.items()
    assert get_run(ws, run.id).summary.n_open == 0


def test_a_class_goes_on_with_the_part_that_holds_its_image(
    ws: Workspace, run: RunRow, bars: Dataset
) -> None:
    name_all(ws, run, bars)
    cluster = impure(ws, run)
    kept = question_of(ws, run, cluster)
    made = split(ws, run, cluster, 3)
    assert made.n_questions == 2
    (heir,) = [one for one in labeling.questions(open_run(ws, run.id)) if one.id == kept.id]
    assert heir.cluster in made.change.children
    assert heir.class_id == kept.class_id
    assert heir.stands_for < kept.stands_for
    assert not heir.was_regrouped
    state = open_run(ws, run.id)
    inside = np.flatnonzero(state.cluster_numbers[state.clusters.labels] == heir.cluster)
    assert set(spread(open_run(ws, run.id)).label_set.origins[inside]) == {
        int(np.searchsorted(state.pool, heir.image))
    }


def test_an_open_question_stays_open_for_its_part(ws: Workspace, run: RunRow) -> None:
    cluster = impure(ws, run)
    first = question_of(ws, run, cluster)
    made = split(ws, run, cluster, 3)
    assert made.n_questions == 2
    asked = labeling.questions(open_run(ws, run.id))
    assert {one.cluster for one in asked} >= set(made.change.children)
    assert next(one for one in asked if one.id == first.id).cluster in made.change.children


def test_a_skipped_image_is_not_asked_again(ws: Workspace, run: RunRow) -> None:
    cluster = impure(ws, run)
    first = question_of(ws, run, cluster)
    say(ws, run, first.id, Verdict.SKIP)
    made = split(ws, run, cluster, 2)
    assert made.n_questions == 2
    new = [
        one for one in labeling.questions(open_run(ws, run.id)) if one.round == made.change.round
    ]
    assert first.image not in {one.image for one in new}


def test_parts_are_split_again_as_deep_as_wanted_and_their_lineage_is_kept(
    ws: Workspace, run: RunRow, bars: Dataset
) -> None:
    cluster = impure(ws, run)
    first = split(ws, run, cluster, 2).change
    second = split(ws, run, first.children[0], 2).change
    third = split(ws, run, second.children[1], 2).change
    assert parents_of(open_run(ws, run.id).changes) == {
        **dict.fromkeys(first.children, (cluster,)),
        **dict.fromkeys(second.children, (first.children[0],)),
        **dict.fromkeys(third.children, (second.children[1],)),
    }
    assert len({*first.children, *second.children, *third.children, cluster}) == 7
    name_all(ws, run, bars)
    rows = run_report(open_run(ws, run.id)).clusters
    assert sum(row.size for row in rows) == len(bars.train)
    assert len(rows) == 4 + 3
    assert all(row.class_name is not None for row in rows)


def test_the_budget_counts_and_is_raised_or_the_split_refused(ws: Workspace, run: RunRow) -> None:
    cluster = impure(ws, run)
    with pytest.raises(BudgetError, match="Raise the budget to 6 first"):
        split(ws, run, cluster, 3, raise_budget=False)
    assert get_run(ws, run.id).summary.n_questions == 4
    with pytest.raises(InvalidError, match="only be raised"):
        regroup.raise_budget(ws, run.id, 3)
    with pytest.raises(ConfigError, match="180 images"):
        regroup.raise_budget(ws, run.id, 181)
    assert regroup.raise_budget(ws, run.id, 6).budget == 6
    split(ws, run, cluster, 3, raise_budget=False)
    assert get_run(ws, run.id).summary.n_questions == 6


def test_of_two_people_who_split_one_cluster_at_once_one_is_told_who_was_first(
    ws: Workspace, run: RunRow
) -> None:
    cluster = impure(ws, run)
    told: list[regroup.Regrouping | ClustersChangedError] = []
    together = Barrier(2)

    def work(annotator: str) -> None:
        together.wait()
        try:
            told.append(split(ws, run, cluster, 2, annotator=annotator))
        except ClustersChangedError as error:
            told.append(error)

    people = [Thread(target=work, args=(name,)) for name in ("ada", "bob")]
    for one in people:
        one.start()
    for one in people:
        one.join()
    (lost,) = [one for one in told if isinstance(one, ClustersChangedError)]
    (won,) = [one for one in told if not isinstance(one, ClustersChangedError)]
    listed = ", ".join(map(str, won.change.children))
    assert f"was split by {won.change.annotator} into {listed}" in str(lost)
    assert get_run(ws, run.id).summary.n_questions == 4 + won.n_questions


def test_two_people_who_split_different_clusters_at_once_both_succeed(
    ws: Workspace, run: RunRow
) -> None:
    clusters = [row.cluster for row in run_report(open_run(ws, run.id)).clusters][:3]
    made = []

    def work(cluster: int) -> None:
        made.append(split(ws, run, cluster, 2, annotator=f"p{cluster}").change)

    people = [Thread(target=work, args=(cluster,)) for cluster in clusters]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert sorted(one.version for one in made) == [1, 2, 3]
    children = [child for one in made for child in one.children]
    assert len(set(children)) == len(children)
    assert len(run_report(open_run(ws, run.id)).clusters) == 4 + 3


def test_sent_again_a_split_is_made_once(ws: Workspace, run: RunRow) -> None:
    cluster = impure(ws, run)
    first = split(ws, run, cluster, 2, op_id="op")
    second = split(ws, run, cluster, 2, op_id="op")
    assert second == first
    assert second.change.is_replay
    assert len(open_run(ws, run.id).changes) == 1


def test_a_split_taken_back_withdraws_what_was_not_answered_and_loses_no_answer(
    ws: Workspace, run: RunRow, bars: Dataset
) -> None:
    name_all(ws, run, bars)
    cluster = impure(ws, run)
    before = spread(open_run(ws, run.id))
    kept = question_of(ws, run, cluster)
    made = split(ws, run, cluster, 4)
    new = labeling.questions(open_run(ws, run.id), labeling.UNANSWERED)
    name = bars.classes[bars.train.labels[new[0].image]]
    say(ws, run, new[0].id, Verdict.CLASS, name)
    undone = regroup.undo_change(ws, run.id, annotator="bob")
    assert (undone.change.undoes, undone.change.children) == (made.change.id, (cluster,))
    after = spread(open_run(ws, run.id))
    changed = np.flatnonzero(after.label_set.labels != before.label_set.labels)
    pool = ws.array(get_run(ws, run.id).run.artefacts["pool"])
    assert set(pool[changed]) <= {new[0].image}
    asked = labeling.questions(open_run(ws, run.id))
    assert [one.id for one in asked if one.round] == [new[0].id]
    assert next(one for one in asked if one.id == kept.id) == kept
    assert get_run(ws, run.id).summary.n_open == 0
    # The same cluster can be split again; numbers are never given twice.
    again = split(ws, run, cluster, 4)
    assert not set(again.change.children) & set(made.change.children)
    with pytest.raises(ClustersChangedError, match="took its split or merge back"):
        split(ws, run, made.change.children[0], 2)


def test_changes_are_taken_back_newest_first_until_none_is_left(ws: Workspace, run: RunRow) -> None:
    start = open_run(ws, run.id).clusters
    first = split(ws, run, impure(ws, run), 2).change
    second = split(ws, run, first.children[0], 2).change
    undone = [regroup.undo_change(ws, run.id, annotator="ada").change.undoes for _ in range(2)]
    assert undone == [second.id, first.id]
    now = open_run(ws, run.id).clusters
    assert np.array_equal(now.labels, start.labels)
    assert np.array_equal(open_run(ws, run.id).cluster_numbers, np.arange(4))
    with pytest.raises(ConfigError, match="left to take back"):
        regroup.undo_change(ws, run.id, annotator="ada")


def test_clusters_of_one_class_are_merged_and_parted_again(
    ws: Workspace, prepared: NewPrepared, bars: Dataset
) -> None:
    run = prepared(bars, budget=12)
    name_all(ws, run, bars)
    rows = run_report(open_run(ws, run.id)).clusters
    names = [row.class_name for row in rows]
    name = next(one for one in names if names.count(one) > 1)
    same = [row for row in rows if row.class_name == name]
    other = next(row for row in rows if row.class_name != name)
    before = spread(open_run(ws, run.id))
    with pytest.raises(ConfigError, match=f"{other.cluster} is {other.class_name}"):
        regroup.merge_clusters(ws, run.id, [same[0].cluster, other.cluster], annotator="ada")
    merged = regroup.merge_clusters(
        ws, run.id, [row.cluster for row in same], annotator="ada"
    ).change
    (number,) = merged.children
    (row,) = [one for one in run_report(open_run(ws, run.id)).clusters if one.cluster == number]
    assert (row.size, row.class_name) == (sum(one.size for one in same), name)
    assert np.array_equal(spread(open_run(ws, run.id)).label_set.labels, before.label_set.labels)
    regroup.undo_change(ws, run.id, annotator="ada")
    assert {one.cluster for one in run_report(open_run(ws, run.id)).clusters} == {
        r.cluster for r in rows
    }
    assert np.array_equal(spread(open_run(ws, run.id)).label_set.origins, before.label_set.origins)


def test_clusters_whose_answers_part_while_they_are_merged_stay_apart(
    ws: Workspace, run: RunRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = labeling.questions(open_run(ws, run.id))[:2]
    assert one.cluster is not None
    assert two.cluster is not None
    for question in (one, two):
        say(ws, run, question.id, Verdict.CLASS, "a")

    def merge_slowly(*given: Any) -> object:
        new = plan_merge(*given)
        say(ws, run, two.id, Verdict.CLASS, "b")  # somebody else, meanwhile
        return new

    monkeypatch.setattr(regroup, "plan_merge", merge_slowly)
    with pytest.raises(ConfigError, match="Only clusters with the same answer"):
        regroup.merge_clusters(ws, run.id, [one.cluster, two.cluster], annotator="bob")
    assert len(run_report(open_run(ws, run.id)).clusters) == 4


def test_what_cannot_be_split_or_merged_is_refused_with_the_reason(
    ws: Workspace, run: RunRow
) -> None:
    cluster = impure(ws, run)
    with pytest.raises(ConfigError, match="2 to 50"):
        split(ws, run, cluster, 1)
    with pytest.raises(NotFoundError, match="no cluster 99"):
        split(ws, run, 99, 2)
    with pytest.raises(ConfigError, match="at least two"):
        regroup.merge_clusters(ws, run.id, [cluster, cluster], annotator="ada")
    with pytest.raises(ConfigError, match="has no class"):
        regroup.merge_clusters(ws, run.id, [0, 1], annotator="ada")


def test_images_that_are_all_the_same_have_no_parts(ws: Workspace, prepared: NewPrepared) -> None:
    images = np.zeros((20, 4, 4), dtype=np.uint8)
    images[10:] = 255
    run = prepared(Dataset("two", (), Split(images, np.full(20, -1))), budget=2, classes=("x",))
    with pytest.raises(ConfigError, match="different images"):
        split(ws, run, 0, 2)


def test_an_oracle_answers_for_the_parts(
    ws: Workspace, prepared: NewPrepared, finish: Finish, bars: Dataset
) -> None:
    run = prepared(bars, budget=4, answerer="oracle")
    before = spread(open_run(ws, run.id)).label_accuracy
    split(ws, run, impure(ws, run), 3)
    job = get_run(ws, run.id).active_job
    assert job is not None
    finish(job)
    assert get_run(ws, run.id).summary.n_open == 0
    assert spread(open_run(ws, run.id)).label_accuracy > before  # type: ignore[operator]


def test_training_report_and_export_follow_and_older_results_keep_their_clusters(
    ws: Workspace, run: RunRow, bars: Dataset, finish: Finish
) -> None:
    name_all(ws, run, bars)
    finish(request_training(ws, run.id, 1.0))
    cluster = impure(ws, run)
    made = split(ws, run, cluster, 3).change
    assert run_report(open_run(ws, run.id)).is_stale
    assert report_data(open_run(ws, run.id))[0].sample.clusters.n_clusters == 4
    name_all(ws, run, bars)
    finish(request_training(ws, run.id, 1.0))
    found = run_report(open_run(ws, run.id))
    assert found.simulation is not None
    assert found.simulation.sample.clusters.n_clusters == 6
    first, second = found.results[1], found.results[0]
    assert second.test_accuracy > first.test_accuracy  # type: ignore[operator]
    assert second.metrics.run_config.n_labels == 6
    rows = csv.DictReader(
        io.StringIO(
            b"".join(export_chunks(open_run(ws, run.id), ExportRequest(run.id))).decode(),
            newline="",
        )
    )
    written = {int(row["cluster"]) for row in rows if row["split"] == "train"}
    assert written == {row.cluster for row in found.clusters}
    assert written > set(made.children)
    assert cluster not in written


def test_questions_of_another_phase_stand_for_themselves_and_keep_their_round(
    ws: Workspace, run: RunRow, bars: Dataset
) -> None:
    with ws.database.writing() as session:
        question_rows.add(session, run.id, 1, [NewQuestion(5), NewQuestion(6)])
    regroup.raise_budget(ws, run.id, 6)
    cluster = impure(ws, run)
    made = split(ws, run, cluster, 3)
    assert made.change.round == 2
    name_all(ws, run, bars)
    alone = [one for one in labeling.questions(open_run(ws, run.id)) if one.round == 1]
    assert [(one.cluster, one.stands_for, one.was_regrouped) for one in alone] == [
        (None, 1, False)
    ] * 2
    assert all(row.class_name for row in run_report(open_run(ws, run.id)).clusters)


def test_a_copy_has_one_question_for_each_cluster_as_it_is_now(
    ws: Workspace, run: RunRow, bars: Dataset
) -> None:
    cluster = impure(ws, run)
    say(ws, run, question_of(ws, run, cluster).id, Verdict.MIXED)
    split(ws, run, cluster, 3)
    split(ws, run, next(n for n in range(4) if n != cluster), 2)
    regroup.undo_change(ws, run.id, annotator="ada")
    copy = duplicate_run(ws, run.id)
    asked = labeling.questions(open_run(ws, copy.id))
    numbers = cluster_numbers(ws, get_run(ws, copy.id).run)
    assert sorted(one.cluster for one in asked) == sorted(numbers)  # type: ignore[type-var]
    assert get_run(ws, copy.id).summary.n_open == len(asked) == 6
    name_all(ws, copy, bars)
    assert all(row.class_name for row in run_report(open_run(ws, copy.id)).clusters)
    split(ws, copy, int(numbers[-1]), 2)


def test_without_ground_truth_all_of_it_works_too(
    ws: Workspace, prepared: NewPrepared, bars_without_truth: Dataset
) -> None:
    run = prepared(bars_without_truth, budget=4, classes=("x", "y"))
    worst = run_report(open_run(ws, run.id)).clusters[0].cluster
    say(ws, run, question_of(ws, run, worst).id, Verdict.MIXED)
    made = split(ws, run, worst)
    assert made.n_questions >= 2
    for one in labeling.questions(open_run(ws, run.id), labeling.UNANSWERED):
        say(ws, run, one.id, Verdict.CLASS, "x" if one.cluster in made.change.children else "y")
    view = spread(open_run(ws, run.id))
    assert view.n_labeled == view.n_pool
    assert view.label_accuracy is None
    mergeable = [
        row.cluster for row in run_report(open_run(ws, run.id)).clusters if row.class_name == "y"
    ]
    assert regroup.merge_clusters(ws, run.id, mergeable, annotator="ada").n_questions == 0


def test_nothing_can_be_split_before_it_is_prepared(ws: Workspace, bars: Dataset) -> None:
    from labeler.workflow.datasets import keep
    from labeler.workflow.run import NotPreparedError
    from labeler.workflow.runs import NewRun

    row = keep(ws, bars, kind="path", source="bars")
    waiting = create_run(ws, NewRun(name="new", dataset_id=row.id, budget=4))
    with pytest.raises(NotPreparedError):
        split(ws, waiting, 0, 2)
    with ws.database.reading() as session:
        assert question_rows.list_of_run(session, waiting.id) == ()
