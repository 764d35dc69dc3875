"""Images distorted at random: in the ways that are asked for, and in no other."""

from dataclasses import replace

import numpy as np
import pytest

from labeler.learning.features.orientation import symmetries
from labeler.learning.small_net.distortions import STRONG, WEAK, Distortions, distorted

SIDE = 12
STILL = Distortions(shift=0, turn=0, scale=(1, 1))


def images(n: int = 40, n_channels: int = 1) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, SIDE, SIDE, n_channels)).astype(np.float32)


def made(how: Distortions, given: np.ndarray, seed: int = 1) -> np.ndarray:
    return distorted(given, how, np.random.default_rng(seed))


def test_what_is_not_asked_for_changes_nothing() -> None:
    assert np.allclose(made(STILL, images()), images(), atol=1e-5)


@pytest.mark.parametrize("how", [WEAK, STRONG])
@pytest.mark.parametrize("n_channels", [1, 3])
def test_a_seed_gives_the_same_again_and_another_seed_does_not(
    how: Distortions, n_channels: int
) -> None:
    given = images(n_channels=n_channels)
    first = made(how, given)
    assert first.shape == given.shape
    assert first.dtype == np.float32
    assert np.array_equal(first, made(how, given))
    assert not np.allclose(first, made(how, given, seed=2))
    assert not np.array_equal(given, first)


def test_images_without_an_up_are_seen_from_all_eight_sides() -> None:
    given = np.repeat(images(1), 200, axis=0)
    turned = made(replace(STILL, is_symmetric=True), given)
    sides = np.stack([side[0] for side in symmetries(given[:1])])
    distances = np.abs(turned[:, None] - sides).max(axis=(2, 3, 4))
    assert np.allclose(distances.min(axis=1), 0, atol=1e-4)
    assert set(distances.argmin(axis=1)) == set(range(8))


def test_a_shift_moves_by_no_more_pixels_than_said() -> None:
    dots = np.zeros((100, SIDE, SIDE, 1), dtype=np.float32)
    dots[:, 6, 6] = 1
    rows, columns = np.nonzero(made(replace(STILL, shift=2), dots).sum(axis=(0, 3)))
    for places in (rows, columns):
        assert 3 <= places.min() < 6 < places.max() <= 9


def test_a_size_of_a_half_and_more_shows_more_of_the_rim() -> None:
    squares = np.zeros((50, SIDE, SIDE, 1), dtype=np.float32)
    squares[:, 3:9, 3:9] = 1
    areas = made(replace(STILL, scale=(0.5, 0.99)), squares).sum(axis=(1, 2, 3))
    assert (areas < 36).all()
    assert areas.min() < 20


def test_contrast_leaves_the_mean_and_changes_what_differs_from_it() -> None:
    given = images()
    changed = made(replace(STILL, contrast=0.5), given)
    assert np.allclose(changed.mean(axis=(1, 2)), given.mean(axis=(1, 2)), atol=1e-5)
    ratios = changed.std(axis=(1, 2, 3)) / given.std(axis=(1, 2, 3))
    assert 0.5 <= ratios.min() < 0.8 < 1.2 < ratios.max() <= 1.5


def test_a_square_is_blanked_in_about_every_other_image() -> None:
    given = images(200) + 10
    blanked = (made(replace(STILL, erased=0.25), given) == 0).sum(axis=(1, 2, 3))
    assert 70 < np.count_nonzero(blanked) < 130
    assert blanked.max() == 9
