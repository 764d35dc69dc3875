"""Shares, effective sample sizes and the bounds around them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from labeler.learning.audit import CHECKPOINT_LEVEL, PLAIN_LEVEL
from labeler.learning.audit.intervals import (
    clopper_pearson,
    domain_proportion,
    stratified,
    stratified_proportion,
)

SIZES = np.full(5, 11_980)
ASKED = np.array([61, 42, 33, 32, 32])
RIGHT = np.array([32, 35, 32, 31, 32])
"""A worked example: 200 answers on Fashion-MNIST."""


def test_the_worked_example_to_its_printed_digits() -> None:
    share, n_effective = stratified(SIZES, ASKED, RIGHT)
    assert round(float(share), 4) == 0.8593
    assert round(float(n_effective), 1) == 319.8
    plain = stratified_proportion(SIZES, ASKED, RIGHT, PLAIN_LEVEL)
    assert [round(100 * end, 1) for end in (plain.low, plain.high)] == [81.6, 89.5]
    wide = stratified_proportion(SIZES, ASKED, RIGHT, CHECKPOINT_LEVEL)
    assert [round(100 * end, 1) for end in (wide.low, wide.high)] == [80.4, 90.4]
    assert plain.n == 200


@pytest.mark.parametrize(("right", "n"), [(0, 7), (3, 10), (162, 200), (50, 50)])
def test_whole_numbers_give_the_exact_binomial_interval(right: int, n: int) -> None:
    expected = binomtest(right, n).proportion_ci(0.9)
    assert clopper_pearson(right / n, n, 0.9) == pytest.approx((expected.low, expected.high))


def test_what_is_known_has_no_width() -> None:
    low, high = clopper_pearson(0.3, np.inf, 0.95)
    assert low == high == 0.3


@st.composite
def samples(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    sizes = draw(st.lists(st.integers(1, 20_000), min_size=1, max_size=5))
    asked = [draw(st.integers(1, min(size, 300))) for size in sizes]
    right = [draw(st.integers(0, n)) for n in asked]
    return np.array(sizes), np.array(asked), np.array(right)


@given(samples(), st.sampled_from([PLAIN_LEVEL, CHECKPOINT_LEVEL]))
def test_the_interval_holds_its_estimate_and_stays_within_bounds(
    sample: tuple[np.ndarray, np.ndarray, np.ndarray], level: float
) -> None:
    told = stratified_proportion(*sample, level)
    assert 0 <= told.low <= told.estimate + 1e-12
    assert told.estimate - 1e-12 <= told.high <= 1
    assert told.n_effective >= 1 - 1e-9


@given(samples())
def test_who_looks_more_often_gets_a_wider_interval(
    sample: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    plain = stratified_proportion(*sample, PLAIN_LEVEL)
    wide = stratified_proportion(*sample, CHECKPOINT_LEVEL)
    assert wide.low <= plain.low <= plain.high <= wide.high


@given(samples())
def test_one_more_right_answer_never_lowers_the_estimate(
    sample: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    sizes, asked, right = sample
    better = np.minimum(right + (np.arange(len(sizes)) == 0), asked)
    before = stratified_proportion(sizes, asked, right, PLAIN_LEVEL)
    assert stratified_proportion(sizes, asked, better, PLAIN_LEVEL).estimate >= before.estimate


@given(st.lists(st.integers(1, 300), min_size=1, max_size=5))
def test_a_census_has_no_width(sizes: list[int]) -> None:
    counts = np.array(sizes)
    told = stratified_proportion(counts, counts, counts // 2, PLAIN_LEVEL)
    assert told.low == told.estimate == told.high == pytest.approx((counts // 2).sum() / sum(sizes))


def test_the_population_matters_only_where_much_of_it_is_asked() -> None:
    large = stratified_proportion(SIZES * 100, ASKED, RIGHT, PLAIN_LEVEL)
    small = stratified_proportion(ASKED + 2, ASKED, RIGHT, PLAIN_LEVEL)
    assert large.half_width == pytest.approx(
        stratified_proportion(SIZES, ASKED, RIGHT, PLAIN_LEVEL).half_width, abs=2e-4
    )
    assert small.half_width < large.half_width / 3


def test_nothing_is_said_of_a_stratum_that_was_not_asked() -> None:
    told = stratified_proportion(SIZES, ASKED * [1, 1, 0, 1, 1], RIGHT * [1, 1, 0, 1, 1], 0.95)
    assert not told.is_known
    assert (told.low, told.high) == (0, 1)


def test_equal_weights_give_the_plain_interval() -> None:
    right = np.arange(40) < 31
    told = domain_proportion(np.full(40, 2.5), right, 0.95, population=10**9)
    low, high = clopper_pearson(31 / 40, 40, 0.95)
    assert told.low == pytest.approx(float(low))
    assert told.high == pytest.approx(float(high))


def test_unequal_weights_say_less() -> None:
    weights = np.where(np.arange(40) < 20, 1.0, 9.0)
    told = domain_proportion(weights, np.arange(40) >= 20, 0.95, population=10**9)
    assert told.estimate == 0.9
    assert told.n_effective == pytest.approx(200**2 / (20 + 20 * 81))


def test_a_part_that_was_asked_whole_is_known() -> None:
    told = domain_proportion(np.ones(4), np.array([True, True, False, True]), 0.95, population=4)
    assert told.low == told.estimate == told.high == 0.75


def test_nothing_is_said_of_a_part_without_answers() -> None:
    assert not domain_proportion(np.empty(0), np.empty(0, dtype=bool), 0.95, 10).is_known
