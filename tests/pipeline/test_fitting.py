"""What was learned from images is learned once where it is kept."""

from pathlib import Path

import numpy as np
import pytest

from labeler.config import RunConfig
from labeler.learning.features import ShapeFeatures
from labeler.learning.features.cache import FeatureCache
from labeler.pipeline.fitting import fitted_extractor
from labeler.progress import Progress

SHAPE = RunConfig(features="shape", n_components=8)


@pytest.fixture
def images(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 255, (30, 28, 28), dtype=np.uint8)


@pytest.fixture
def n_fits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many images were learned from, each time."""
    counts: list[int] = []
    fit = ShapeFeatures.fit

    def counting(self: ShapeFeatures, images: np.ndarray, progress: Progress) -> ShapeFeatures:
        counts.append(len(images))
        return fit(self, images, progress)

    monkeypatch.setattr(ShapeFeatures, "fit", counting)
    return counts


def test_learned_once_for_the_same_images_and_settings(
    tmp_path: Path, images: np.ndarray, n_fits: list[int]
) -> None:
    cache = FeatureCache(tmp_path)
    first, again = (
        fitted_extractor(images, SHAPE, cache=cache, is_for_more=True) for _ in range(2)
    )
    assert n_fits == [30]
    assert first.transform(images).tobytes() == again.transform(images).tobytes()
    fitted_extractor(images[:29], SHAPE, cache=cache)
    fitted_extractor(images, SHAPE.with_(n_components=7), cache=cache)
    assert n_fits == [30, 29, 30]


def test_what_takes_more_room_than_the_images_is_not_kept_unasked(
    tmp_path: Path, images: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = FeatureCache(tmp_path)
    fitted_extractor(images, SHAPE, cache=cache)
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr("labeler.pipeline.fitting._SMALL", 0)
    fitted_extractor(images, SHAPE, cache=cache)
    assert len(list(tmp_path.iterdir())) == len(ShapeFeatures.state_names)


@pytest.mark.parametrize("is_for_more", [False, True])
def test_where_all_takes_too_much_room_what_took_longest_is_kept(
    tmp_path: Path, rng: np.random.Generator, n_fits: list[int], *, is_for_more: bool
) -> None:
    images = rng.integers(0, 255, (4, 400, 400), dtype=np.uint8)
    cache = FeatureCache(tmp_path)
    first = fitted_extractor(images, SHAPE, cache=cache)
    assert len(list(tmp_path.iterdir())) == len(ShapeFeatures.core_names)
    again = fitted_extractor(images, SHAPE, cache=cache, is_for_more=is_for_more)
    assert n_fits == [4]
    assert again.transform(images).tobytes() == first.transform(images).tobytes()
    names = ShapeFeatures.state_names if is_for_more else ShapeFeatures.core_names
    assert len(list(tmp_path.iterdir())) == len(names)


@pytest.mark.parametrize("features", ["pixels", "shape"])
def test_without_a_cache_or_a_state_it_learns(features: str, images: np.ndarray) -> None:
    config = RunConfig(features=features, n_components=8)
    assert fitted_extractor(images, config).transform(images).shape == (30, 8)
