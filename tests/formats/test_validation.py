"""What is set aside to validate on: whole groups, every class on both sides, about the share."""

from itertools import product

import numpy as np
import pytest

from labeler.formats.validation import choose_validation, one_sided
from labeler.records import UNLABELED


def missing(groups: np.ndarray, labels: np.ndarray, is_validation: np.ndarray) -> int:
    """Classes of two or more groups that are on one side only."""
    return sum(one.n_groups > 1 for one in one_sided(groups, labels, is_validation))


def fewest_missing(groups: np.ndarray, labels: np.ndarray) -> int:
    """The same for the best of all divisions."""
    n_groups = int(groups.max()) + 1
    sides = np.array(list(product([False, True], repeat=n_groups))[1:-1])
    return min(missing(groups, labels, inside[groups]) for inside in sides)


def random_case(rng: np.random.Generator, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Groups of one to three classes each, some rows without a label."""
    n_groups, n_classes = rng.integers(2, most, 2)
    rows = [
        (group, label)
        for group in range(n_groups)
        for label in rng.integers(0, n_classes, rng.integers(1, 4))
        for _ in range(rng.integers(1, 30))
    ]
    groups, labels = np.array(rows).T
    return groups, np.where(rng.random(len(labels)) < 0.1, UNLABELED, labels)


@pytest.mark.parametrize("seed", range(60))
def test_no_division_has_more_classes_on_both_sides(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups, labels = random_case(rng, 8)
    chosen = choose_validation(groups, labels, 0.3, rng)
    assert 0 < np.count_nonzero(chosen) < len(chosen)
    assert len(np.unique(groups[chosen])) + len(np.unique(groups[~chosen])) == len(
        np.unique(groups)
    )
    assert missing(groups, labels, chosen) == fewest_missing(groups, labels)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_every_class_is_near_the_share_where_there_are_groups_enough(share: float) -> None:
    rng = np.random.default_rng(7)
    of_group = rng.integers(0, 10, 400)
    groups = rng.choice(400, 20_000, p=rng.dirichlet(np.full(400, 2.0)))
    labels = of_group[groups]
    chosen = choose_validation(groups, labels, share, rng)
    assert abs(chosen.mean() - share) < 0.005
    for label in range(10):
        assert abs(chosen[labels == label].mean() - share) < 0.03


def test_the_seed_chooses_and_chooses_the_same_again() -> None:
    groups, labels = random_case(np.random.default_rng(1), 40)
    chosen = [choose_validation(groups, labels, 0.3, np.random.default_rng(s)) for s in (0, 0, 1)]
    assert (chosen[0] == chosen[1]).all()
    assert (chosen[0] != chosen[2]).any()


def test_three_classes_in_three_pairs_of_groups_cannot_all_be_on_both_sides() -> None:
    groups, labels = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 2, 0, 1, 1, 2])
    chosen = choose_validation(groups, labels, 0.3, np.random.default_rng(0))
    (one,) = one_sided(groups, labels, chosen)
    assert one.n_groups == 2


def test_a_class_of_one_group_is_there_to_train_on() -> None:
    groups = np.repeat(np.arange(12), 10)
    labels = np.minimum(groups, 3)
    chosen = choose_validation(groups, labels, 0.25, np.random.default_rng(0))
    assert {one.label for one in one_sided(groups, labels, chosen)} == {0, 1, 2}
    assert set(labels[chosen]) == {3}


@pytest.mark.parametrize("labels", [np.arange(6) // 2, np.full(6, UNLABELED)])
def test_neither_side_is_empty_where_no_class_could_be_on_both(labels: np.ndarray) -> None:
    chosen = choose_validation(np.arange(6) // 2, labels, 0.3, np.random.default_rng(0))
    assert np.count_nonzero(chosen) == 2
