"""Two label sets held against the same answers."""

import numpy as np
import pytest

from labeler.learning.audit import PLAIN_LEVEL, AuditSample, design_audit, judge, judge_difference
from labeler.records import UNLABELED

N_POOL, N_CLASSES = 1_500, 4


def label_sets(
    rng: np.random.Generator, share_mended: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Confidences, truth, labels, and labels of which some of the wrong ones were put right."""
    confidences = rng.beta(4, 1, N_POOL)
    truth = rng.integers(0, N_CLASSES, N_POOL)
    is_wrong = rng.random(N_POOL) > confidences
    before = np.where(is_wrong, (truth + 1) % N_CLASSES, truth)
    draws = rng.random(N_POOL)
    after = np.where(is_wrong & (draws < share_mended), truth, before)
    after = np.where(~is_wrong & (draws < 0.02), (truth + 2) % N_CLASSES, after)
    return confidences, truth, before, after


@pytest.mark.parametrize("share_mended", [0.0, 0.1, 0.5])
def test_the_interval_holds_the_difference_as_often_as_it_says(share_mended: float) -> None:
    n_audits, held = 400, 0
    for seed in range(n_audits):
        rng = np.random.default_rng(seed)
        confidences, truth, before, after = label_sets(rng, share_mended)
        design = design_audit(np.arange(N_POOL), confidences, seed)
        images = design.deck[:100]
        found = judge_difference(
            AuditSample(design, images, truth[images]), before, after, PLAIN_LEVEL
        )
        assert found is not None
        true = float((after == truth).mean() - (before == truth).mean())
        held += found.low <= true <= found.high
    assert held / n_audits >= 0.93


def test_shares_are_those_of_each_alone_and_the_interval_is_shorter() -> None:
    confidences, truth, before, after = label_sets(np.random.default_rng(0), 0.3)
    design = design_audit(np.arange(N_POOL), confidences, 0)
    images = design.deck[:200]
    sample = AuditSample(design, images, truth[images])
    found = judge_difference(sample, before, after, PLAIN_LEVEL)
    assert found is not None
    alone = [judge(sample, labels, PLAIN_LEVEL).named for labels in (before, after)]
    assert [found.before, found.after] == pytest.approx([share.estimate for share in alone])
    assert found.high - found.low < alone[0].high - alone[0].low
    was, now = before[images] == truth[images], after[images] == truth[images]
    assert (found.n_mended, found.n_broken) == ((now & ~was).sum(), (was & ~now).sum())
    same = judge_difference(sample, before, before, PLAIN_LEVEL)
    assert same is not None
    assert not same.is_clear
    assert same.estimate == 0 < same.high


def test_of_a_census_the_difference_is_known_and_of_no_answers_nothing() -> None:
    confidences, truth, before, after = label_sets(np.random.default_rng(1), 0.3)
    design = design_audit(np.arange(N_POOL), confidences, 0)
    everything = AuditSample(design, design.deck, truth[design.deck])
    found = judge_difference(everything, before, after, PLAIN_LEVEL)
    assert found is not None
    assert found.low == found.high == pytest.approx(found.estimate)
    assert found.estimate == pytest.approx((after == truth).mean() - (before == truth).mean())
    skipped = AuditSample(design, design.deck[:50], np.full(50, UNLABELED))
    assert judge_difference(skipped, before, after, PLAIN_LEVEL) is None
