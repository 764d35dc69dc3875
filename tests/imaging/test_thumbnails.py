"""Images as PNG."""

import io

import numpy as np
import pytest
from PIL import Image

from labeler.imaging.thumbnails import contact_sheet, png


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


def test_a_sheet_shows_every_image_enlarged_without_smoothing() -> None:
    images = np.zeros((5, 4, 4), dtype=np.uint8)
    images[:, :, 2:] = 255
    sheet = opened(contact_sheet(images, ["x"] * 5, columns=3, scale=20))
    assert sheet.shape[0] > 2 * 80
    assert sheet.shape[1] > 3 * 80
    row = sheet[40] if sheet.ndim == 2 else sheet[40, :, 0]
    first = row[np.flatnonzero(row == 0)[0] :][:80]
    assert set(first.tolist()) == {0, 255}


def test_long_and_foreign_captions_are_survived() -> None:
    images = np.zeros((3, 4, 4), dtype=np.uint8)
    contact_sheet(images, ["x" * 500, "日本語 😀", ""], scale=4)


def test_every_image_needs_a_caption() -> None:
    with pytest.raises(ValueError, match="caption"):
        contact_sheet(np.zeros((2, 4, 4), dtype=np.uint8), ["one"])
