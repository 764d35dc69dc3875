"""Audits of a simulated run, whose truth is known."""

import numpy as np
import pytest

from labeler.config import RunConfig
from labeler.datasets.base import Dataset
from labeler.exceptions import ConfigError
from labeler.pipeline import simulate
from labeler.pipeline.left_out import LeftOut
from labeler.pipeline.simulated_audit import audit_run
from labeler.records import Clusters, LabelingRun, LabelSet, Simulation, Source
from labeler.records.label_quality import SimulatedAudit

N_IMAGES, N_NAMED, N_CLASSES = 3_000, 100, 3


def labeled(seed: int = 0) -> tuple[LabelingRun, np.ndarray]:
    """Labels that claim more than is right; the first of them are answers, and right."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(3, 2, N_IMAGES)
    truth = rng.integers(0, N_CLASSES, N_IMAGES)
    is_right = rng.random(N_IMAGES) < 1 / (1 + np.exp(-logits / 2))
    is_right[:N_NAMED] = True
    sources = np.full(N_IMAGES, Source.PROPAGATED, dtype=np.int8)
    sources[:N_NAMED] = Source.ORACLE
    label_set = LabelSet(
        labels=np.where(is_right, truth, (truth + 1) % N_CLASSES),
        sources=sources,
        confidences=(1 / (1 + np.exp(-logits))).astype(np.float32),
        origins=np.full(N_IMAGES, -1),
    )
    nothing = np.zeros(0, dtype=int)
    clusters = Clusters(nothing, nothing, nothing, nothing, nothing, np.zeros((0, 1)))
    return LabelingRun(seed, clusters, (), label_set), truth


def audited(config: RunConfig, n: int = 200, repeats: int = 400) -> SimulatedAudit:
    run, truth = labeled()
    audit = audit_run(run, truth, config, N_CLASSES, n, repeats)
    assert audit is not None
    return audit


BY_GRAPH, BY_CLUSTER = RunConfig(propagation="graph"), RunConfig()


@pytest.mark.parametrize("config", [BY_GRAPH, BY_CLUSTER])
def test_only_spread_labels_are_audited(config: RunConfig) -> None:
    audit = audited(config)
    assert audit.population == N_IMAGES - N_NAMED
    run, truth = labeled()
    right = (run.label_set.labels == truth)[N_NAMED:]
    assert audit.label_accuracy == np.mean(right) < 0.9


def test_intervals_hold_the_truth_and_calibrating_helps() -> None:
    audit = audited(BY_GRAPH)
    assert audit.trial.plain.coverage >= 0.93
    assert audit.trial.plain.half_width < 0.9 * audit.trial.simple_random.half_width
    error = audit.calibration_error
    assert error.after < error.before / 2
    assert len(error.before_by_class) == len(error.after_by_class) == N_CLASSES


def test_confidences_that_only_rank_do_not_steer_the_allocation() -> None:
    widths = [audited(config).trial.plain.half_width for config in (BY_GRAPH, BY_CLUSTER)]
    assert widths[0] != widths[1]


def test_the_same_seed_finds_the_same() -> None:
    assert audited(BY_GRAPH, repeats=50) == audited(BY_GRAPH, repeats=50)


def test_a_class_without_labels_has_no_calibration_error() -> None:
    run, truth = labeled()
    audit = audit_run(run, truth, BY_GRAPH, N_CLASSES + 1, 100, 10)
    assert audit is not None
    assert audit.calibration_error.after_by_class[-1] is None


def run_audit(dataset: Dataset, config: RunConfig = BY_CLUSTER, audit: int = 60) -> Simulation:
    options = {"budgets": (8, 4), "n_seeds": 2, "supervised": False, "comparisons": False}
    return simulate(dataset, config, audit=audit, audit_repeats=20, **options)  # type: ignore[arg-type]


def test_the_first_seed_at_the_largest_budget_is_audited(bars_without_test: Dataset) -> None:
    simulation = run_audit(bars_without_test, BY_CLUSTER.with_(seed=3))
    audit = simulation.audit
    assert audit is not None
    assert (audit.seed, audit.n_labels, audit.population) == (3, 8, 152)
    assert (audit.trial.n, audit.trial.repeats) == (60, 20)
    assert list(audit.trial.checkpoints) == [50, 100, 152]


def test_where_fewer_labels_were_spread_all_are_audited(bars: Dataset) -> None:
    audit = run_audit(bars, BY_CLUSTER.with_(fractions=(0.2,))).audit
    assert audit is not None
    assert audit.trial.n == audit.population < 60
    assert audit.trial.plain.half_width == pytest.approx(0)


def test_where_none_was_spread_there_is_no_audit() -> None:
    run, truth = labeled()
    run.label_set.sources[:] = Source.ORACLE
    assert audit_run(run, truth, BY_GRAPH, N_CLASSES, 100, 10) is None


@pytest.mark.parametrize(
    ("audit", "said"), [(193, "ask for at most 192"), (14, "it must be at least 15")]
)
def test_an_audit_that_cannot_be_is_refused_before_any_work(
    bars: Dataset, audit: int, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        run_audit(bars, audit=audit)


def test_left_out_answers_lower_what_is_claimed_without_an_audit() -> None:
    run, truth = labeled()
    belied = LeftOut(np.full(40, 0.95), np.arange(40) % 2 == 0)
    audit = audit_run(run, truth, BY_GRAPH, N_CLASSES, 100, 10, left_out=belied)
    assert audit is not None
    told = audit.by_answers
    assert told is not None
    assert told.n == 40
    assert told.cautious < told.claimed
    assert audited(BY_GRAPH, repeats=10).by_answers is None
