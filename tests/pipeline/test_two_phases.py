"""Two phases of questions and spreading over a graph, by oracle."""

from dataclasses import replace

import numpy as np
import pytest

from labeler import words
from labeler.datasets.base import Dataset
from labeler.learning.oracle import label_everything
from labeler.pipeline import prepare, simulate
from labeler.pipeline.questions import abstain, without_last
from labeler.pipeline.stages import StageKey, train_and_score
from labeler.records import UNLABELED, Answer, LabelSet, Question, Source
from tests.pipeline.two_phases import BEST, BUDGET, FIRST, figures, simulated


def test_the_table_compares_the_same_budget_on_the_same_features(bars: Dataset) -> None:
    rows = [(s.stage, s.n_labels, s.fraction, s.method) for s in simulated(bars).stages]
    assert rows == [
        ("random", BUDGET, None, None),
        ("representatives", BUDGET, None, None),
        ("propagated", BUDGET, 1.0, "cluster"),
        ("propagated", BUDGET, None, "graph"),
        ("combined", BUDGET, None, "graph"),
        ("answers", BUDGET, None, None),
        ("chosen", BUDGET, None, "graph"),
        ("supervised", 200, None, None),
    ]


def test_the_whole_budget_is_asked_in_two_phases(bars: Dataset) -> None:
    sample = simulated(bars).sample
    clusters = [answer.question.cluster for answer in sample.answers]
    assert len({answer.question.image for answer in sample.answers}) == BUDGET
    assert clusters.count(None) == BUDGET - FIRST
    assert sample.clusters.n_clusters == FIRST
    assert sample.label_set.probabilities is not None


def test_representatives_and_clusters_are_those_of_one_phase(bars: Dataset) -> None:
    both = figures(simulated(bars))
    alone = figures(simulated(bars, strategy="representatives", propagation="cluster"))
    assert both[:3] == alone[:3]


def test_without_comparisons_only_the_run_itself_is_measured(bars: Dataset) -> None:
    found = simulate(bars, BEST, budgets=(BUDGET,), n_seeds=1, comparisons=False, supervised=False)
    assert [s.stage for s in found.stages] == ["propagated", "combined", "answers", "chosen"]
    assert figures(found) == figures(simulated(bars))[3:7]


@pytest.mark.parametrize("strategy", ["representatives", "two-phase"])
@pytest.mark.parametrize("propagation", ["cluster", "graph"])
def test_every_combination_can_be_simulated(bars: Dataset, strategy: str, propagation: str) -> None:
    found = simulated(bars, strategy=strategy, propagation=propagation)
    assert found.stages[-2].method == propagation
    assert len(found.sample.answers) == BUDGET


@pytest.mark.parametrize("budget", [1, 2, 3])
def test_the_smallest_budgets_are_asked_in_full(bars: Dataset, budget: int) -> None:
    found = simulate(bars, BEST, budgets=(budget,), n_seeds=1, supervised=False)
    assert len(found.sample.answers) == budget


def test_a_budget_as_large_as_the_pool_asks_for_every_image_once(bars: Dataset) -> None:
    small = replace(bars, train=bars.train.take(np.arange(20)))
    found = simulate(small, BEST, budgets=(20,), n_seeds=1, supervised=False)
    assert sorted(a.question.image for a in found.sample.answers) == list(range(20))
    assert found.stages[-1].label_accuracy == 1


def test_what_wrong_answers_cost_is_told(bars: Dataset) -> None:
    found = simulated(bars, error_rate=0.5)
    assert [stage.stage for stage in found.without_errors] == ["propagated", "combined"]
    for right, expected, wrong in zip(
        found.without_errors, simulated(bars).stages[3:5], found.stages[3:5], strict=True
    ):
        assert right.test_accuracy == expected.test_accuracy
        cost = 100 * (right.test_accuracy.mean - wrong.test_accuracy.mean)
        told = f"{words.stage_name(right)}, {BUDGET} labels: wrong answers (50.0 %) cost {cost:.1f}"
        assert any(note.startswith(told) for note in found.notes)


def test_the_same_classifier_is_scored_alone_and_combined_with_neighbours(bars: Dataset) -> None:
    prepared = prepare(bars, BEST)
    key = StageKey("propagated", BUDGET, None, "graph")
    n_images, n_classes = len(bars.train), len(bars.classes)
    truth = LabelSet(
        labels=bars.train.labels,
        sources=np.full(n_images, Source.PROPAGATED, dtype=np.int8),
        confidences=np.ones(n_images, dtype=np.float32),
        origins=np.full(n_images, -1),
        probabilities=np.eye(n_classes, dtype=np.float32)[bars.train.labels],
    )
    outcomes = train_and_score(prepared, key, truth, BEST)
    assert [row.stage for row in outcomes] == ["propagated", "combined"]
    assert outcomes[replace(key, stage="combined")].scores.accuracy > 0.9
    unsure = replace(truth, labels=np.full(n_images, UNLABELED))
    unsure.labels[:40] = truth.labels[:40]
    alone, together = train_and_score(prepared, key, unsure, BEST).values()
    assert alone.n_train == together.n_train == 40


def test_what_was_seen_in_the_test_images_counts_where_classifier_and_neighbours_cannot_tell(
    bars: Dataset,
) -> None:
    n_images, n_classes = len(bars.train), len(bars.classes)
    nothing = LabelSet(
        labels=bars.train.labels,
        sources=np.full(n_images, Source.PROPAGATED, dtype=np.int8),
        confidences=np.ones(n_images, dtype=np.float32),
        origins=np.full(n_images, -1),
        probabilities=np.full((n_images, n_classes), 1 / n_classes, dtype=np.float32),
    )
    assert bars.test is not None
    seen = np.eye(n_classes, dtype=np.float32)[bars.test.labels]
    key = StageKey("propagated", BUDGET, None, "graph-net")
    for label_set, is_right in ((nothing, False), (replace(nothing, new_probabilities=seen), True)):
        outcomes = train_and_score(prepare(bars, BEST), key, label_set, BEST)
        accuracy = outcomes[replace(key, stage="combined")].scores.accuracy
        assert (accuracy > 0.9) == is_right


def test_labels_that_are_not_soft_are_not_combined(bars: Dataset) -> None:
    key = StageKey("supervised", len(bars.train))
    outcomes = train_and_score(prepare(bars, BEST), key, label_everything(bars.train.labels), BEST)
    assert list(outcomes) == [key]


def test_labels_below_the_threshold_are_left_out_and_counted(bars: Dataset) -> None:
    found = simulated(bars, threshold=1.0, error_rate=0.5)
    assert found.stages[3].n_train < 200
    assert found.stages[4].n_train == found.stages[3].n_train
    assert sum("have no label" in note for note in found.notes) == 1
    assert (found.sample.label_set.labels != UNLABELED).sum() == found.stages[3].n_train


def test_abstaining_never_takes_an_answer_back() -> None:
    given = Answer(Question(0), 1, Source.HUMAN)
    sources = np.array([given.source, Source.PROPAGATED, Source.PROPAGATED], dtype=np.int8)
    confidences = np.array([0.1, 0.4, 0.6], dtype=np.float32)
    label_set = LabelSet(np.array([1, 1, 0]), sources, confidences, np.array([0, -1, -1]))
    left = abstain(label_set, 0.5)
    assert left.labels.tolist() == [1, UNLABELED, 0]
    assert left.sources.tolist() == [Source.HUMAN, Source.NONE, Source.PROPAGATED]
    assert left.confidences.tolist() == pytest.approx([0.1, 0, 0.6])


def test_the_answers_that_are_not_waited_for_are_the_last() -> None:
    answers = [Answer(Question(i), 0, Source.HUMAN) for i in range(4)]
    assert [a.question.image for a in without_last(answers, 1)] == [0, 1, 2]
    assert without_last(answers, 9) == ()
