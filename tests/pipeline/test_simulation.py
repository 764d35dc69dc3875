"""The whole path, by oracle."""

from dataclasses import replace

import numpy as np
import pytest

from labeler.config import RunConfig
from labeler.datasets.base import Dataset, Split
from labeler.exceptions import ConfigError, GroundTruthError
from labeler.pipeline import as_simulated, simulate
from labeler.records import UNLABELED, Simulation, Source

CONFIG = RunConfig(fractions=(0.5, 1.0))


def run(dataset: Dataset, config: RunConfig = CONFIG, **options: object) -> Simulation:
    settings: dict[str, object] = {"budgets": (8,), "n_seeds": 2, **options}
    return simulate(dataset, config, **settings)  # type: ignore[arg-type]


def accuracies(simulation: Simulation) -> list[tuple[float, ...]]:
    return [stage.test_accuracy.per_seed for stage in simulation.stages]


def test_the_table_has_every_stage_once_in_order(bars: Dataset) -> None:
    rows = [(s.stage, s.n_labels, s.fraction, s.method) for s in run(bars).stages]
    assert rows == [
        ("random", 8, None, None),
        ("representatives", 8, None, None),
        ("propagated", 8, 0.5, "cluster"),
        ("propagated", 8, 1.0, "cluster"),
        ("supervised", 200, None, None),
    ]


def test_each_budget_gets_its_rows_and_supervised_comes_once(bars: Dataset) -> None:
    stages = run(bars, budgets=(16, 8, 8)).stages
    assert [s.n_labels for s in stages if s.stage == "random"] == [8, 16]
    assert [s.stage for s in stages].count("supervised") == 1


def test_easy_images_are_labeled_almost_without_error(bars: Dataset) -> None:
    propagated = run(bars).stages[3]
    assert propagated.n_train == 200
    assert (propagated.label_accuracy or 0) > 0.95
    assert propagated.test_accuracy.mean > 0.95


def test_the_same_seed_gives_the_same_figures(bars: Dataset) -> None:
    assert accuracies(run(bars)) == accuracies(run(bars))


def test_a_later_seed_run_alone_equals_itself_among_others(bars_without_test: Dataset) -> None:
    together = run(bars_without_test, n_seeds=3)
    alone = run(bars_without_test, CONFIG.with_(seed=2), n_seeds=1)
    assert [seeds[2] for seeds in accuracies(together)] == [s[0] for s in accuracies(alone)]


def test_oracle_errors_reach_the_labels(bars: Dataset) -> None:
    simulation = run(bars, CONFIG.with_(error_rate=1.0))
    assert simulation.stages[1].label_accuracy == 0
    assert simulation.sample.label_set.sources.max() == Source.PROPAGATED


def test_without_a_test_part_a_fifth_is_held_out(bars_without_test: Dataset) -> None:
    simulation = run(bars_without_test)
    assert simulation.stages[-1].n_train == 160
    assert simulation.stages[0].scores[0].support.sum() == 40
    assert len(simulation.sample.label_set) == 160


def test_the_sample_is_the_first_seed_at_the_largest_budget(bars: Dataset) -> None:
    sample = run(bars, CONFIG.with_(seed=7), budgets=(12, 8)).sample
    assert sample.seed == 7
    assert len(sample.answers) == 12
    assert np.all(sample.label_set.labels != UNLABELED)


def test_images_without_truth_are_left_out_and_counted(bars: Dataset) -> None:
    labels = bars.train.labels.copy()
    labels[:30] = UNLABELED
    partly = replace(bars, train=Split(bars.train.images, labels))
    simulation = run(partly)
    assert simulation.stages[-1].n_train == 170
    assert "30 images without a true label left out" in simulation.notes
    np.testing.assert_array_equal(as_simulated(partly, 0).train.positions, np.arange(30, 200))


def test_no_ground_truth_is_one_clear_error(bars: Dataset) -> None:
    blank = Split(bars.train.images, np.full(200, UNLABELED))
    with pytest.raises(GroundTruthError, match="none of its 200 images has a true label"):
        run(Dataset("bars", (), blank))


def test_a_budget_beyond_the_pool_is_refused_before_any_work(bars: Dataset) -> None:
    with pytest.raises(ConfigError, match="labels is 201, but the pool to label has 200 images"):
        run(bars, budgets=(8, 201))


def test_seeds_in_which_a_class_got_no_label_are_reported(bars: Dataset) -> None:
    notes = run(bars, budgets=(2,)).notes
    assert "representatives, 2 labels: in 2 of 2 seeds a class got no label at all." in notes


def test_supervised_can_be_left_out(bars: Dataset) -> None:
    assert all(s.stage != "supervised" for s in run(bars, supervised=False).stages)
