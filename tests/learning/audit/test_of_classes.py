"""More images of one class: its interval narrows and still holds the truth; nothing else moves."""

import numpy as np
import pytest

from labeler.learning.audit import (
    NO_CLASS,
    PLAIN_LEVEL,
    AuditDesign,
    AuditSample,
    Proportion,
    audit_rows,
    class_weights,
    design_audit,
    further_of_class,
    judge,
    judge_classes,
    judge_part,
    share_without_class,
    with_extras,
    with_repeats,
)
from labeler.records import UNLABELED

N_POOL, N_CLASSES, N_ASKED, MORE = 2_000, 4, 100, 30
RARE = 3


@pytest.fixture(scope="module")
def pool() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Confidences, labels and truth; the rare class is wrong most often."""
    rng = np.random.default_rng(0)
    labels = rng.choice(N_CLASSES, N_POOL, p=[0.4, 0.3, 0.2, 0.1])
    confidences = rng.beta(np.where(labels == RARE, 3, 6), 1)
    wrong = rng.random(N_POOL) > confidences
    return confidences, labels, np.where(wrong, (labels + 1) % N_CLASSES, labels)


def asked_about(
    pool: tuple[np.ndarray, np.ndarray, np.ndarray], seed: int
) -> tuple[AuditDesign, AuditSample, AuditSample]:
    """An audit, and what was asked beside of the rare class."""
    confidences, labels, truth = pool
    design = design_audit(np.arange(N_POOL), confidences, seed)
    images = design.deck[:N_ASKED]
    further = further_of_class(design, images, labels == RARE, MORE)
    sample = AuditSample(design, images, truth[images])
    return design, sample, AuditSample(design, further, truth[further])


def test_the_interval_of_the_class_narrows_and_holds_the_truth(
    pool: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    _, labels, truth = pool
    share = np.mean((labels == truth)[labels == RARE])
    before: list[Proportion] = []
    after: list[Proportion] = []
    for seed in range(200):
        _, sample, extra = asked_about(pool, seed)
        before.append(judge_part(sample, labels, labels == RARE, PLAIN_LEVEL))
        after.append(judge_classes(sample, extra, labels, labels, N_CLASSES, PLAIN_LEVEL)[RARE])
    assert all(told.n == earlier.n + MORE for told, earlier in zip(after, before, strict=True))
    assert np.mean([told.low <= share <= told.high for told in after]) >= 0.93
    widths = [np.mean([told.half_width for told in found]) for found in (before, after)]
    assert widths[1] < 0.7 * widths[0]
    assert np.mean([told.estimate for told in after]) == pytest.approx(share, abs=0.01)


def test_what_is_asked_beside_is_the_next_of_the_class_and_moves_no_other_figure(
    pool: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    _, labels, _ = pool
    design, sample, extra = asked_about(pool, 0)
    of_class = design.deck[labels[design.deck] == RARE]
    n_before = np.count_nonzero(labels[sample.images] == RARE)
    assert extra.images.tolist() == of_class[n_before : n_before + MORE].tolist()
    figures = judge_classes(sample, extra, labels, labels, N_CLASSES, PLAIN_LEVEL)
    for label in range(RARE):
        assert figures[label] == judge_part(sample, labels, labels == label, PLAIN_LEVEL)
    rows = audit_rows(sample, extra, labels, labels)
    assert [row.image for row in rows if not row.weight] == extra.images.tolist()
    own = [row.class_weight for row in rows if row.label == RARE]
    assert sum(own) == pytest.approx(np.count_nonzero(labels == RARE))


def test_a_stratum_of_the_class_that_nobody_named_is_counted_with_the_nearest(
    pool: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    _, labels, truth = pool
    design, sample, extra = asked_about(pool, 0)
    images = sample.images[labels[sample.images] != RARE]
    few = extra.images[design.strata_of(extra.images) == 1]
    deck = AuditSample(design, images, truth[images])
    weights = class_weights(deck, AuditSample(design, few, truth[few]), labels)
    n_of_class = np.count_nonzero(labels == RARE)
    assert weights[len(images) :] == pytest.approx(n_of_class / len(few))
    skipped = AuditSample(design, few, np.full(len(few), UNLABELED))
    assert not class_weights(deck, skipped, labels)[len(images) :].any()


def test_classes_merged_since_keep_the_weights_that_they_were_drawn_with(
    pool: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    _, labels, truth = pool
    merged, right = np.where(labels == RARE, 2, labels), np.where(truth == RARE, 2, truth)
    share = np.mean((merged == right)[merged == 2])
    estimates = []
    for seed in range(200):
        design, sample, extra = asked_about(pool, seed)
        sample = AuditSample(design, sample.images, right[sample.images])
        extra = AuditSample(design, extra.images, right[extra.images])
        figures = judge_classes(sample, extra, merged, labels, N_CLASSES, PLAIN_LEVEL)
        estimates.append(figures[2].estimate)
    assert np.mean(estimates) == pytest.approx(share, abs=0.01)


def test_an_image_of_no_class_makes_its_label_wrong(
    pool: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    _, labels, _ = pool
    _, sample, extra = asked_about(pool, 0)
    right = judge(sample, labels, PLAIN_LEVEL)
    assert share_without_class(sample, PLAIN_LEVEL).estimate == 0
    said = labels[sample.images]
    sample.answers[np.flatnonzero((said == 0) & (said == sample.answers))[:5]] = NO_CLASS
    told = judge(sample, labels, PLAIN_LEVEL)
    assert (told.right.sum(), told.n_skipped) == (right.right.sum() - 5, 0)
    lost = right.named.estimate - told.named.estimate
    assert share_without_class(sample, PLAIN_LEVEL).estimate == pytest.approx(lost)
    figures = judge_classes(sample, extra, labels, labels, N_CLASSES, PLAIN_LEVEL)
    assert figures[0] == judge_part(sample, labels, labels == 0, PLAIN_LEVEL)


def test_nothing_is_asked_twice_unannounced_and_places_never_change() -> None:
    deck = np.random.default_rng(0).permutation(400)
    first = with_extras(deck[:50], [])
    assert first.tolist() == with_repeats(deck[:50]).tolist()
    beside = [(50, deck[60:70]), (50, deck[300:305]), (100, deck[90:120])]
    beside[2] = (100, deck[110:120])
    shorter = with_extras(deck[:100], beside[:2])
    longer = with_extras(deck[:200], beside)
    assert shorter[: len(first)].tolist() == first.tolist()
    assert longer[: len(shorter)].tolist() == shorter.tolist()
    assert set(longer) == {*deck[:200], *deck[300:305]}
    again = len(with_repeats(deck[:200])) - 200
    assert len(longer) == 205 + again
