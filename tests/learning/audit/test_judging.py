"""What answers say of a label set, of other ones, and of their parts."""

import numpy as np
import pytest
from scipy.stats import beta

from labeler.learning.audit import (
    CHECKPOINT_LEVEL,
    PLAIN_LEVEL,
    Agreement,
    AuditDesign,
    AuditRow,
    AuditSample,
    answers_needed,
    audit_rows,
    consistency,
    design_audit,
    judge,
    judge_part,
    judge_parts,
    with_answers,
)
from labeler.records import UNLABELED

N_POOL, N_CLASSES = 2_000, 4


class Audited:
    """A label set that is right as often as it claims, and its audit."""

    def __init__(self, n: int = 200) -> None:
        rng = np.random.default_rng(0)
        self.confidences = rng.beta(4, 1, N_POOL)
        self.truth = rng.integers(0, N_CLASSES, N_POOL)
        wrong = rng.random(N_POOL) > self.confidences
        self.labels = np.where(wrong, (self.truth + 1) % N_CLASSES, self.truth)
        self.population = np.arange(100, N_POOL)
        self.design = design_audit(self.population, self.confidences[100:], 0)
        self.images = self.design.deck[:n]
        self.answers = self.truth[self.images]

    @property
    def sample(self) -> AuditSample:
        return AuditSample(self.design, self.images, self.answers)

    def rows(self, labels: np.ndarray) -> list[AuditRow]:
        nothing = self.sample.take(np.zeros(len(self.images), dtype=bool))
        return audit_rows(self.sample, nothing, labels, labels)

    def judged(self, labels: np.ndarray | None = None, level: float = PLAIN_LEVEL) -> Agreement:
        labels = self.labels if labels is None else labels
        return judge(self.sample, labels, level)

    @property
    def right(self) -> float:
        return float(np.mean((self.labels == self.truth)[self.population]))


@pytest.fixture
def audited() -> Audited:
    return Audited()


def recomputed(rows: list[AuditRow], level: float) -> tuple[float, float, float]:
    """From the rows alone, as a stranger would."""
    strata: dict[int, list[AuditRow]] = {}
    for row in rows:
        strata.setdefault(row.stratum, []).append(row)
    sizes = {h: sum(row.weight for row in members) for h, members in strata.items()}
    asked = {h: sum(not row.skipped for row in members) for h, members in strata.items()}
    right = {h: sum(row.right for row in members) for h, members in strata.items()}
    total, n = sum(sizes.values()), sum(asked.values())
    p = sum(sizes[h] / total * right[h] / asked[h] for h in strata)
    t = (p * n + 1) / (n + 2)
    smoothed = {h: (right[h] + t) / (asked[h] + 1) for h in strata}
    overall = sum(sizes[h] / total * smoothed[h] for h in strata)
    variance = 0.0
    for h in strata:
        w, q = sizes[h] / total, smoothed[h]
        variance += w * w * (1 - asked[h] / sizes[h]) * q * (1 - q) / asked[h]
    effective = overall * (1 - overall) / variance
    x, a = p * effective, 1 - level
    low = beta.ppf(a / 2, x, effective - x + 1) if x > 0 else 0.0
    high = beta.ppf(1 - a / 2, x + 1, effective - x) if x < effective else 1.0
    return p, float(low), float(high)


@pytest.mark.parametrize("level", [PLAIN_LEVEL, CHECKPOINT_LEVEL])
@pytest.mark.parametrize("n_skipped", [0, 15])
def test_the_rows_are_enough_to_compute_the_figures_again(
    audited: Audited, level: float, n_skipped: int
) -> None:
    audited.answers[:n_skipped] = UNLABELED
    rows = audited.rows(audited.labels)
    told = audited.judged(level=level).named
    expected = recomputed(rows, level)
    assert (told.estimate, told.low, told.high) == pytest.approx(expected, rel=0, abs=1e-9)


def test_a_row_says_what_the_label_was_and_what_the_auditor_said(audited: Audited) -> None:
    audited.answers[3] = UNLABELED
    rows = audited.rows(audited.labels)
    assert [row.image for row in rows] == audited.images.tolist()
    assert [row.right for row in rows] == (
        audited.labels[audited.images] == audited.answers
    ).tolist()
    assert [i for i, row in enumerate(rows) if row.skipped] == [3]
    assert sum(row.weight for row in rows) == pytest.approx(len(audited.population))


def test_an_image_without_label_that_is_skipped_is_not_right(audited: Audited) -> None:
    nothing = np.full(N_POOL, UNLABELED)
    audited.answers[:] = UNLABELED
    rows = audited.rows(nothing)
    assert not any(row.right for row in rows)
    assert audited.judged(nothing).right.sum() == 0


def test_the_truth_lies_in_the_interval(audited: Audited) -> None:
    told = audited.judged().named
    assert told.low < audited.right < told.high
    assert told.n == 200


def test_the_share_of_right_answers_is_not_the_estimate(audited: Audited) -> None:
    agreement = audited.judged()
    assert agreement.plain_share < agreement.named.estimate
    assert agreement.plain_share == np.mean(audited.labels[audited.images] == audited.answers)


def test_other_labels_are_judged_by_the_same_answers(audited: Audited) -> None:
    assert audited.judged(audited.truth).named.estimate == 1
    assert audited.judged((audited.truth + 1) % N_CLASSES).named.estimate == 0


def test_answers_count_as_right_beside_the_spread_labels(audited: Audited) -> None:
    spread = audited.judged().named
    whole = with_answers(spread, len(audited.population), 100)
    assert whole.estimate == pytest.approx(0.05 + 0.95 * spread.estimate)
    assert whole.half_width == pytest.approx(0.95 * spread.half_width)
    assert with_answers(spread, len(audited.population), 0) == spread


def test_a_census_tells_the_truth() -> None:
    audited = Audited(n=N_POOL - 100)
    told = audited.judged().named
    assert told.low == told.estimate == told.high == pytest.approx(audited.right)


def test_skips_are_bounded_both_ways(audited: Audited) -> None:
    complete = audited.judged()
    assert complete.if_skipped_wrong == complete.named == complete.if_skipped_right
    audited.answers[::10] = UNLABELED
    agreement = audited.judged()
    assert agreement.n_skipped == 20
    assert agreement.n_asked == 200
    assert agreement.named.n == 180
    assert (
        agreement.if_skipped_wrong.estimate
        < agreement.named.estimate
        < agreement.if_skipped_right.estimate
    )
    expected = sum(agreement.skipped / agreement.asked * agreement.sizes) / agreement.sizes.sum()
    width = agreement.if_skipped_right.estimate - agreement.if_skipped_wrong.estimate
    assert width == pytest.approx(expected)


def test_a_stratum_of_which_all_were_skipped_leaves_the_bounds(audited: Audited) -> None:
    audited.answers[audited.design.strata_of(audited.images) == 0] = UNLABELED
    agreement = audited.judged()
    assert not agreement.named.is_known
    assert agreement.if_skipped_wrong.estimate < audited.right < agreement.if_skipped_right.estimate
    assert answers_needed(audited.design, agreement, 0.03, PLAIN_LEVEL) is None


def test_classes_are_judged_with_the_weights_of_the_design(audited: Audited) -> None:
    by_class = judge_parts(
        audited.sample,
        audited.labels,
        audited.labels,
        N_CLASSES,
        PLAIN_LEVEL,
    )
    own = audited.labels[audited.images] == 2
    weights = audited.sample.weights[own]
    right = (audited.answers == 2)[own]
    assert by_class[2].estimate == pytest.approx((weights * right).sum() / weights.sum())
    assert sum(told.n for told in by_class) == 200
    assert all(told.low <= told.estimate <= told.high for told in by_class)


def test_a_part_without_answers_is_not_known(audited: Audited) -> None:
    part = np.zeros(N_POOL, dtype=bool)
    part[audited.design.deck[-1]] = True
    told = judge_part(audited.sample, audited.labels, part, PLAIN_LEVEL)
    assert (told.n, told.is_known) == (0, False)


def test_the_whole_as_a_part_has_the_same_estimate(audited: Audited) -> None:
    whole = judge_part(
        audited.sample,
        audited.labels,
        np.ones(N_POOL, dtype=bool),
        PLAIN_LEVEL,
    )
    assert whole.estimate == pytest.approx(audited.judged().named.estimate)


def part_coverage(design: AuditDesign, right: np.ndarray, part: np.ndarray) -> float:
    """How often the interval of a part holds the truth, of 300 audits."""
    rng = np.random.default_rng(0)
    truth, held = right[part].mean(), 0
    labels = np.where(right, 0, 1)
    turns = [np.flatnonzero(design.strata == stratum) for stratum in range(design.n_strata)]
    asked = design.count_by_stratum(design.deck[:200])
    for _ in range(300):
        drawn = [rng.choice(t, n, replace=False) for t, n in zip(turns, asked, strict=True)]
        images = design.images[np.concatenate(drawn)]
        told = judge_part(
            AuditSample(design, images, np.zeros(200, int)), labels, part, PLAIN_LEVEL
        )
        held += told.low <= truth <= told.high
    return held / 300


def test_the_interval_of_a_part_holds_the_truth() -> None:
    rng = np.random.default_rng(1)
    confidences = rng.beta(4, 1, N_POOL)
    right, part = rng.random(N_POOL) < confidences, rng.random(N_POOL) < 0.2 + confidences / 4
    assert part_coverage(design_audit(np.arange(N_POOL), confidences, 0), right, part) >= 0.94


def test_the_auditor_is_asked_twice() -> None:
    first = np.array([0, 1, 2, UNLABELED, 1])
    second = np.array([0, 2, 2, 0, UNLABELED])
    told = consistency(first, second, PLAIN_LEVEL)
    assert (told.same.n, told.n_skipped) == (3, 2)
    assert told.same.estimate == pytest.approx(2 / 3)
    assert told.same.low < 2 / 3 < told.same.high
    assert not consistency(first[3:], second[3:], PLAIN_LEVEL).same.is_known


def test_more_answers_are_needed_for_a_narrower_interval(audited: Audited) -> None:
    agreement = audited.judged()
    wanted = (0.1, 0.04, 0.03, 0.02, 0.0)
    needed = [answers_needed(audited.design, agreement, h, PLAIN_LEVEL) or 0 for h in wanted]
    assert needed[0] == 200
    assert needed[-1] == len(audited.population)
    assert needed == sorted(needed)


def test_with_the_answers_needed_the_interval_is_as_narrow_as_wanted(audited: Audited) -> None:
    needed = answers_needed(audited.design, audited.judged(), 0.03, PLAIN_LEVEL)
    assert needed is not None
    assert Audited(needed).judged().named.half_width == pytest.approx(0.03, abs=0.004)
