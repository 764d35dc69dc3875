"""Intervals hold the truth as often as they say, and are narrower than without strata."""

import pytest

from tests.learning.audit.populations import POPULATIONS, Population, tried

REPEATS = 4_000


@pytest.mark.parametrize("n", [50, 100, 200, 400])
@pytest.mark.parametrize("population", POPULATIONS.values(), ids=POPULATIONS)
def test_an_interval_holds_the_truth_as_often_as_it_says(population: Population, n: int) -> None:
    assert tried(population, n, REPEATS).plain.coverage >= population.least


@pytest.mark.parametrize("population", POPULATIONS.values(), ids=POPULATIONS)
def test_all_four_checkpoints_hold_it_together(population: Population) -> None:
    audit = tried(population, 200, REPEATS)
    assert list(audit.checkpoints) == [50, 100, 200, 400]
    assert all(covered.coverage >= 0.965 for covered in audit.checkpoints.values())
    assert audit.all_checkpoints >= population.least + 0.015


def test_strata_by_confidence_make_it_narrower() -> None:
    audit = tried(POPULATIONS["fashion-mnist"], 200, REPEATS)
    assert audit.plain.half_width <= 0.043
    assert 0.0495 < audit.simple_random.half_width < 0.0505
    narrower = [covered.half_width for covered in audit.checkpoints.values()]
    assert narrower == sorted(narrower, reverse=True)


def test_confidences_that_say_nothing_cost_little() -> None:
    audit = tried(POPULATIONS["useless confidences"], 200, REPEATS)
    assert audit.plain.half_width < 1.05 * audit.simple_random.half_width


def test_a_census_is_never_wrong_and_has_no_width() -> None:
    audit = tried(POPULATIONS["a small pool"], 1_400, 3)
    assert audit.plain.coverage == 1
    assert audit.plain.half_width == pytest.approx(0, abs=1e-12)
    assert list(audit.checkpoints) == [50, 100, 200, 400, 800, 1_400]
