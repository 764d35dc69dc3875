"""Features as a transformer: the vectors of runs, from arrays of any scale."""

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError

from labeler import ImageFeatures
from labeler.config import RunConfig
from labeler.datasets.base import Dataset
from labeler.datasets.known.digits import load_digits as known_digits
from labeler.pipeline import prepare


@pytest.mark.parametrize(("asked", "features"), [("pixels", "pixels"), ("auto", "shape")])
def test_vectors_are_those_of_a_run(bars: Dataset, asked: str, features: str) -> None:
    assert bars.test is not None
    run = prepare(bars, RunConfig(features=features, n_components=20))
    made = clone(ImageFeatures(asked, 20))
    np.testing.assert_array_equal(made.fit_transform(bars.train.images), run.X)
    np.testing.assert_array_equal(made.transform(bars.test.images), run.X_test)
    assert made.features_ == features
    names = made.get_feature_names_out()
    assert list(names[:2]) == ["imagefeatures0", "imagefeatures1"]
    assert len(names) == run.X.shape[1]


def test_scales_and_rows_of_pixels_are_read_as_data_sets_are() -> None:
    digits, known = load_digits(), known_digits().train.images
    made = ImageFeatures("pixels").fit(digits.images)
    as_read = ImageFeatures("pixels").fit_transform(known)
    np.testing.assert_array_equal(made.transform(digits.images), as_read)
    np.testing.assert_array_equal(made.transform(digits.data), as_read)  # rows of 64 pixels
    first = made.transform(digits.images[:1] * 0 + 8)  # on the scale of what was learned from
    assert 0.4 < np.median(first) < 0.6


@pytest.mark.parametrize(
    ("images", "told"),
    [
        (np.zeros((5, 7), dtype=np.uint8), "rows of the pixels of square images"),
        (np.zeros((0, 8, 8), dtype=np.uint8), "there are no images"),
        (np.full((5, 8, 8), "a"), "must be numbers"),
        (np.full((5, 8, 8), np.nan), "finite"),
        (["one.png", "two.png"], "files of any size are for labeler.create_run"),
        ([np.zeros((8, 8)), np.zeros((9, 7))], "several sizes"),
    ],
)
def test_what_are_no_images_is_refused(images: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        ImageFeatures("pixels").fit(images)


def test_vectors_that_were_made_elsewhere_need_no_transformer(bars: Dataset) -> None:
    with pytest.raises(ValueError, match="are X already"):
        ImageFeatures("shape+vectors.npy").fit(bars.train.images)


def test_images_of_another_shape_than_learned_from_are_refused(bars: Dataset) -> None:
    made = ImageFeatures("pixels").fit(bars.train.images)
    with pytest.raises(ValueError, match="another shape|learned from are of"):
        made.transform(np.zeros((2, 9, 9), dtype=np.uint8))


def test_nothing_is_seen_before_it_is_fitted(bars: Dataset) -> None:
    with pytest.raises(NotFittedError):
        ImageFeatures("pixels").transform(bars.train.images)
