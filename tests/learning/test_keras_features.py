"""What a network of keras.applications sees in arrays, with weights from a file."""

import warnings
from pathlib import Path

import numpy as np
import pytest

from labeler.learning.features import extractor
from labeler.learning.features.keras_applications import KerasFeatures
from labeler.learning.late_keras import import_keras

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> KerasFeatures:
    keras = import_keras()
    keras.utils.set_random_seed(0)
    model = keras.applications.MobileNetV2(weights=None, include_top=False, pooling="avg")
    path: Path = tmp_path_factory.mktemp("weights") / "mobile.weights.h5"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # TensorFlow's own, on saving
        model.save_weights(path)
    made = extractor("keras:MobileNetV2", 6, path)
    assert isinstance(made, KerasFeatures)
    return made


@pytest.mark.parametrize("shape", [(12, 8, 8), (12, 28, 20, 3)])
def test_images_of_any_size_and_colour_become_vectors(
    features: KerasFeatures, shape: tuple[int, ...]
) -> None:
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    X = features.fit(images).transform(images)
    assert (X.shape, X.dtype) == ((12, 6), np.dtype(np.float32))
    np.testing.assert_allclose(features.transform(images[:3]), X[:3], rtol=1e-4, atol=1e-4)
