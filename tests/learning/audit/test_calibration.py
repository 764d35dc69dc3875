"""Confidences as probabilities."""

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from labeler.learning.audit import (
    AuditSample,
    calibration_error,
    calibration_error_by_class,
    design_audit,
    drawn_to_chance,
    fit_logit_curve,
    fit_offset,
    fit_slope,
)
from labeler.learning.audit.calibration import OFFSET_SPREAD

N_IMAGES, N_CLASSES = 6_000, 3


class Overconfident:
    """Labels that claim more than is right, and those of the last class most."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        logits = rng.normal(4, 3, N_IMAGES)
        self.confidences = 1 / (1 + np.exp(-logits))
        self.labels = rng.integers(0, N_CLASSES, N_IMAGES)
        truth = 1 / (1 + np.exp(-0.6 * logits + 1.5 * (self.labels == 2)))
        self.right = rng.random(N_IMAGES) < truth
        design = design_audit(np.arange(N_IMAGES), self.confidences, seed)
        self.asked = design.deck[:200]
        self.weights = AuditSample(design, self.asked, self.labels[self.asked]).weights

    def calibrated(self) -> np.ndarray:
        asked = self.asked
        curve = fit_logit_curve(
            self.confidences[asked],
            self.labels[asked],
            self.right[asked],
            self.weights,
            N_CLASSES,
        )
        return curve.calibrate(self.confidences, self.labels)

    def isotonic(self) -> np.ndarray:
        steps = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
        steps.fit(self.confidences[self.asked], self.right[self.asked], self.weights)
        return np.asarray(steps.predict(self.confidences))


AUDITS = [Overconfident(seed) for seed in range(8)]


def mean_error(confidences: list[np.ndarray]) -> float:
    errors = [calibration_error(c, a.right) for c, a in zip(confidences, AUDITS, strict=True)]
    return float(np.mean(errors))


def test_two_hundred_answers_bring_confidences_near_to_the_truth() -> None:
    before = mean_error([audit.confidences for audit in AUDITS])
    after = mean_error([audit.calibrated() for audit in AUDITS])
    assert before > 0.08
    assert after < before / 2


def test_a_curve_is_nearer_to_it_than_steps() -> None:
    curve = mean_error([audit.calibrated() for audit in AUDITS])
    assert curve < mean_error([audit.isotonic() for audit in AUDITS])


def test_a_class_that_is_wrong_more_often_is_believed_less() -> None:
    audit = AUDITS[0]
    before, after = (
        calibration_error_by_class(c, audit.labels, audit.right, N_CLASSES)
        for c in (audit.confidences, audit.calibrated())
    )
    assert after[2] < before[2] / 2


def test_calibrating_keeps_the_order_within_a_class() -> None:
    audit = AUDITS[0]
    own = audit.labels == 1
    order = np.argsort(audit.confidences[own])
    assert np.all(np.diff(audit.calibrated()[own][order]) >= 0)


def test_what_an_answer_stands_for_counts_beside_the_others() -> None:
    rng = np.random.default_rng(0)
    confidences, labels, right = rng.random(60), rng.integers(0, 2, 60), rng.random(60) < 0.7
    weights = rng.integers(1, 4, 60)

    def told(weights: np.ndarray) -> float:
        curve = fit_logit_curve(confidences, labels, right, weights, 2)
        return float(curve.calibrate(np.array([0.5]), np.array([0]))[0])

    assert told(3 * weights) == pytest.approx(told(weights))
    assert told(np.where(right, weights, 5 * weights)) < told(weights) - 0.1


@pytest.mark.parametrize("n", [0, 1, 30])
def test_a_few_answers_that_are_all_right_promise_no_certainty(n: int) -> None:
    curve = fit_logit_curve(
        np.full(n, 0.9), np.zeros(n, dtype=int), np.ones(n, dtype=bool), np.ones(n), 2
    )
    told = curve.calibrate(np.array([0.9, 1.0, 0.0]), np.array([0, 1, 1]))
    assert np.all((told > 0) & (told < 1))
    assert told[0] == pytest.approx(0.9) if n == 0 else told[0] > 0.9


def test_the_error_is_the_gap_between_what_is_claimed_and_what_is_right() -> None:
    right = np.arange(1_000) % 10 < 7
    assert calibration_error(np.full(1_000, 0.9), right) == pytest.approx(0.2, abs=1e-9)
    assert calibration_error(np.full(1_000, 0.7), right) == pytest.approx(0, abs=1e-9)


def test_a_class_without_labels_has_no_error() -> None:
    errors = calibration_error_by_class(np.ones(3), np.zeros(3, dtype=int), np.ones(3) > 0, 2)
    assert errors[0] == 0
    assert np.isnan(errors[1])


def test_an_offset_is_found_within_its_error_and_is_none_without_labels() -> None:
    rng = np.random.default_rng(0)
    claimed = rng.uniform(0.2, 0.99, 400)
    found = []
    for _ in range(50):
        true = 1 / (1 + np.exp(1.2) * (1 - claimed) / claimed)
        found.append(fit_offset(claimed, rng.random(400) < true))
    offsets, errors = np.array(found).T
    assert offsets.mean() == pytest.approx(-1.2, abs=0.05)
    assert errors.mean() == pytest.approx(offsets.std(), rel=0.3)
    assert fit_offset(np.empty(0), np.empty(0, dtype=bool)) == pytest.approx((0, OFFSET_SPREAD))


@pytest.mark.parametrize("slope", [0.3, 0.7])
def test_what_is_claimed_beyond_chance_is_believed_as_far_as_answers_go(slope: float) -> None:
    rng, nobody = np.random.default_rng(0), np.zeros(1_000, dtype=int)
    claimed = rng.uniform(0.3, 0.999, 1_000)
    worth = drawn_to_chance(slope, 5).calibrate(claimed, nobody)
    assert fit_slope(claimed, rng.random(1_000) < worth, 5) == pytest.approx(slope, abs=0.06)


def test_confidences_are_drawn_to_chance_and_never_raised() -> None:
    claimed, nobody = np.linspace(0.2, 0.9999, 50), np.zeros(50, dtype=int)
    for slope in (0.0, 0.4, 1.0):
        worth = drawn_to_chance(slope, 5).calibrate(claimed, nobody)
        assert (worth <= claimed + 1e-12).all()
        assert (np.diff(worth) >= 0).all()
        assert worth[0] == pytest.approx(0.2)
    assert drawn_to_chance(0, 5).calibrate(claimed, nobody) == pytest.approx(0.2)
    assert fit_slope(np.full(100, 0.5), np.ones(100, dtype=bool), 5) > 0.99
    assert fit_slope(np.empty(0), np.empty(0, dtype=bool), 5) > 0.99
