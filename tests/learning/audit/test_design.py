"""Strata, shares and the deck."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.learning.audit import AuditDesign, checkpoints, design_audit, with_repeats
from labeler.learning.audit.design import allocations, answer_shares
from tests.learning.audit.populations import CLAIMED, SIZES


def designed(n_images: int, seed: int = 0) -> AuditDesign:
    confidences = np.random.default_rng(n_images).beta(5, 1, n_images)
    return design_audit(np.arange(n_images) * 3, confidences, seed)


def test_half_of_the_answers_go_in_proportion_and_half_by_guessed_spread() -> None:
    shares = answer_shares(SIZES, CLAIMED)
    assert shares.round(3).tolist() == [0.303, 0.211, 0.162, 0.162, 0.162]
    assert allocations(SIZES, shares, [200]).tolist() == [[61, 42, 33, 32, 32]]


def test_confidences_that_only_rank_are_no_guess_of_spread() -> None:
    images, confidences = np.arange(500), np.linspace(0, 1, 500)
    assert design_audit(images, confidences, 0, is_probability=False).shares.tolist() == [0.2] * 5
    assert design_audit(images, confidences, 0).shares.tolist() != [0.2] * 5


@pytest.mark.parametrize(("n_images", "n_strata"), [(1, 1), (99, 1), (100, 2), (249, 4), (251, 5)])
def test_a_stratum_has_at_least_fifty_images(n_images: int, n_strata: int) -> None:
    sizes = designed(n_images).sizes
    assert len(sizes) == n_strata
    assert sizes.sum() == n_images
    assert sizes.max() - sizes.min() <= 1


def test_strata_are_ordered_by_confidence() -> None:
    confidences = np.random.default_rng(3).random(1_000)
    strata = design_audit(np.arange(1_000), confidences, 0).strata
    assert np.all(np.diff(strata[np.argsort(confidences)]) >= 0)


def test_equal_confidences_are_parted_by_lot() -> None:
    designs = [design_audit(np.arange(500), np.ones(500), seed) for seed in (0, 1)]
    assert [design.sizes.tolist() for design in designs] == [[100] * 5] * 2
    assert not np.array_equal(designs[0].strata, designs[1].strata)


def test_checkpoints_double_up_to_a_census() -> None:
    assert checkpoints(1_000) == (50, 100, 200, 400, 800, 1_000)
    assert checkpoints(400) == (50, 100, 200, 400)
    assert checkpoints(7) == (7,)


SIZE_LISTS = st.lists(st.integers(1, 4_000), min_size=1, max_size=5)


@given(SIZE_LISTS, st.lists(st.floats(0, 1), min_size=5, max_size=5))
def test_a_longer_audit_takes_no_answer_back(sizes: list[int], claimed: list[float]) -> None:
    counts = np.array(sizes)
    shares = answer_shares(counts, np.array(claimed[: len(sizes)]))
    numbers = checkpoints(sum(sizes))
    plan = allocations(counts, shares, numbers)
    assert plan.sum(axis=1).tolist() == list(numbers)
    assert np.all(np.diff(plan, axis=0) >= 0)
    assert np.all(plan >= np.minimum(counts, 3))
    assert np.all(plan <= counts)


def test_rounding_alone_would_take_an_answer_back() -> None:
    """The largest remainders of 25 answers alone are 11, 11 and 3."""
    sizes, shares = np.full(3, 1_000), np.array([6, 6, 2]) / 14
    assert allocations(sizes, shares, [24, 25]).tolist() == [[10, 10, 4], [11, 10, 4]]
    assert allocations(sizes, shares, [25]).tolist() == [[11, 11, 3]]


@pytest.mark.parametrize("n_images", [3, 60, 240, 3_000])
def test_the_deck_has_each_image_once_and_what_is_planned_at_each_checkpoint(n_images: int) -> None:
    design = designed(n_images)
    assert sorted(design.deck) == design.images.tolist()
    plan = allocations(design.sizes, design.shares, checkpoints(n_images))
    for at, planned in zip(checkpoints(n_images), plan, strict=True):
        assert design.count_by_stratum(design.deck[:at]).tolist() == planned.tolist()


def test_strata_are_mixed_evenly_between_checkpoints() -> None:
    design = designed(5_000)
    for n in range(10, 400, 10):
        counts = design.count_by_stratum(design.deck[:n])
        assert np.all(abs(counts - n * design.shares) <= 3)


def test_within_a_stratum_every_image_is_as_likely_to_be_early() -> None:
    confidences = np.linspace(0, 1, 500)
    early = np.zeros(500)
    for seed in range(100):
        early[design_audit(np.arange(500), confidences, seed).deck[:100]] += 1
    by_part = early.reshape(20, 25).sum(axis=1).reshape(5, 4)
    assert np.all(abs(by_part / by_part.mean(axis=1, keepdims=True) - 1) < 0.15)


def test_the_same_seed_draws_the_same_deck_and_another_one_another() -> None:
    assert np.array_equal(designed(300).deck, designed(300).deck)
    assert not np.array_equal(designed(300).deck[:50], designed(300, seed=1).deck[:50])


def test_the_order_of_images_and_confidences_does_not_matter() -> None:
    images, confidences = np.arange(300), np.linspace(0, 1, 300)
    backwards = design_audit(images[::-1], confidences[::-1], 5)
    assert np.array_equal(design_audit(images, confidences, 5).deck, backwards.deck)


def test_anybody_can_draw_the_turns_again_with_sha_256() -> None:
    design = designed(60, seed=4)
    turns = [hashlib.sha256(f"4/{image}".encode()).digest()[:8] for image in design.images]
    expected = [image for _, image in sorted(zip(turns, design.images.tolist(), strict=True))]
    assert design.deck.tolist() == expected


@pytest.mark.parametrize("images", [[], [3, 3]])
def test_a_population_that_is_none_is_refused(images: list[int]) -> None:
    with pytest.raises(ValueError, match="each image once"):
        design_audit(np.array(images, dtype=int), np.ones(len(images)), 0)


def test_images_outside_the_population_have_no_stratum() -> None:
    with pytest.raises(ValueError, match="not in the population"):
        designed(60).strata_of(np.array([1]))


def test_one_image_in_twenty_is_asked_again_and_later() -> None:
    deck = designed(1_000).deck[:400]
    asked = with_repeats(deck)
    images, counts = np.unique(asked, return_counts=True)
    assert len(images) == 400
    assert np.count_nonzero(counts == 2) == 19
    gaps = [np.diff(np.flatnonzero(asked == image))[0] for image in images[counts == 2]]
    assert min(gaps) > 10
    assert max(gaps) <= 32


def test_a_longer_audit_repeats_the_same_ones_first() -> None:
    deck = designed(1_000).deck
    longer = with_repeats(deck[:400])
    for n in (5, 29, 30, 50, 200):
        shorter = with_repeats(deck[:n])
        assert np.array_equal(longer[: len(shorter)], shorter)
