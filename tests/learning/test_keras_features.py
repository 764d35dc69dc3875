"""Networks of keras.applications, with weights from a file: nothing is downloaded here."""

import warnings
from pathlib import Path

import numpy as np
import pytest

from labeler.exceptions import ConfigError, InputError
from labeler.learning.features import extractor
from labeler.learning.features.keras_applications import SIDE, KerasFeatures
from labeler.learning.late_keras import import_keras

pytestmark = pytest.mark.slow

NETWORK = "MobileNetV2"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of the architecture, as its own ``save_weights`` writes them."""
    keras = import_keras()
    keras.utils.set_random_seed(0)
    shape = (SIDE, SIDE, 3)
    model = keras.applications.MobileNetV2(
        weights=None, include_top=False, input_shape=shape, pooling="avg"
    )
    path = tmp_path_factory.mktemp("weights") / "mobile.weights.h5"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # TensorFlow's own, on saving
        model.save_weights(path)
    return path


@pytest.mark.parametrize("shape", [(12, 8, 8), (12, 28, 20, 3)])
def test_images_of_any_size_and_colour_become_vectors(
    weights: Path, shape: tuple[int, ...]
) -> None:
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    features = extractor(f"keras:{NETWORK}", 6, weights)
    X = features.fit(images).transform(images)
    assert (X.shape, X.dtype) == ((12, 6), np.dtype(np.float32))
    np.testing.assert_allclose(features.transform(images[:3]), X[:3], rtol=1e-3, atol=1e-3)


def test_the_file_decides_what_is_seen(weights: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 8, 8), dtype=np.uint8)
    seen = [KerasFeatures(NETWORK, 3, weights).fit(images).transform(images) for _ in range(2)]
    np.testing.assert_allclose(seen[0], seen[1], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "content", [b"", b"cos\nsystem\n(S'touch owned'\ntR.", b"\x89HDF\r\n\x1a\n"]
)
def test_a_file_that_holds_no_weights_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "wrong.weights.h5"
    path.write_bytes(content)
    with pytest.raises(InputError, match="WGT-1"):
        KerasFeatures(NETWORK, 3, path).fit(np.zeros((4, 8, 8), dtype=np.uint8))


def test_a_file_of_another_kind_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "weights.pkl"
    path.write_bytes(b"")
    with pytest.raises(InputError, match=r"a name ending in \.pkl"):
        KerasFeatures(NETWORK, 3, path).fit(np.zeros((4, 8, 8), dtype=np.uint8))


def test_weights_of_another_network_are_refused(weights: Path) -> None:
    with pytest.raises(InputError, match="the weights of MobileNet without its top"):
        KerasFeatures("MobileNet", 3, weights).fit(np.zeros((4, 8, 8), dtype=np.uint8))


@pytest.mark.parametrize("name", ["MobileNetV9", "keras", "preprocess_input", "imagenet_utils"])
def test_a_network_that_keras_does_not_have_is_named_with_those_it_has(name: str) -> None:
    with pytest.raises(ConfigError, match=f"no network '{name}'; it has .*MobileNetV2"):
        KerasFeatures(name, 3).fit(np.zeros((4, 8, 8), dtype=np.uint8))


def test_weights_that_cannot_be_downloaded_say_how_to_give_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise Exception("URL fetch failure")  # noqa: TRY002 - what Keras raises

    module = import_keras("keras.applications.mobilenet_v2")
    source = __import__("sys").modules[module.MobileNetV2.__module__]
    monkeypatch.setattr(source.file_utils, "get_file", fail)
    with pytest.raises(ConfigError, match=r"cannot be downloaded \(URL fetch failure\).*--weights"):
        KerasFeatures(NETWORK, 3).fit(np.zeros((4, 8, 8), dtype=np.uint8))
