"""Renditions are small, and near to the image."""

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from labeler.imaging import renditions


@pytest.fixture(scope="module")
def photograph() -> Image.Image:
    return Image.fromarray(load_sample_image("china.jpg"))


def noise(pixels: np.ndarray) -> float:
    """Mean squared difference between an image and its rendition."""
    shown = np.asarray(renditions.decode(renditions.encode(pixels)), dtype=float)
    return float(np.square(shown - pixels).mean())


@pytest.mark.parametrize(
    ("side", "most_bytes", "most_noise"), [(256, 7_000, 80), (255, 11_000, 45), (64, 6_000, 0)]
)
def test_bytes_and_what_they_cost(
    photograph: Image.Image, side: int, most_bytes: int, most_noise: float
) -> None:
    pixels = np.asarray(photograph.resize((side, side * 3 // 4), Image.Resampling.LANCZOS))
    assert len(renditions.encode(pixels)) <= most_bytes
    assert noise(pixels) <= most_noise
