"""The most doubtful labels, looked at by an oracle."""

import numpy as np
import pytest

from labeler.config import RunConfig, preset
from labeler.datasets.base import Dataset
from labeler.pipeline import simulate
from labeler.pipeline.simulated_review import SimulatedReview
from labeler.records import Simulation, Stage
from labeler.report.results import results
from labeler.words import stage_name

GRAPH = preset("best").with_(features="pixels", error_rate=0.3)
CLUSTERS = RunConfig(fractions=(1.0,), error_rate=0.3)


def reviewed(dataset: Dataset, config: RunConfig, n_labels: int, misses: float = 0) -> Simulation:
    return simulate(
        dataset,
        config,
        budgets=(12,),
        n_seeds=2,
        supervised=False,
        comparisons=False,
        review=SimulatedReview(n_labels, misses),
    )


def right(stage: Stage) -> float:
    assert stage.label_accuracy is not None
    return stage.label_accuracy


def rows_of(simulation: Simulation) -> tuple[Stage, Stage]:
    """The labels before and after."""
    (before,) = (stage for stage in simulation.stages if stage.stage == "propagated")
    (after,) = (stage for stage in simulation.stages if stage.stage == "reviewed")
    return before, after


@pytest.mark.parametrize("config", [GRAPH, CLUSTERS])
def test_labels_are_better_after_a_review(bars: Dataset, config: RunConfig) -> None:
    before, after = rows_of(reviewed(bars, config, 60))
    assert right(after) > right(before)
    assert (after.n_labels, after.n_reviewed, after.method) == (12, 60, before.method)


def test_whoever_misses_everything_puts_nothing_right(bars: Dataset) -> None:
    simulation = reviewed(bars, CLUSTERS, 60, misses=1)
    before, after = rows_of(simulation)
    assert right(after) == right(before)
    (note,) = (note for note in simulation.notes if note.startswith("review"))
    assert "60 spread labels were looked at and 0 put right; 0 of 2 planted errors" in note


def test_a_review_of_everything_leaves_only_wrong_answers(bars: Dataset) -> None:
    simulation = reviewed(bars, GRAPH, 10_000)
    _, after = rows_of(simulation)
    n_pool = len(bars.train)
    n_wrong = np.count_nonzero(
        [
            answer.label != bars.train.labels[answer.question.image]
            for answer in simulation.sample.answers
        ]
    )
    assert n_wrong
    assert after.n_train == n_pool
    assert right(after) >= 1 - 12 / n_pool


def test_rows_of_a_review_say_how_many_labels_were_looked_at(bars: Dataset) -> None:
    simulation = reviewed(bars, GRAPH, 30)
    shown = results(simulation).as_json()["stages"]
    assert [row["n_reviewed"] for row in shown if row["stage"] == "reviewed"] == [30]
    assert all("n_reviewed" not in row for row in shown if row["stage"] != "reviewed")
    assert stage_name(rows_of(simulation)[1]) == "30 labels reviewed"
    assert [row["stage"] for row in shown].count("combined") == 1
