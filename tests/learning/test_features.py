"""Every extractor keeps the contract; pixels keep distances."""

import numpy as np
import pytest
from sklearn.base import clone

from labeler.learning.features import extractor
from labeler.learning.features.pixels import PixelFeatures
from labeler.plugins import FEATURES


def images(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("name", FEATURES)
def test_an_extractor_can_be_cloned(name: str) -> None:
    same = clone(extractor(name, 7))
    assert same.get_params() == {"n_components": 7}


@pytest.mark.parametrize("name", FEATURES)
@pytest.mark.parametrize("shape", [(40, 8, 8), (40, 12, 10, 3), (3, 40, 40, 3)])
def test_features_are_float32_one_row_an_image(name: str, shape: tuple[int, ...]) -> None:
    pool = images(*shape)
    vectors = extractor(name, 20).fit(pool).transform(pool)
    assert vectors.dtype == np.float32
    assert vectors.shape[0] == shape[0]
    assert np.all(np.isfinite(vectors))


@pytest.mark.parametrize("name", FEATURES)
def test_the_same_images_get_the_same_features(name: str) -> None:
    pool = images(30, 16, 16)
    first, second = (extractor(name, 20).fit(pool).transform(pool) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_few_pixels_are_kept_as_they_are() -> None:
    pool = images(10, 8, 8)
    vectors = PixelFeatures(200).fit(pool).transform(pool)
    np.testing.assert_allclose(vectors, pool.reshape(10, 64) / 255, rtol=1e-6)


def test_distances_between_vectors_are_distances_between_images() -> None:
    pool = images(50, 16, 16)
    vectors = PixelFeatures(200).fit(pool).transform(pool)
    between_images = np.linalg.norm((pool[0].astype(float) - pool[1]) / 255)
    assert vectors.shape[1] == 50
    assert np.linalg.norm(vectors[0] - vectors[1]) == pytest.approx(between_images, rel=1e-4)


def test_images_in_several_chunks_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = images(25, 20, 20)
    whole = PixelFeatures(10).fit(pool).transform(pool)
    monkeypatch.setattr("labeler.learning.features.pixels.CHUNK", 4)
    np.testing.assert_allclose(PixelFeatures(10).fit(pool).transform(pool), whole, atol=1e-5)
