"""One scale for all images of a data set, from files too."""

import io

import numpy as np
import pytest
from PIL import Image

from labeler.datasets import load_dataset
from labeler.datasets.scales import Scale, choose_scale, measure
from tests.datasets.conftest import Written


def scale_of(*values: float, dtype: type = np.float64) -> Scale | None:
    return choose_scale(measure([np.array(values, dtype=dtype)]))


@pytest.mark.parametrize(
    ("values", "dtype", "low", "high"),
    [
        ((0, 100, 255), np.uint8, 0, 255),
        ((0, 1, 40), np.int64, 0, 255),
        ((0, 0.5, 1), np.float32, 0, 1),
        ((0, 1), bool, 0, 1),
        ((0, 8, 16), np.float64, 0, 16),
        ((0, 8, 15), np.uint8, 0, 15),
        ((0, 4095), np.uint16, 0, 4095),
        ((800, 1200), np.uint16, 800, 1200),
        ((100, 65_000), np.uint16, 0, 65_535),
        ((-1, 0, 1), np.float32, -1, 1),
        ((0, 0.001), np.float32, 0, 0.001),
        ((7, 7), np.uint8, 0, 255),
        ((0, 0), np.float64, 0, 255),
    ],
)
def test_the_scale_is_told_from_the_values(
    values: tuple[float, ...], dtype: type, low: float, high: float
) -> None:
    scale = scale_of(*values, dtype=dtype)
    assert (scale.low, scale.high) == pytest.approx((low, high))
    assert bool(scale.note) == ((low, high) != (0, 255))


@pytest.mark.parametrize("values", [(300, 300), (-2, -2), (0, np.nan), (0, np.inf), (-np.inf, 0)])
def test_what_is_no_scale_is_none(values: tuple[float, ...]) -> None:
    assert scale_of(*values) is None


def test_a_few_hot_pixels_do_not_darken_all_others() -> None:
    values = np.full(10_000, 1000)
    values[:5] = 60_000
    values[5:5000] = 0
    assert choose_scale(measure([values])).high == 1000


def test_a_few_values_beyond_the_usual_scale_are_a_mistake() -> None:
    values = np.tile(np.arange(256), 40)
    values[0] = 999
    assert choose_scale(measure([values])) is None


def test_a_sample_of_many_values_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeler.datasets.scales._SAMPLE", 10_000)
    many = np.tile(np.arange(4096), 100)
    scale = choose_scale(measure([many, many]))
    assert (scale.low, scale.high) == pytest.approx((0, 4095), abs=30)


def test_what_lies_beyond_is_cut_off() -> None:
    assert Scale(10, 20, "x").apply(np.array([0, 10, 15, 20, 99])).tolist() == [0, 0, 128, 255, 255]


def test_image_files_of_16_bits_share_one_scale(make_folder: Written) -> None:
    def tiff(values: np.ndarray) -> bytes:
        file = io.BytesIO()
        Image.fromarray(values).save(file, "TIFF")
        return file.getvalue()

    dark = np.linspace(800, 1000, 400).astype(np.uint16).reshape(20, 20)
    folder = make_folder({"a.tif": tiff(dark), "b.tif": tiff(dark + 200)})
    dataset = load_dataset(str(folder))
    ends = [(int(image.min()), int(image.max())) for image in dataset.train.images]
    assert ends == [pytest.approx((0, 127), abs=1), pytest.approx((127, 255), abs=1)]
    assert "values of 800 to 1,200 stretched to 0-255, the same for all images" in dataset.notes
