"""What the preset ``best`` sees: edges, patches, and what a small distortion does not change."""

from pathlib import Path

import numpy as np
import pytest

from labeler.learning.features.cache import FeatureCache
from labeler.learning.features.distortions import distort
from labeler.learning.features.gradients import BINS, CELLS, gradient_histograms
from labeler.learning.features.orientation import has_up, orientation_score, symmetries
from labeler.learning.features.patches import POOLED, PatchFeatures
from labeler.learning.features.shape import LENGTH, ShapeFeatures


def bars(n: int, *, turned: bool = False, seed: int = 0) -> np.ndarray:
    """Images of one bar each, lying near the bottom; ``turned``: anywhere, any way up."""
    rng = np.random.default_rng(seed)
    images = np.zeros((n, 28, 28, 1), dtype=np.float32)
    for image in images:
        row, left, width = rng.integers(19, 24), rng.integers(2, 8), rng.integers(10, 18)
        image[row : row + 3, left : left + width] = rng.uniform(0.5, 1)
        image[row - 4 : row, left : left + 3] = 1
        if turned:
            view = list(symmetries(image[None]))[rng.integers(8)]
            image[:] = view[0]
    return images


def test_gradients_see_direction_and_not_brightness() -> None:
    images = bars(4)
    found = gradient_histograms(images)
    assert found.shape == (4, (CELLS - 1) ** 2 * 4 * BINS)
    darker = gradient_histograms(images * 0.8)
    assert np.linalg.norm(found - darker) < 0.1 * np.linalg.norm(found)
    upside_down = gradient_histograms(np.ascontiguousarray(images[:, ::-1]))
    assert np.linalg.norm(found - upside_down) > 0.5 * np.linalg.norm(found)


def test_of_several_channels_the_strongest_gradient_counts() -> None:
    grey = bars(3)
    colour = np.concatenate([0.1 * grey, grey, 0.2 * grey], axis=3)
    assert np.allclose(gradient_histograms(colour), gradient_histograms(grey))


def test_flat_images_have_no_gradients_and_are_no_error() -> None:
    flat = np.full((3, 28, 28, 1), 0.4, dtype=np.float32)
    assert not gradient_histograms(flat).any()
    assert np.isfinite(PatchFeatures(8).fit(flat).transform(flat)).all()


def test_patches_tell_where_something_is() -> None:
    left = bars(40)
    patches = PatchFeatures(16).fit(left)
    here, there = patches.transform(left[:5]), patches.transform(left[:5, ::-1])
    assert here.shape == (5, POOLED**2 * 16)
    assert (np.linalg.norm(here - there, axis=1) > 0.1).all()


def test_distorted_images_are_near_their_own() -> None:
    images = bars(60)
    distorted = distort(images, np.random.default_rng(0))
    assert distorted.shape == images.shape
    assert distorted.dtype == np.float32
    assert not np.array_equal(distorted, images)
    assert abs(float(distorted.mean()) - float(images.mean())) < 0.03
    again = distort(images, np.random.default_rng(0))
    assert np.array_equal(distorted, again)


def test_an_up_is_told_without_labels() -> None:
    assert has_up(bars(300), gradient_histograms)
    assert not has_up(bars(300, turned=True), gradient_histograms)
    assert orientation_score(bars(300, turned=True), gradient_histograms) < 0.6
    assert has_up(bars(10, turned=True), gradient_histograms), "ten images do not tell"


def test_images_without_an_up_look_the_same_from_every_side() -> None:
    images = (bars(300, turned=True) * 255).astype(np.uint8)[..., 0]
    features = ShapeFeatures(20).fit(images)
    assert not features.has_up_
    turned = np.ascontiguousarray(np.rot90(images[:20], axes=(1, 2)))
    assert np.allclose(features.transform(images[:20]), features.transform(turned), atol=0.1)


@pytest.mark.parametrize("shape", [(8, 8), (28, 28, 3), (40, 30)])
def test_every_size_and_colour_gives_vectors_of_one_length(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(0).integers(0, 256, (60, *shape), np.uint8)
    vectors = ShapeFeatures(10).fit(images).transform(images)
    assert vectors.shape == (60, 10)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), LENGTH, rtol=1e-3)


@pytest.mark.parametrize("n", [1, 2, 7])
def test_few_images_and_equal_images_are_no_error(n: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (n, 8, 8), np.uint8)
    for some in (images, np.zeros_like(images)):
        assert np.isfinite(ShapeFeatures(10).fit(some).transform(some)).all()


@pytest.mark.parametrize("turned", [False, True])
def test_what_was_learned_is_kept_in_arrays_and_gives_the_same_vectors(
    tmp_path: Path, turned: bool
) -> None:
    images = (255 * bars(320, turned=turned)).astype(np.uint8)[..., 0]
    learned = ShapeFeatures(20).fit(images[:300])
    assert learned.has_up_ != turned
    cache = FeatureCache(tmp_path)
    cache.save("key", learned.state())
    state = cache.load("key", ShapeFeatures.state_names)
    assert state is not None
    core = {name: state[name] for name in ShapeFeatures.core_names}
    added = images[300:]
    for again in (ShapeFeatures(20).restore(state), ShapeFeatures(20).resume(images[:300], core)):
        assert again.transform(added).tobytes() == learned.transform(added).tobytes()
        assert {name: array.tobytes() for name, array in again.state().items()} == {
            name: array.tobytes() for name, array in learned.state().items()
        }
