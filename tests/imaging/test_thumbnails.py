"""Images as PNG."""

import io

import numpy as np
import pytest
from PIL import Image

from labeler.imaging.thumbnails import grid, png


def opened(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == "PNG"
        return np.asarray(picture)


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3)])
def test_a_png_keeps_every_pixel(shape: tuple[int, ...], rng: np.random.Generator) -> None:
    image = rng.integers(0, 256, shape, dtype=np.uint8)
    np.testing.assert_array_equal(opened(png(image)), image)


def test_a_large_image_is_shrunk_and_a_small_one_is_not(rng: np.random.Generator) -> None:
    image = rng.integers(0, 256, (40, 20), dtype=np.uint8)
    assert opened(png(image, largest=10)).shape == (10, 5)
    assert opened(png(image, largest=64)).shape == (40, 20)


@pytest.mark.parametrize("wrong", [np.zeros((3, 3)), np.zeros((2, 2, 2, 2), dtype=np.uint8)])
def test_what_is_no_image_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="image"):
        png(wrong)


@pytest.mark.parametrize("channels", [(), (3,)])
def test_a_grid_holds_the_images_in_rows_of_ten(
    channels: tuple[int, ...], rng: np.random.Generator
) -> None:
    images = rng.integers(0, 255, (12, 4, 6, *channels), dtype=np.uint8)
    together = grid(images)
    assert together.shape == (9, 69, *channels)
    np.testing.assert_array_equal(together[:4, 7:13], images[1])
    np.testing.assert_array_equal(together[5:, 7:13], images[11])
    assert (together[5:, 14:] == 255).all()
    assert (together[4] == 255).all()
